"""`python -m benchmarks [--quick]`: measure, print, and write docs/benchmarks.md."""

from __future__ import annotations

import os
import sys

from benchmarks import measures, race
from benchmarks.commands import commands
from benchmarks.coverage import coverage
from benchmarks.page import page


def main() -> int:
    """Run everything; `--quick` takes small sizes and writes nothing, to try the program."""
    quick = "--quick" in sys.argv
    rounds, load = 1 if quick else 5, os.getloadavg()[0]
    if not race.PYTHON.exists():
        print("breakeven: the peers' environment is not there; run: make bench", file=sys.stderr)
        return 1
    results = race.compete(rounds, 0.05 if quick else 1.0)
    rows = [
        *measures.a_million(rounds),
        *measures.variance_reduction(4 if quick else 200),
        *measures.sensitivity(rounds),
        *measures.memory(10**6 if quick else 10**8),
        *measures.start_up(rounds),
        *commands(rounds),
        *coverage(20 if quick else 1000),
    ]
    text = page(results, rows, rounds, load)
    print(text)
    if not quick:
        (race.ROOT / "docs" / "benchmarks.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
