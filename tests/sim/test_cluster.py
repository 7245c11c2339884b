"""A cluster of two real worker processes: the same bits, a killed worker, addresses and versions that are wrong."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

distributed = pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")

from distributions.errors import UserError  # noqa: E402
from sim import Model, Scenario, cluster, simulate  # noqa: E402
from sim.cluster import Cluster  # noqa: E402
from sim.run import Run  # noqa: E402
from studies.cli import main  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = Scenario.from_dict(
    {"study": {"title": "t", "horizon_months": 6, "discount_rate": 0.08, "compare": ["tuned_hosted", "rag"]}}
)
DRAWS = 1_000_003


@pytest.fixture(scope="module")
def two() -> Iterator[Any]:
    """Two workers of one thread each, in processes of their own."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1",
        worker_dashboard_address=None, env={"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    ) as found:  # fmt: skip
        yield found


@pytest.fixture(scope="module")
def alone() -> Run:
    return simulate(SCENARIO, DRAWS, 5, threads=1)


def _same(one: Run, other: Run) -> bool:
    names = ("counts", "less", "equal", "reached", "cheapest", "cumulative", "items", "extremes", "draws")
    arrays = [(getattr(one.outcome, name), getattr(other.outcome, name)) for name in names]
    arrays += [(getattr(one.outcome.moments, k), getattr(other.outcome.moments, k)) for k in ("mean", "m2")]
    return all(np.array_equal(a, b) for a, b in arrays)


def test_a_cluster_gives_the_bits_of_one_machine_and_keeps_nothing(two: Any, alone: Run) -> None:
    seen: list[int] = []
    found = simulate(
        SCENARIO, DRAWS, 5, workers=Cluster(two.scheduler_address), progress=lambda done, _: seen.append(done)
    )
    assert _same(found, alone)
    assert seen == sorted(seen)
    assert seen[-1] == DRAWS
    with distributed.Client(two.scheduler_address, set_as_default=False) as client:
        assert not client.who_has()


def test_a_killed_worker_costs_time_and_no_bit(two: Any, alone: Run) -> None:
    killed: list[int] = []

    def kill_one(done: int, _: int) -> None:
        if done > DRAWS // 10 and not killed:
            killed.append(next(iter(two.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    found = simulate(SCENARIO, DRAWS, 5, workers=Cluster(two.scheduler_address), progress=kill_one)
    assert killed
    assert _same(found, alone)


def test_a_tolerance_stops_a_cluster_where_it_stops_one_machine(two: Any) -> None:
    settings: dict[str, Any] = {"tolerance": 0.001, "seed": 2}
    found = simulate(SCENARIO, 4_000_000, workers=Cluster(two.scheduler_address), **settings)
    assert _same(found, simulate(SCENARIO, 4_000_000, **settings))


def test_a_model_of_the_users_own_is_drawn_too(two: Any) -> None:
    model = Model(
        {"x": {"normal": {"mean": 0.0, "sd": 1.0}}},
        ("a", "b"),
        lambda v: {"a": v["x"] ** 2, "b": 1.0 + 0 * v["x"]},
    )
    found = simulate(model, 200_000, 1, workers=Cluster(two.scheduler_address))
    assert _same(found, simulate(model, 200_000, 1))


def test_the_command_draws_on_the_cluster(
    two: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bot.toml"
    path.write_text('[study]\ncompare = ["tuned_hosted", "rag"]\n')
    arguments = ["run", str(path), "--draws", "100000", "--no-figures", "--json", "--quiet"]
    found = []
    for name, more in (("one", []), ("many", ["--dask", two.scheduler_address])):
        assert main([*arguments, "--out", str(tmp_path / name), *more]) == 0
        found.append([line for line in capsys.readouterr().out.splitlines() if "_seconds" not in line])
    assert found[0] == found[1]


def test_other_versions_are_refused_by_name(two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.version()
    monkeypatch.setattr(cluster, "version", lambda: "breakeven 0.0.1 (abc)")

    class Elsewhere(Cluster):
        def _check_workers(self) -> None:
            """As where a worker joins after the first look."""

    with pytest.raises(UserError, match=r"breakeven 0\.0\.1 \(abc\).*same versions"):
        simulate(SCENARIO, 50_000, workers=Elsewhere(two.scheduler_address))


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("", "8786"),
        ("nonsense", "8786"),
        ("tpc://127.0.0.1:8786", "tcp"),
        ("tcp://127.0.0.1:99999", "tcp://"),
        ("tcp://127.0.0.1:1", "refused"),
        ("tcp://no.such.host.invalid:8786", "no scheduler can be reached"),
    ],
)
def test_an_address_that_is_none_is_one_line_and_nothing_is_written(
    address: str, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bot.toml"
    path.write_text('[study]\ncompare = ["tuned_hosted", "rag"]\n')
    status = main(["run", str(path), "--dask", address, "--out", str(tmp_path / "result")])
    found = capsys.readouterr()
    assert (status, found.out) == (2, "")
    assert found.err.count("\n") == 1
    assert named in found.err
    assert [item.name for item in tmp_path.iterdir()] == ["bot.toml"]


def test_a_scheduler_without_workers_and_something_else_that_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None, host="127.0.0.1") as empty,
        pytest.raises(UserError, match="has no workers"),
    ):
        Cluster(empty.scheduler_address)
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(UserError, match="no Dask scheduler"):
        Cluster(f"tcp://127.0.0.1:{other.getsockname()[1]}")
