"""`python3 -m benchmarks.environment FOLDER`: the peers' own virtual environment, from versions pinned with hashes.

A package that cannot be installed here is left out and named; the benchmarks then say which peers are missing. Needs
nothing but the standard library, so that any Python can run it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def make(folder: Path) -> list[str]:
    """The names of the packages that could not be installed."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    # Wheels only: building a package from source would fetch build tools that no hash pins.
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += ["--only-binary", ":all:", "--require-hashes", "--no-deps", "--requirement"]
    if subprocess.run([*pip, str(REQUIREMENTS)]).returncode == 0:
        return []
    missing = []
    for block in re.split(r"\n(?=\S)", REQUIREMENTS.read_text(encoding="utf-8")):
        with tempfile.TemporaryDirectory() as scratch:
            alone = Path(scratch) / "requirements.txt"
            alone.write_text(block, encoding="utf-8")
            if subprocess.run([*pip, str(alone)], stderr=subprocess.DEVNULL).returncode != 0:
                missing.append(block.split("==")[0])
    return missing


if __name__ == "__main__":
    for name in make(Path(sys.argv[1])):
        print(f"breakeven: no {name} here; the benchmarks go without it", file=sys.stderr)
