"""Breakeven and its peers on the reference problem, in turns: a ratio is the median over rounds.

In each round a peer runs in a process of its own, and breakeven right after it, on one thread and on all. Before a
ratio is quoted, the peer's P(cheaper) and mean costs must agree with ours within statistics.
"""

from __future__ import annotations

import ast
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import kernel
from benchmarks.problem import plain, reference
from sim import Scenario, simulate
from sim.engine.pool import threads_available

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".cache" / "bench-venv" / "bin" / "python"
OURS = 1 << 21
"""Our draws beside a peer's, independent ones as the peer's are: so many that what is not drawing weighs little."""

_SEEDS = 8
"""Of ours, to a tolerance."""

WHOLE, KERNEL, TOLERANCE = "whole", "kernel", "tolerance"
_TIMEOUT = 300


@dataclass(frozen=True)
class Contest:
    """A peer's task: which module, how many draws, and the ratio that is wanted.

    kind: WHOLE, time for each draw; KERNEL, the same without sampling; TOLERANCE, time until P is known to 0.001.
    by_month: whether the peer counts by month too, so that a full run is what it is held against; else what is asked is
    P(cheaper) and means, of a run of totals.
    """

    peer: str
    module: str
    draws: int
    wanted: float
    variant: str = ""
    copula: bool = False
    kind: str = WHOLE
    by_month: bool = False

    @property
    def does(self) -> str:
        """The variant and the dependence in words."""
        if self.kind == KERNEL:
            return "inputs given"
        words = [self.variant] if self.variant and self.kind == WHOLE else []
        return ", ".join([*words, "copula" if self.copula else "independent"])


CONTESTS = (
    Contest("numpy + scipy", "numpy_scipy", 1 << 19, 25),
    Contest("numpy + scipy", "numpy_scipy", 1 << 18, 60, copula=True),
    Contest("numpy + scipy", "numpy_scipy", 1 << 18, 25, "all outputs", by_month=True),
    Contest("numpy + scipy", "numpy_scipy", 1 << 18, 60, "all outputs", copula=True, by_month=True),
    Contest("OpenTURNS", "openturns", 1 << 18, 25),
    Contest("OpenTURNS", "openturns", 1 << 16, 150, copula=True),
    Contest("OpenTURNS", "openturns", 1 << 17, 150, "linked apart", copula=True),
    Contest("squigglepy", "squigglepy", 1 << 18, 20),
    Contest("chaospy", "chaospy", 1 << 16, 100),
    Contest("JAX on the processor", "jax_cpu", 1 << 17, 40),
    Contest("JAX on the processor", "jax_cpu", 1 << 18, 40, "sampled by numpy"),
    Contest("numba, draw by draw", "natural_order", 1 << 18, 3, by_month=True),
    Contest("monaco", "monaco", 2000, 5000),
    Contest("EMA Workbench", "ema_workbench", 2000, 5000),
    Contest("numba, draw by draw", "natural_order", 1 << 17, 3, "kernel", kind=KERNEL, by_month=True),
    Contest("numpy + scipy", "numpy_scipy", 1 << 24, 100, "to 0.001", kind=TOLERANCE),
    Contest("numpy + scipy", "numpy_scipy", 1 << 24, 100, "to 0.001", copula=True, kind=TOLERANCE),
)


@dataclass
class Result:
    """What the rounds found, an entry a round.

    seconds: the peer's, for each draw or in all. busy: how many processors it kept busy. ours, ours_all: our seconds
    on one thread and on all, the latter empty for the kernel. missing: why there is nothing.
    """

    contest: Contest
    seconds: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    ours_all: list[float] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    missing: str = ""

    def ratio(self, ours: list[float]) -> float:
        """The peer's seconds over ours: the median of the rounds' ratios."""
        return statistics.median(peer / own for peer, own in zip(self.seconds, ours, strict=True))

    @property
    def met(self) -> bool:
        """Whether the wanted ratio was reached, on all threads where they count."""
        return self.ratio(self.ours_all or self.ours) >= self.contest.wanted


def documentation(module: str) -> str:
    """A peer's docstring, without importing what it needs."""
    source = (ROOT / "benchmarks" / "peers" / f"{module}.py").read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(source)) or ""


def _child(contest: Contest, problem: Path, draws: int, seed: int) -> dict[str, Any]:
    """One run of a peer; `missing` says why there is none."""
    command = [str(PYTHON), "-m", f"benchmarks.peers.{contest.module}", str(problem), "--draws", str(draws)]
    command += ["--seed", str(seed), "--variant", contest.variant]
    compiled = {
        "JAX_COMPILATION_CACHE_DIR": str(ROOT / ".cache" / "jax")
    }  # of later rounds: compiling is not timed
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=_TIMEOUT, env=os.environ | compiled
    )
    if done.returncode != 0:
        raise RuntimeError(f"{contest.peer} failed:\n{done.stderr[-2000:]}")
    line: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return line


def check(line: dict[str, Any], run: Any, what: str) -> None:
    """A peer's answer against ours, which has many more draws: five standard errors, six for means with long tails."""
    draws, ours = line["draws"], run.probability_cheaper(*run.compare).estimate
    if abs(line["p"] - ours) > 5 * (ours * (1 - ours) / draws) ** 0.5:
        raise RuntimeError(f"{what} disagrees on P(cheaper): {line['p']} against {ours}")
    for name, mean in line["mean"].items():
        found = run.mean("cost", name)
        if abs(mean - found.value) > 6 * found.sd / draws**0.5:
            raise RuntimeError(f"{what} disagrees on the mean of {name}: {mean} against {found.value}")


def _ours(contest: Contest, scenario: Scenario) -> Callable[[int, int], float]:
    """Seconds of breakeven at the same task, for each draw unless it is timed as a whole: seed, threads."""
    if contest.kind == KERNEL:
        return kernel.timer(scenario, contest.draws)

    ask = partial(simulate, scenario, totals=not contest.by_month)

    def seconds(seed: int, threads: int) -> float:
        if contest.kind == TOLERANCE:
            calls = [partial(ask, seed=_SEEDS * seed + k, tolerance=0.001) for k in range(_SEEDS)]
            per = _SEEDS
        else:
            calls, per = [partial(ask, draws=OURS, seed=seed, design="mc")], OURS
        ask(draws=1 << 16, threads=threads)  # brings back what the system has put aside while the peer ran
        started = time.perf_counter()
        for call in calls:
            call(threads=threads)
        return (time.perf_counter() - started) / per

    return seconds


def compete(rounds: int, share: float = 1.0) -> list[Result]:
    """All contests, round by round; `share` of the draws of each, to try the program."""
    scenarios = {copula: reference(copula=copula) for copula in (False, True)}
    truth = {copula: simulate(scenario, 1 << 20, 7) for copula, scenario in scenarios.items()}
    ours = {contest: _ours(contest, scenarios[contest.copula]) for contest in CONTESTS}
    results = {contest: Result(contest) for contest in CONTESTS}
    with tempfile.TemporaryDirectory() as folder:
        files = {copula: Path(folder) / f"{copula}.json" for copula in scenarios}
        for copula, scenario in scenarios.items():
            plain(scenario).write(files[copula])
        for seed in range(1, rounds + 1):
            print(f"against the peers: round {seed} of {rounds}", file=sys.stderr)
            for contest, result in results.items():
                if result.missing:
                    continue
                draws = contest.draws if contest.kind == TOLERANCE else max(500, int(share * contest.draws))
                line = _child(contest, files[contest.copula], draws, seed)
                result.missing = line.get("missing", "")
                if result.missing:
                    continue
                check(line, truth[contest.copula], f"{contest.peer} ({contest.does})")
                seconds = line["seconds"] / (1 if contest.kind == TOLERANCE else line["draws"])
                result.seconds.append(seconds)
                result.busy.append(line["processor_seconds"] / line["seconds"])
                result.versions = line["versions"]
                result.ours.append(ours[contest](seed, 1))
                if contest.kind != KERNEL:
                    result.ours_all.append(ours[contest](seed, threads_available()))
    return list(results.values())
