"""`python -m benchmarks [--quick]`: measure, print, and write docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from benchmarks import measures
from sim.dataset import versions

HEAD = """# Benchmarks

Written by `make bench`; nothing here is typed. Ratios are medians of interleaved rounds in one run on one machine. The
numpy program (`benchmarks/numpy_program.py`) answers the same question with the same outputs, with numpy's own
generators and no loop over draws; the two must agree within Monte Carlo error before they are timed.

"""


def main() -> int:
    """Run everything; `--quick` takes small sizes, to try the program."""
    quick = "--quick" in sys.argv
    rounds = 1 if quick else 5
    rows = [
        *measures.a_million(rounds),
        *measures.against_numpy(50_000 if quick else 500_000, rounds),
        *measures.variance_reduction(4 if quick else 40),
        *measures.memory(10**6 if quick else 10**8),
        *measures.start_up(rounds),
    ]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    used = ", ".join(f"{name} {number}" for name, number in versions().items())
    lines = [f"Machine: {machine}. Versions: {used}.", "", "| what | found | wanted |", "| --- | --- | --- |"]
    lines += [f"| {row.what} | {row.found} | {row.wanted} |" for row in rows]
    text = HEAD + "\n".join(lines) + "\n"
    print(text)
    if not quick:
        (Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
