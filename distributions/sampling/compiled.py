"""How this project compiles: one decorator, one cache folder that can never serve stale code.

Numba stamps a cached function with the modification time of the file that *calls* it alone: edit a strategy that
is inlined into the block loop and the old machine code comes back. The cache folder is therefore named after a
hash of every file that is compiled, and of the registry whose order becomes constants. A folder that cannot be
written costs a compilation at each start and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba.core import types
from numba.core.codegen import get_host_cpu_features
from numba.extending import intrinsic

BLOCK = 256
"""Draws in a block. Constant at compile time, so that rows of the flat scratch buffer have constant offsets."""

STRIDE = BLOCK + 32
"""From one row of a block to the next. Were rows of 256 numbers close up, the same draws of all rows would share eight
of the first cache's 64 sets and drive each other out."""

REPLICATES = 16
"""Independent randomisations of a stratified design; draw i belongs to replicate i modulo this."""

_ROOT = Path(__file__).resolve().parents[2]


def fingerprint() -> str:
    """Hash of all that ends up in machine code: compiled sources, the registry's order, numba's version."""
    digest = hashlib.sha256(f"{numba.__version__} {sys.version_info[:2]}".encode())
    folders = [_ROOT / "distributions" / "sampling", _ROOT / "sim" / "kernel"]
    sources = sorted(path for folder in folders for path in folder.glob("*.py"))
    for path in [*sources, _ROOT / "distributions" / "inputs.toml"]:
        if path.is_file():
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path | None:
    """A private folder for compiled code, or None where none can be made.

    `BREAKEVEN_CACHE_DIR`, else `XDG_CACHE_HOME`, else `~/.cache`, else the temporary folder.
    """
    bases = [os.environ.get("BREAKEVEN_CACHE_DIR"), os.environ.get("XDG_CACHE_HOME")]
    home = os.environ.get("HOME")
    bases.append(str(Path(home) / ".cache") if home else None)
    bases.append(tempfile.gettempdir())
    for base in bases:
        if not base:
            continue
        folder = Path(base) / f"breakeven-{os.getuid() if hasattr(os, 'getuid') else 0}" / fingerprint()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
                continue
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return None


def whole_vectors(features: str) -> str:
    """A processor's features, for the compiler, such that it uses vectors of 512 bits where there are any.

    For Intel's processors it would keep to half of that, lest a few such instructions slow down much other code; here
    there is hardly any other code, and loops take up to two fifths less time. Numba has one setting for a process;
    what a user has set is left as it is.
    """
    return f"{features},-prefer-256-bit" if "+avx512f" in features.split(",") else features


if numba.config.CPU_NAME is None and numba.config.CPU_FEATURES is None:
    numba.config.CPU_FEATURES = whole_vectors(get_host_cpu_features())

_FOLDER = cache_folder()
if _FOLDER is not None:
    numba.config.CACHE_DIR = str(_FOLDER)


def jit(function: Callable[..., Any] | None = None, *, inline: bool = False, internal: bool = False) -> Any:
    """Compile without Python's division checks, without the interpreter lock, cached on disk where possible.

    Compiled code makes no arrays and counts no references to them: a count is kept with locked instructions, at every
    slice, in a cell that threads share, which took two fifths of the time. Its callers bring all the room it needs and
    keep hold of it; a function that would make an array, or hand back any but one it was given, is not compiled.

    inline: into its callers, and not cached by itself. internal: called by compiled code alone, without the entry for
    Python, which takes as long to compile as a short function; a call from Python would crash.

    Floating-point operations are never reordered or fused by the compiler: where fusing pays, the code says `fma`.
    The same draws therefore give the same bits whatever the vector width.
    """
    options: dict[str, Any] = {
        "nopython": True,
        "nogil": True,
        "error_model": "numpy",
        "cache": _FOLDER is not None and not inline,
        "forceinline": inline,
        "no_cfunc_wrapper": inline,
        "no_cpython_wrapper": internal,
        "_nrt": False,
    }

    def compiled(function: Callable[..., Any]) -> Any:
        dispatcher = numba.jit(**options)(function)
        if options["cache"]:
            _patch_loading(dispatcher._cache)
        return dispatcher

    return compiled if function is None else compiled(function)


def _patch_loading(cache: Any) -> None:
    """Changes how compiled code is loaded: damaged files count as none, and what only compiling needs stays away.

    Numba takes damaged files for an error of the program. And its `load_overload` first makes the compiler know of all
    that it ever learned (linear algebra, dictionaries, random numbers), a sixth of the time to a first result; where a
    function is not in the cache, the compiler does that itself.
    """
    load = cache._load_overload

    def tolerant(*arguments: Any) -> Any:
        try:
            return load(*arguments)
        except Exception:  # whatever unpickling may raise
            with contextlib.suppress(OSError):
                cache.flush()
            return None

    cache.load_overload = tolerant


@intrinsic
def fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """a*b + c with one rounding: the same bits with a fused instruction as with the C library's function."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fma(*args)

    return types.float64(types.float64, types.float64, types.float64), codegen


@intrinsic
def float_bits(typingctx: Any, x: Any) -> Any:
    """The 64 bits of a float64 as an int64."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(types.int64))

    return types.int64(types.float64), codegen


@intrinsic
def bits_float(typingctx: Any, x: Any) -> Any:
    """The float64 whose 64 bits are those of an int64 (or uint64)."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(types.float64))

    return types.float64(types.int64 if x == types.int64 else types.uint64), codegen


@intrinsic
def select(typingctx: Any, condition: Any, yes: Any, no: Any) -> Any:
    """`yes` where the condition holds, else `no`; both are computed. A Python `if` here would stop vectorisation.

    For two floats, or two whole numbers.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(args[0], args[1], args[2])

    kind = types.int64 if isinstance(yes, types.Integer) and isinstance(no, types.Integer) else types.float64
    return kind(types.boolean, kind, kind), codegen


def _rounding(name: str) -> Any:
    """An intrinsic that rounds to a whole float64; `math.floor` and `math.ceil` would give an integer."""

    def typed(typingctx: Any, x: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            double = context.get_value_type(types.float64)
            return builder.call(builder.module.declare_intrinsic(name, [double]), args)

        return types.float64(types.float64), codegen

    typed.__name__ = name.replace(".", "_")
    return intrinsic(typed)


floor = _rounding("llvm.floor")
ceil = _rounding("llvm.ceil")
