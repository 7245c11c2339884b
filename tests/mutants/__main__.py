"""Tries every deliberate fault of `table.toml` in a copy of the repository: at least one test has to turn red.

    python -m tests.mutants [WORDS OF A FAULT]

Exit status 1 where a fault survives.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutants.table import ROOT, Mutant, mutants

COPIED = ("distributions", "sim", "studies", "tests", "docs", "pyproject.toml", "README.md", "Makefile")


def survives(mutant: Mutant, copy: Path) -> bool:
    """Whether the tests stay green; the copy is put right again."""
    path = copy / mutant.file
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-x",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:randomly",
                *mutant.tests,
            ],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy), "BREAKEVEN_CACHE_DIR": str(copy / ".cache")},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        path.write_text(text, encoding="utf-8")
    # 1: a test failed. 0: none did. Anything else: the tests could not be run.
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{mutant.fault}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode == 0


def main(words: list[str]) -> int:
    """One line a fault, and the status."""
    chosen = [one for one in mutants() if all(word in one.fault for word in words)]
    left = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy / name)
        for mutant in chosen:
            alive = survives(mutant, copy)
            left += alive
            sys.stdout.write(f"{'SURVIVES' if alive else 'killed  '}  {mutant.fault} ({mutant.file})\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(chosen) - left} of {len(chosen)} killed\n")
    return int(left > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
