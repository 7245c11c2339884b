"""What is measured of breakeven alone: one function a few rows of the table."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.problem import reference
from sim import Scenario, quantity, simulate
from studies.drivers import analysis as drivers

ROOT = Path(__file__).resolve().parents[1]
SCENARIO = ROOT / "studies" / "scenarios" / "support_bot.toml"


@dataclass(frozen=True)
class Row:
    """A line of the results: what, how much, and what it was to be."""

    what: str
    found: str
    wanted: str = ""


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def a_million(rounds: int) -> list[Row]:
    """One million draws of the support bot, sampling included."""
    scenario = Scenario.load(SCENARIO)
    simulate(scenario, 1000)
    rows = []
    for design in ("sobol", "mc", "lhs"):
        call = partial(simulate, scenario, 10**6, 1, design)
        seconds = statistics.median(_seconds(call) for _ in range(rounds))
        wanted = "< 1 s" if design == "sobol" else ""
        rows.append(Row(f"1,000,000 draws, 5 strategies, 12 months, {design}", f"{seconds:.2f} s", wanted))
    return rows


def variance_reduction(repeats: int) -> list[Row]:
    """Variance over seeds of independent draws over that of two designs, at equal numbers."""
    knowledge = Scenario.load(ROOT / "studies" / "scenarios" / "internal_kb.toml")
    rows = []
    for title, scenario in (
        ("internal knowledge base", knowledge),
        ("reference problem", reference(copula=True)),
    ):
        for bits in (12, 14, 16, 18):
            independent = _variance(scenario, 1 << bits, "mc", repeats)
            for design, name in (("sobol", "Sobol'"), ("aligned", "aligned")):
                gain = independent / _variance(scenario, 1 << bits, design, repeats)
                wanted = "≥ 5; ≥ 30" if bits == 16 and design == "aligned" else ""
                what = (
                    f"{title}, 2^{bits} draws: variance of P and of the mean difference, independent / {name}"
                )
                rows.append(Row(what, f"{gain[0]:.1f}; {gain[1]:.0f}", wanted))
    return rows


def _variance(scenario: Scenario, draws: int, design: str, repeats: int) -> NDArray[np.float64]:
    """Of P(cheaper) and of the mean difference over seeds, (2,)."""
    runs = [simulate(scenario, draws, seed, design, totals=True) for seed in range(repeats)]
    found = [
        (run.probability_cheaper(*scenario.compare).estimate, run.mean_difference().value) for run in runs
    ]
    return np.var(found, axis=0, ddof=1)


_MEMORY = """
import resource, sys
from sim import Scenario, simulate
scenario = Scenario.load(sys.argv[1])
simulate(scenario, 100_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
simulate(scenario, int(sys.argv[2]))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def sensitivity(rounds: int) -> list[Row]:
    """Sobol' indices of all inputs of the support bot: streamed, and by SALib over the same rows, kept."""
    wanted = quantity(Scenario.load(SCENARIO), "difference")
    call = partial(drivers.analyse, wanted.model, wanted.name, base_samples=1024)
    call()
    streamed = statistics.median(_seconds(call) for _ in range(rounds))
    salib = statistics.median(_seconds(partial(call, estimator="salib")) for _ in range(rounds)) - streamed
    evaluations = int(call().attrs["evaluations"])
    what = f"Sobol' indices, {evaluations:,} evaluations"
    return [
        Row(f"{what}: model and streamed sums, with intervals", f"{streamed:.2f} s"),
        Row(f"{what}: model again, rows kept, SALib's estimator without intervals", f"{salib:.2f} s"),
    ]


def memory(draws: int) -> list[Row]:
    """Growth of the peak resident set from 1e5 draws on."""
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(SCENARIO), str(draws)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        Row(
            f"growth of peak memory from 1e5 to {draws:.0e} draws",
            f"{float(done.stdout):.1f} MiB",
            "< 50 MiB",
        )
    ]


_START = "from sim import Scenario, simulate; simulate(Scenario.load({!r}), 10_000).summary()"


def start_up(rounds: int) -> list[Row]:
    """From nothing to help, and to a first result with a warm cache."""

    def run(*arguments: str) -> float:
        command = [sys.executable, *arguments]
        call = partial(subprocess.run, command, cwd=ROOT, capture_output=True, check=True)
        return statistics.median(_seconds(call) for _ in range(rounds))

    return [
        Row("`breakeven --help`", f"{run('-m', 'studies', '--help'):.2f} s", "< 0.3 s"),
        Row("warm start to first result", f"{run('-c', _START.format(str(SCENARIO))):.2f} s", "< 2 s"),
    ]
