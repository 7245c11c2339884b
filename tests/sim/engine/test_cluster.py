"""A cluster of two real worker processes: the same bits, a killed worker, addresses and versions that are wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

distributed = pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")

from distributions.errors import UserError  # noqa: E402
from sim import Model, Scenario, simulate  # noqa: E402
from sim.draws.job import CHUNK  # noqa: E402
from sim.engine import cluster  # noqa: E402
from sim.engine.cell import Cell, CellPlan  # noqa: E402
from sim.engine.cluster import Cluster  # noqa: E402
from sim.engine.many import fan_out  # noqa: E402
from sim.results.dataset import summary  # noqa: E402
from sim.results.run import Run  # noqa: E402
from studies.cli import main  # noqa: E402
from tests.command import ROOT, ended, environment, patience, start, until  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

SCENARIO = Scenario.from_dict(
    {"study": {"title": "t", "horizon_months": 6, "discount_rate": 0.08, "compare": ["tuned_hosted", "rag"]}}
)
DRAWS = 500_003


@pytest.fixture(scope="module")
def two() -> Iterator[Any]:
    """Two workers of one thread each, in processes of their own."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1",
        worker_dashboard_address=None, env={"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    ) as found, pytest.MonkeyPatch.context() as patch:  # fmt: skip
        patch.setattr(cluster, "PATIENCE", patience())  # a scheduler on a busy machine is slow, not away
        yield found


@pytest.fixture(scope="module")
def alone() -> Run:
    return simulate(SCENARIO, DRAWS, 5, threads=1)


def _same(one: Run, other: Run) -> bool:
    names = (
        "counts", "less", "equal", "reached", "lasting", "fell_back", "cheapest", "cumulative", "items", "extremes",
        "draws",
    )  # fmt: skip
    arrays = [(getattr(one.tally, name), getattr(other.tally, name)) for name in names]
    arrays += [(getattr(one.tally.moments, k), getattr(other.tally.moments, k)) for k in ("mean", "m2")]
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


# --- many runs as one piece of work


VOLUME = "workload.queries_per_month"
GRID = [Cell(k // 6, {VOLUME: 1e5 * 1.7 ** (k % 6)}) for k in range(12)]
PAIR = [SCENARIO, SCENARIO.with_values({"price.input": 3.5})]


def _everything(run: Run) -> dict[str, Any]:
    found = summary(run)
    del found["timing"]
    return found


def _one_by_one(cells: list[Cell], draws: int) -> list[dict[str, Any]]:
    return [
        _everything(simulate(PAIR[one.scenario].with_values(one.values), draws, 5, threads=1))
        for one in cells
    ]


def _comes_true(condition: Callable[[], object]) -> bool:
    """Whether it does in the end."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > patience():
            return False
        time.sleep(0.1)
    return True


def _nothing_left(address: str) -> bool:
    """Whether the scheduler comes to know no task any more."""
    with distributed.Client(address, set_as_default=False) as client:
        return _comes_true(
            lambda: not client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks))
        )


def test_a_sweep_whose_worker_is_killed_has_the_bits_of_one_thread_and_of_separate_runs(two: Any) -> None:
    """Small cells, several to a task."""
    plan = CellPlan(2 * CHUNK + 3, 5, "sobol", _everything)
    alone = list(fan_out(PAIR, GRID, plan, threads=1))
    assert alone[::3] == _one_by_one(GRID[::3], plan.draws)
    killed: list[int] = []
    seen: list[int] = []

    def kill_one(done: int, total: int) -> None:
        seen.append(done)
        if done > total // 8 and not killed:
            killed.append(next(iter(two.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    found = list(fan_out(PAIR, GRID, plan, cluster=Cluster(two.scheduler_address), progress=kill_one))
    assert killed
    assert found == alone
    assert seen == sorted(seen)
    assert seen[-1] == len(GRID) * plan.draws
    assert _nothing_left(two.scheduler_address)


def test_the_cell_of_a_killed_worker_is_worked_again(two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells of a task each; the last is left over, and both workers share its chunks."""
    begun: list[Any] = []
    begin = Cluster.begin

    def noted(self: Cluster, work: Any, *arguments: Any) -> Any:
        begun.append(arguments[1])
        return begin(self, work, *arguments)

    monkeypatch.setattr(Cluster, "begin", noted)
    plan = CellPlan(64 * CHUNK - 5, 5, "sobol", _everything)
    killed: list[int] = []

    def kill_one(done: int, total: int) -> None:
        if done > total // 8 and not killed:
            killed.append(next(iter(two.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    cells = GRID[:5]
    found = list(fan_out(PAIR, cells, plan, cluster=Cluster(two.scheduler_address), progress=kill_one))
    assert killed
    # all five cells are tasks where the lost worker is not yet back when it is decided on the last
    assert begun in ([[one] for one in cells], [[one] for one in cells[:4]]), (
        "a lost cell is the scheduler's to give again"
    )
    assert found == _one_by_one(cells, plan.draws)
    assert _nothing_left(two.scheduler_address)


def test_a_cell_that_nobody_waits_for_is_given_up(two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its next chunk: to its end it would take hours."""
    with distributed.Client(two.scheduler_address, set_as_default=False) as client:

        def busy() -> int:
            return sum(client.run(lambda dask_worker: dask_worker.state.executing_count).values())

        def interrupted(self: Cluster) -> Any:
            assert _comes_true(busy)
            raise KeyboardInterrupt

        monkeypatch.setattr(Cluster, "next_done", interrupted)
        plan = CellPlan(2**35, 5, "mc", _everything)
        with pytest.raises(KeyboardInterrupt):
            list(fan_out(PAIR, GRID[:4], plan, cluster=Cluster(two.scheduler_address)))
        assert _comes_true(lambda: not busy())


def test_few_tasks_are_on_the_cluster_at_once(two: Any) -> None:
    """Two for each of two threads, and the scenario, however many cells there are."""
    most: list[int] = []
    plan = CellPlan(16 * CHUNK, 5, "mc", _everything)
    with distributed.Client(two.scheduler_address, set_as_default=False) as client:

        def look(*_: int) -> None:
            most.append(client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)))

        found = list(fan_out(PAIR, GRID[:8], plan, cluster=Cluster(two.scheduler_address), progress=look))
    assert len(found) == 8
    assert max(most) <= 4 + 2 + 1


def test_a_client_that_stops_leaves_no_tasks(two: Any) -> None:
    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done > total // 6:
            raise Enough

    plan = CellPlan(8 * CHUNK, 5, "sobol", _everything)
    with pytest.raises(Enough):
        list(fan_out(PAIR, GRID, plan, cluster=Cluster(two.scheduler_address), progress=stop))
    assert _nothing_left(two.scheduler_address)
    found = fan_out(PAIR, GRID, plan, cluster=Cluster(two.scheduler_address))
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert _nothing_left(two.scheduler_address)


def test_a_cell_that_cannot_be_run_is_named_from_afar(two: Any) -> None:
    cells = [Cell(0), Cell(0, dict.fromkeys((VOLUME, "workload.annual_growth", "tokens.question"), 1e30))]
    cells = [*cells[:1] * 3, cells[1]]
    long = Scenario.from_dict({"study": {"title": "Long", "horizon_months": 36}})
    with pytest.raises(UserError, match=r"Long at .*= 1e\+30: costs"):
        list(
            fan_out([long], cells, CellPlan(64, 5, "mc", _everything), cluster=Cluster(two.scheduler_address))
        )
    assert _nothing_left(two.scheduler_address)


def test_the_sweep_command_gives_the_same_on_the_cluster(
    two: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bot.toml"
    path.write_text('[study]\ncompare = ["tuned_hosted", "rag"]\n')
    vary = f"{VOLUME}=1e5:1e7:5:log"
    found = []
    for name, more in (("one", ["--threads", "1"]), ("many", ["--dask", two.scheduler_address])):
        arguments = ["sweep", str(path), "--vary", vary, "--json", "--out", str(tmp_path / name), *more]
        assert main(arguments) == 0
        found.append(capsys.readouterr().out)
        assert (tmp_path / name / "sweep.nc").read_bytes() == (tmp_path / "one" / "sweep.nc").read_bytes()
    assert found[0] == found[1]


class _Processes:
    """A scheduler and workers in processes of their own, as on a cluster; ended together."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._started: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        where = place / "where.json"
        # it is there before it is whole
        until(lambda: where.exists() and where.read_text().rstrip().endswith("}"), self.scheduler)
        self.address = json.loads(where.read_text())["address"]

    def worker(self, *more: str) -> subprocess.Popen[bytes]:
        """One more worker of one thread."""
        return self._start("worker", "--nthreads", "1", "--local-directory", "scratch", *more)

    def _start(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *options]
        self._started.append(
            subprocess.Popen(
                [*command, "--scheduler-file", "where.json", "--no-dashboard"],
                cwd=self._place,
                env=environment(),
                stderr=subprocess.DEVNULL,
            )
        )
        return self._started[-1]

    def __enter__(self) -> _Processes:
        return self

    def __exit__(self, *_: object) -> None:
        for one in reversed(self._started):
            one.kill()
            one.wait()


def test_a_command_that_is_interrupted_or_loses_its_scheduler_says_so_in_one_line(tmp_path: Path) -> None:
    """In processes of their own, as on a cluster."""
    (tmp_path / "bot.toml").write_text('[study]\ncompare = ["tuned_hosted", "rag"]\n')
    before = {"bot.toml", "where.json"}
    with _Processes(tmp_path) as machines:
        machines.worker()
        address = machines.address
        large = ["--vary", f"{VOLUME}=1:1e6:1000", "--draws", "1e5", "--dask", address, "--out", "x"]
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=patience())
            tasks = lambda: client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks))  # noqa: E731
            with start(tmp_path, "sweep", "bot.toml", *large) as process:
                until(lambda: tasks() >= 2, process)
                process.send_signal(signal.SIGINT)
                assert ended(process) == (b"", b"interrupted\n")
            assert process.returncode == 130
            assert _nothing_left(address)
            second = start(tmp_path, "sweep", "bot.toml", *large)
            until(lambda: tasks() >= 2, second)
        machines.scheduler.kill()
        out, err = ended(second)
        assert (second.returncode, out) == (2, b"")
        assert err == f"error: --dask: the scheduler at '{address}' was lost\n".encode()
        assert {path.name for path in tmp_path.iterdir()} <= before | {"scratch"}


@pytest.mark.parametrize(
    "command",
    [
        ["run", "--no-figures", "--draws", "1e6"],
        ["sweep", "--vary", f"{VOLUME}=1e5:1e6:20", "--draws", "3e5"],
    ],
    ids=["run", "sweep"],
)
def test_a_run_whose_workers_are_all_lost_says_so_and_goes_on_with_others(
    command: list[str], tmp_path: Path
) -> None:
    (tmp_path / "bot.toml").write_text('[study]\ncompare = ["tuned_hosted", "rag"]\n')
    with _Processes(tmp_path) as machines:
        first = machines.worker("--no-nanny")
        with distributed.Client(machines.address, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=patience())
            tasks = lambda: client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks))  # noqa: E731
            arguments = [command[0], "bot.toml", *command[1:], "--quiet", "--out", "x"]
            with start(tmp_path, *arguments, "--dask", machines.address) as process:
                until(lambda: tasks() >= 2, process)
                first.kill()
                assert process.stderr is not None
                said = process.stderr.readline().decode()
                assert "has lost all its workers; waiting for others" in said
                machines.worker("--no-nanny")
                out, err = ended(process)
        assert (process.returncode, out.decode().strip()) == (0, "x")
        assert err.decode() == f"--dask: the scheduler at '{machines.address}' has workers again\n"


# --- encrypted


TLS = "DASK_DISTRIBUTED__COMM__TLS__"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Files of a certificate that vouches for itself, and of its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    place = tmp_path_factory.mktemp("tls")
    cert, key = str(place / "cert.pem"), str(place / "key.pem")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=breakeven",
         "-out", cert, "-keyout", key],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


def _configured(cert: str, key: str) -> Any:
    """What the manual says to set, for scheduler, worker and client alike."""
    import dask

    settings: dict[str, Any] = {"comm.require-encryption": True, "comm.tls.ca-file": cert}
    for role in ("client", "scheduler", "worker"):
        settings |= {f"comm.tls.{role}.cert": cert, f"comm.tls.{role}.key": key}
    return dask.config.set({f"distributed.{name}": value for name, value in settings.items()})


def test_an_encrypted_cluster_gives_the_same_bits_and_refuses_who_has_no_certificate(
    certificate: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        _configured(*certificate),
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, protocol="tls", host="127.0.0.1",
            dashboard_address=None, worker_dashboard_address=None, security=distributed.Security(),
        ) as found,
    ):  # fmt: skip
        address = found.scheduler_address
        assert address.startswith("tls://")
        run = simulate(SCENARIO, 50_000, 5, workers=Cluster(address))
        assert _same(run, simulate(SCENARIO, 50_000, 5))
        monkeypatch.setattr(cluster, "PATIENCE", 1)
        with pytest.raises(UserError, match="tls://"):
            Cluster(address.replace("tls://", "tcp://"))
        other = tmp_path / "other"
        other.mkdir()
        names = [str(other / name) for name in ("cert.pem", "key.pem")]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other", "-out", names[0],
             "-keyout", names[1]],
            check=True, capture_output=True,
        )  # fmt: skip
        with _configured(*names), pytest.raises(UserError, match="accept each other's certificates"):
            Cluster(address)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, f"needs {TLS}CA_FILE"),
        ({"ca-file": "{cert}"}, f"needs {TLS}CLIENT__CERT"),
        ({"ca-file": "{cert}", "client.cert": "nowhere.pem"}, "there is no file 'nowhere.pem'"),
        ({"ca-file": "{cert}", "client.cert": "{key}", "client.key": "{key}"}, "cannot be used"),
    ],
)
def test_certificates_that_are_missing_or_none_are_one_line(
    settings: dict[str, str],
    named: str,
    certificate: tuple[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import dask

    cert, key = certificate
    filled = {
        f"distributed.comm.tls.{name}": value.format(cert=cert, key=key) for name, value in settings.items()
    }
    (tmp_path / "bot.toml").write_text('[study]\ncompare = ["tuned_hosted", "rag"]\n')
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        dask.config.set(filled),
    ):
        address = f"tls://127.0.0.1:{listening.getsockname()[1]}"
        status = main(
            ["run", str(tmp_path / "bot.toml"), "--dask", address, "--out", str(tmp_path / "result")]
        )
    found = capsys.readouterr()
    assert (status, found.out, found.err.count("\n")) == (2, "", 1)
    assert named in found.err


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
