"""The same bits, whatever works the chunks, in whatever order, so many at a time, on whichever Python."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import Model, Scenario, simulate
from sim.draws import job
from sim.draws.job import Counts, Job
from sim.engine import chunks as engine
from sim.engine.chunks import Threads
from sim.kernel.reductions import Tally
from sim.results.run import Run
from studies.probability_of_cheaper import verify
from tests.command import ROOT, command, spawn
from tests.faults.process import written

pytestmark = pytest.mark.slow

DESIGNS = ("sobol", "lhs", "mc", "aligned")
DRAWS = 100_003
SCENARIO = Scenario.from_dict(
    {
        "study": {"title": "t", "horizon_months": 6, "compare": ["tuned_hosted", "rag"]},
        "dependence": [{"inputs": ["price.input", "workload.queries_per_month"], "rank_correlation": 0.5}],
    }
)
MODEL = Model(
    {"x": {"normal": {"mean": 0.0, "sd": 1.0}}, "z": {"uniform": {"min": 0.0, "max": 1.0}}},
    ("a", "b"),
    lambda v: {"a": np.exp(v["x"]), "b": 1.0 + v["z"]},
)


def differences(one: Run, other: Run) -> list[str]:
    """Names of all numbers, of dataset and summary, whose bits differ; timing aside."""
    verdict = verify.compare((one.summary(), one.dataset), (other.summary(), other.dataset))
    assert verdict.numbers > 3000
    return [found.name for found in verdict.differences]


class Shuffled:
    """Workers that work each batch of chunks out of order, on working rows of their own."""

    def __init__(self, batch: int) -> None:
        self.batch = batch
        self.total: Counts | None = None
        self.chance = random.Random(batch)

    def tallies(self, job: Job, draws: int, first: int, last: int) -> Iterator[Tally]:
        for start in range(first, last, self.batch):
            numbers = list(range(start, min(start + self.batch, last)))
            found = {}
            for number in self.chance.sample(numbers, len(numbers)):
                counts = job.empty_counts()
                (found[number],) = job.work(range(number, number + 1), draws, job.scratch(), counts)
                self.total = counts if self.total is None else self.total + counts
            yield from (found[number] for number in numbers)

    def counts(self, job: Job) -> Counts:
        return job.empty_counts() if self.total is None else self.total

    def close(self) -> None:
        """Nothing to let go of."""


@pytest.fixture(scope="module", params=[(s, d) for s in ("scenario", "model") for d in DESIGNS], ids="-".join)
def alone(request: pytest.FixtureRequest) -> tuple[Any, str, Run]:
    """What is run, in which design, and the run on one thread."""
    kind, design = request.param
    subject = SCENARIO if kind == "scenario" else MODEL
    return subject, design, simulate(subject, DRAWS, 3, design, threads=1)


@pytest.mark.parametrize(("threads", "window"), [(2, 1), (4, 4), (3, 64)])
def test_threads_and_chunks_under_way_do_not_move_a_bit(
    threads: int, window: int, alone: tuple[Any, str, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, design, run = alone
    monkeypatch.setattr(engine, "WINDOW", window)
    assert differences(run, simulate(subject, DRAWS, 3, design, workers=Threads(threads))) == []


@pytest.mark.parametrize("batch", [1, 3])
def test_the_order_in_which_chunks_are_worked_does_not_move_a_bit(
    batch: int, alone: tuple[Any, str, Run]
) -> None:
    subject, design, run = alone
    assert differences(run, simulate(subject, DRAWS, 3, design, workers=Shuffled(batch))) == []


@pytest.mark.parametrize("size", [16, 128])
def test_the_size_of_a_chunk_moves_sums_by_rounding_and_counts_not_at_all(
    size: int, alone: tuple[Any, str, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chunk is summed by itself and then merged: its size is part of the arithmetic, and so a constant."""
    subject, design, run = alone
    for module in (job, engine):
        monkeypatch.setattr(module, "CHUNK", size * 256)
    other = simulate(subject, DRAWS, 3, design).tally
    for name in ("less", "equal", "reached", "lasting", "fell_back", "extremes", "draws"):
        np.testing.assert_array_equal(getattr(run.tally, name), getattr(other, name))
    # 1e-12: a hundred thousand sums round to 1e5^½ · 1e-16 of the largest, a few hundred times less
    np.testing.assert_allclose(run.tally.moments.mean, other.moments.mean, rtol=1e-12)


@pytest.mark.parametrize("design", ["sobol", "mc", "aligned"])
def test_a_run_with_a_tolerance_is_the_run_of_as_many_draws(design: str) -> None:
    found = simulate(SCENARIO, None, 3, design, tolerance=0.005)
    left = differences(simulate(SCENARIO, found.draws, 3, design), found)
    # The way there is looked at elsewhere.
    assert all(name.startswith("run.nc convergence_") for name in left)


@pytest.mark.filterwarnings("ignore")
def test_batches_of_a_cluster_do_not_move_a_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    from sim.engine import cluster

    monkeypatch.setattr(cluster, "_BATCHES", 1)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1",
        worker_dashboard_address=None, env={"PYTHONPATH": str(ROOT)},
    ) as here:  # fmt: skip
        for design in DESIGNS:
            alone = simulate(SCENARIO, DRAWS, 3, design)
            for largest in (1, 3, 1024) if design == "sobol" else (3,):
                monkeypatch.setattr(cluster, "MOST_CHUNKS", largest)
                found = simulate(SCENARIO, DRAWS, 3, design, workers=cluster.Cluster(here.scheduler_address))
                assert differences(alone, found) == [], (design, largest)


def others() -> list[str]:
    """Interpreters of other versions that lie beside this one or are named, one for each version."""
    import os
    import sys

    named = [name for name in os.environ.get("BREAKEVEN_PYTHONS", "").split(os.pathsep) if name]
    return named + [f"python3.{minor}" for minor in range(11, 15) if minor != sys.version_info[1]]


@pytest.mark.parametrize("python", others())
def test_another_python_gives_the_same_bits(python: str, tmp_path: Path) -> None:
    """Wherever one has the packages; BREAKEVEN_PYTHONS names interpreters, separated as in PATH."""
    try:
        imports = "import click, h5netcdf, numba, pydantic, SALib, scipy, xarray"
        probe = spawn([python, "-c", imports], tmp_path, PYTHONPATH=None)
    except OSError:
        pytest.skip(f"there is no {python}")
    if probe.returncode != 0:
        pytest.skip(f"{python} lacks packages: {probe.stderr.decode().splitlines()[-1]}")
    written(tmp_path)
    made = spawn(command("run", "bot.toml", "--draws", "2e4", "--no-figures", "--out", "run"), tmp_path)
    assert made.returncode == 0, made.stderr.decode()
    found = spawn(
        [python, "-m", "studies", "run", "--verify", "run", "--json"], tmp_path, PYTHONPATH=str(ROOT)
    )
    assert found.returncode == 0, found.stderr.decode()
    record = json.loads(found.stdout)
    assert record["same"] or record["versions"]
