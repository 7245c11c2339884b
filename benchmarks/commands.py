"""Whole commands with a warm cache, which users wait for; `python -m benchmarks.commands [ROUNDS]` measures them alone.

Each is held against importing the libraries that such programs are made of, measured in the same round: other work on
the machine slows both alike, so that the ratios can be compared from one day or machine to another.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from benchmarks.measures import ROOT, SCENARIO, Row

YARDSTICK = [sys.executable, "-c", "import numpy, matplotlib.pyplot, scipy.stats, xarray"]

COMMANDS = {
    "run": ("run", "--draws", "1e6"),
    "run --no-figures": ("run", "--draws", "1e6", "--no-figures"),
    "tornado": ("tornado",),
    "drivers": ("drivers",),
    "information": ("information",),
}


def _spent(line: Sequence[str]) -> tuple[float, float]:
    """Seconds on the wall and of all processors that a command line takes."""
    before, started = os.times(), time.perf_counter()
    subprocess.run(line, cwd=ROOT, capture_output=True, check=True)
    wall, after = time.perf_counter() - started, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, spent


def commands(rounds: int) -> list[Row]:
    """Each command's least seconds, and the median of its ratios to the imports beside it."""
    rows = []
    for name, (command, *options) in COMMANDS.items():
        ours, imports = [], []
        for _ in range(rounds + 1):
            with tempfile.TemporaryDirectory() as folder:
                line = [
                    sys.executable,
                    "-m",
                    "studies",
                    command,
                    str(SCENARIO),
                    *options,
                    "--out",
                    f"{folder}/out",
                ]
                ours.append(_spent(line))
            imports.append(_spent(YARDSTICK))
        # The first round warms the caches.
        pairs = list(zip(ours[1:], imports[1:], strict=True))
        wall, spent = (min(one[k] for one, _ in pairs) for k in range(2))
        ratios = [statistics.median(one[k] / other[k] for one, other in pairs) for k in range(2)]
        found = (
            f"{wall:.2f} s, {spent:.2f} s of processors; {ratios[0]:.2f} × and {ratios[1]:.2f} × those of "
            "importing numpy, matplotlib, scipy.stats and xarray"
        )
        rows.append(Row(f"`breakeven {name}`, support bot, to its end", found))
    return rows


if __name__ == "__main__":
    for row in commands(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        print(f"{row.what}: {row.found}")
