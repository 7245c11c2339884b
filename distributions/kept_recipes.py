"""Fitted recipes, kept on disk from one process to the next: those of a scenario take half a second to fit.

A recipe follows from its distribution, the code of this package, the versions of numpy and scipy, and the processor,
whose library of linear algebra solves the least squares. All of these are in the name of its file, beside the compiled
code; a file that cannot be read, or written, costs a fit and nothing else. Closed forms are worked out anew: that
takes no longer than to read them.
"""

from __future__ import annotations

import hashlib
import pickle
import platform
import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scipy
from llvmlite.binding import get_host_cpu_name
from numba.core.codegen import get_host_cpu_features

from distributions.sampling import recipes
from distributions.sampling.inverse import Recipe
from distributions.sampling.jit import cache_folder

if TYPE_CHECKING:
    from distributions.spec import Marginal

MOST = 256
"""Files that are kept, the latest: a cursor drawn along a parameter would leave one at each step."""


def recipe(marginal: Marginal) -> Recipe:
    """The same as `recipes.recipe`, from the file where there is one."""
    # a class of someone's own may change while its name stays
    ours = type(marginal.distribution).__module__.startswith(f"{__package__}.")
    folder = _folder() if marginal.fast is None and ours else None
    if folder is None:
        return recipes.recipe(marginal)
    # it holds what was worked out about it so far, too, which is no mistake: at worst it is another key
    content = pickle.dumps(marginal.distribution)
    path = folder / f"{hashlib.sha256(content).hexdigest()[:32]}.npz"
    kept = _kept(path)
    if kept is None:
        kept = recipes.recipe(marginal)
        _keep(path, kept)
    return kept


def _kept(path: Path) -> Recipe | None:
    """What a file says; arrays alone, from which nothing can be run."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            kind, link = found["kinds"].tolist()
            window, pieces = found["window"].tolist(), found["pieces"]
            return Recipe(
                kind=kind,
                link=link,
                parameters=tuple(found["parameters"].tolist()),
                window=(window[0], window[1], bool(window[2])) if window else None,
                pool=tuple(found["pool"].tolist()),
                method=str(found["method"]),
                error=float(found["error"]),
                pieces=pieces if pieces.size else None,
            )
    except Exception:  # a damaged file is none, whatever numpy says of it
        return None


def _keep(path: Path, recipe: Recipe) -> None:
    """Writes the file whole or not at all, and removes the oldest beyond `MOST`."""
    partial = path.with_suffix(f".{secrets.token_hex(4)}")
    try:
        with partial.open("wb") as file:
            np.savez(
                file,
                kinds=np.array([recipe.kind, recipe.link]),
                parameters=np.array(recipe.parameters, dtype=float),
                window=np.array(recipe.window or (), dtype=float),
                pool=np.array(recipe.pool, dtype=float),
                method=np.array(recipe.method),
                error=np.array(recipe.error),
                pieces=np.empty(0) if recipe.pieces is None else recipe.pieces,
            )
        partial.replace(path)
        files = sorted(path.parent.iterdir(), key=lambda file: file.stat().st_mtime)
        for old in files[:-MOST]:
            old.unlink(missing_ok=True)
    except OSError:
        return


@cache
def _folder() -> Path | None:
    """Where the recipes of this code lie; None where nothing can be kept."""
    base = cache_folder()
    if base is None:
        return None
    versions = platform.python_version(), np.__version__, scipy.__version__
    digest = hashlib.sha256(" ".join([*versions, get_host_cpu_name(), get_host_cpu_features()]).encode())
    root = Path(__file__).resolve().parent
    for path in sorted(root.rglob("*.py")):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    folder = base / f"recipes-{digest.hexdigest()[:16]}"
    try:
        folder.mkdir(exist_ok=True, mode=0o700)
    except OSError:
        return None
    return folder
