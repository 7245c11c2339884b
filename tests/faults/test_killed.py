"""Stopped at any moment: no folder with a final name that is not whole, none left that blocks the next run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.command import ROOT, Invoke, ended, spawn, start, until
from tests.faults.process import assert_nothing_half, assert_whole, written

STATUS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, "SIGKILL": -9}
SAID = {"SIGINT": b"interrupted\n", "SIGTERM": b"terminated\n", "SIGHUP": b"hung up\n", "SIGKILL": b""}


def aged(folders: list[Path]) -> None:
    for folder in folders:
        os.utime(folder, (1e9, 1e9))


SHOTS = textwrap.dedent(
    """
    import json, os, random, signal, sys, time
    import pytest
    from studies.cli import main
    from tests.small import make_small

    make_small(pytest.MonkeyPatch())
    name, many = sys.argv[1], int(sys.argv[2])
    number = getattr(signal, name)
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.default_int_handler if one == signal.SIGINT else signal.SIG_DFL)
    run = ['run', 'bot.toml', '--draws', '2e4', '--no-figures', '--quiet', '--out']
    assert main([*run, 'warm']) == 0
    begun = time.monotonic()
    assert main([*run, 'timed']) == 0
    lasts = time.monotonic() - begun
    chance = random.Random(name)
    for shot in range(many):
        # Held back until the child has put its locks in order: in a callback of fork an exception is lost, and the
        # locks stay as they are.
        signal.pthread_sigmask(signal.SIG_BLOCK, {number} - {signal.SIGKILL})
        child = os.fork()
        if child == 0:
            status = 99
            try:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {number} - {signal.SIGKILL})
                status = main([*run, 'runs/run'])
            except KeyboardInterrupt:  # before the command listened, or after it had ended
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
            finally:
                os._exit(status)  # the interpreter's own end would wait for threads that the parent had
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number} - {signal.SIGKILL})
        time.sleep(chance.uniform(0.0, 1.1 * lasts))
        os.kill(child, number)
        print('status', os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        if os.path.exists('runs/run'):
            os.rename('runs/run', f'whole-{shot}')
        print('left', *os.listdir('runs'), flush=True)
    """
)
"""Runs with everything loaded already, so that the moments fall into the work and not into the imports."""


MANY = 10


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["SIGINT", *(pytest.param(name, marks=pytest.mark.long) for name in STATUS if name != "SIGINT")]
)
def test_at_random_moments(name: str, tmp_path: Path, invoke: Invoke) -> None:
    """All but SIGINT for `make long`: each takes ten runs, and finds what those of its moments that matter find below.

    SIGKILL before each call that touches the disk, SIGHUP, handled as SIGTERM is, at the first call of each function.
    """
    written(tmp_path)
    runs = tmp_path / "runs"
    runs.mkdir()
    found = spawn([sys.executable, "-c", SHOTS, name, str(MANY)], tmp_path)
    assert found.returncode == 0, found.stderr.decode()
    lines = found.stdout.decode().splitlines()
    statuses = [int(line.split()[1]) for line in lines if line.startswith("status")]
    assert len(statuses) == MANY
    # A signal may also come before the command has begun to listen, or after the run has ended.
    assert set(statuses) <= {STATUS[name], -getattr(signal, name), 0}, found.stderr.decode()
    assert statuses.count(0) < MANY
    left = [line.split()[1:] for line in lines if line.startswith("left")]
    if name != "SIGKILL":
        assert not any(left)
        assert statuses.count(STATUS[name]) > MANY / 2
    whole = list(tmp_path.glob("whole-*"))
    assert len(whole) >= statuses.count(0)
    for run in whole:
        assert_whole(run, figures=0)
    aged(assert_nothing_half(runs, figures=0))
    last = ("run", tmp_path / "bot.toml", "--draws", "2e4", "--no-figures", "--quiet", "--out", runs / "run")
    assert invoke(*last)[0] == 0
    assert assert_nothing_half(runs, figures=0) == []
    assert_whole(runs / "run", figures=0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_stopped_while_it_draws_it_says_so_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    written(tmp_path)
    with start(tmp_path, "run", "bot.toml", "--draws", "1e10") as process:
        until(lambda: list(tmp_path.glob("outputs/*/.*.partial-*")), process)
        process.send_signal(getattr(signal, name))
        process.send_signal(getattr(signal, name))
        out, err = ended(process)
    assert (process.returncode, out, err) == (STATUS[name], b"", SAID[name])
    assert [path.name for path in tmp_path.iterdir()] == ["bot.toml"]


CRASH = textwrap.dedent(
    """
    import os, sys
    from pathlib import Path
    from studies.shared.folder import contents, netcdf
    from studies.shared.folder.run_folder import RunFolder
    from tests.studies.synthetic import synthetic_run

    data = synthetic_run(draws=50)
    encoded = netcdf._encoded(netcdf.LabelledArrays.of(data.drop_dims('draw')))
    netcdf._encoded = lambda _: encoded  # once for all: it touches no disk
    os.fsync = lambda descriptor: None  # the process dies, not the machine
    place = Path(sys.argv[1])

    def dying_at(at):
        calls = 0
        def watched(function):
            def call(*arguments, **options):
                nonlocal calls
                calls += 1
                if calls == at:
                    os._exit(9)  # as SIGKILL: nothing is flushed, closed or cleaned
                return function(*arguments, **options)
            return call
        for owner, name in ((os, 'open'), (os, 'fsync'), (os, 'mkdir'), (os, 'rename'), (os, 'scandir'),
                            (Path, 'open'), (Path, 'mkdir'), (Path, 'rename'), (netcdf, '_encoded')):
            setattr(owner, name, watched(getattr(owner, name)))

    for at in range(1, 200):
        final = place / str(at) / 'study' / 'run'
        final.parent.parent.mkdir()
        child = os.fork()
        if child == 0:
            dying_at(at)
            with RunFolder(final, make_parents=True) as folder:
                contents.write(folder, name='run', record={'n': 1}, data=data, tables={'study': {'title': 'x'}},
                               figures=[('a', {'svg': b'<svg/>'})], log=['one'])
                folder.publish()
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
            print(at)
            break
    """
)


@pytest.mark.slow
def test_killed_at_each_call_that_touches_the_disk(tmp_path: Path) -> None:
    """Not at random moments, but before the first, second, … call, until one run gets through."""
    from studies.shared.folder.contents import checksum
    from studies.shared.folder.run_folder import PARTIAL, RunFolder

    found = spawn([sys.executable, "-c", CRASH, str(tmp_path)], ROOT)
    assert found.returncode == 0, found.stderr.decode()
    last = int(found.stdout)
    assert last > 20
    whole = 0
    for at in range(1, last + 1):
        study = tmp_path / str(at) / "study"
        for entry in study.iterdir() if study.exists() else ():
            if entry.name == "run":
                whole += 1
                held = {path.name for path in entry.rglob("*") if path.is_file()}
                assert held == {"run.json", "run.nc", "scenario.toml", "a.svg", "run.log"}
                log = (entry / "run.log").read_text()
                for name in ("run.json", "run.nc", "scenario.toml"):
                    assert f"sha256 {checksum(entry / name)} {name}" in log
            else:
                assert PARTIAL.match(entry.name), f"killed at call {at}"
                aged([entry])
        # The next run into the same place gets through, and clears away what was left.
        if not (study / "run").exists():
            with RunFolder(study / "run", make_parents=True) as folder:
                folder.write("run.json", b"{}")
                folder.publish()
        assert [path.name for path in study.iterdir()] == ["run"]
    assert 1 <= whole < last


EVERYWHERE = textwrap.dedent(
    """
    import ctypes, os, signal, sys
    from pathlib import Path
    import sim.engine.pool
    from studies import cli
    from studies.cli import main, stopping

    ours = tuple(str(Path(cli.__file__).parents[2] / name) for name in ('distributions', 'sim', 'studies'))
    of_ours, of_others = int(sys.argv[1]), int(sys.argv[2])
    run = ['run', 'bot.toml', '--draws', '2e4', '--quiet', *sys.argv[3:], '--out']
    assert main([*run, 'warm']) == 0
    fork = ctypes.PyDLL(None).fork  # os.fork takes locks of libraries, which may be taken at the moment
    sys.setswitchinterval(1e3)  # in a child nobody is left to hand the interpreter over to
    parent, seen, asked, before = os.getpid(), set(), 0, None

    def stopped_here(frame, event, _):
        global asked
        code = frame.f_code
        if event != 'call' or code in seen or os.getpid() != parent:
            return
        if signal.getsignal(signal.SIGHUP) is not stopping._watch:
            return
        seen.add(code)
        if len(seen) % (of_ours if code.co_filename.startswith(ours) else of_others):
            return
        asked += 1
        for _ in range(3):  # one that hangs may have found a lock as a thread left it that is not in the child
            status, said = stopped_child()
            if status != -signal.SIGKILL:
                break
        if (status, said) != (129, b'hung up\\n'):
            print(status, said, code, flush=True)

    def stopped_child():
        global child
        heard, say = os.pipe()
        child = fork()
        if child == 0:
            os.chdir('nowhere')  # the run's folder is the parent's
            os.dup2(say, 2)
            sim.engine.pool.Pool.close = lambda pool: None  # its threads are the parent's too
            stopping._watch(signal.SIGHUP, None)
        signal.setitimer(signal.ITIMER_REAL, 5, 5)  # here: a child may hang before it could set one of its own
        os.close(say)
        with open(heard, 'rb') as file:
            said = file.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        signal.setitimer(signal.ITIMER_REAL, 0)
        return status, said

    def look(*_):
        # One that hangs asks for no processor; one that is only slow has had some since, or waits for it.
        global before
        state, *rest = Path(f'/proc/{child}/stat').read_text().rpartition(')')[2].split()
        now = child, state, rest[10:12]
        if now == before and state == 'S':
            os.kill(child, signal.SIGKILL)
        before = now

    signal.signal(signal.SIGALRM, look)
    sys.setprofile(stopped_here)
    status = main([*run, 'run'])
    sys.setprofile(None)
    if os.getpid() != parent:
        os._exit(status)
    print('asked', asked)
    """
)
"""At the first call of every so manieth function, of ours and of others', a child is stopped."""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs fork, and to see what processes do")
@pytest.mark.parametrize(
    ("arguments", "least"),
    [(["3", "40", "--no-figures"], 100), pytest.param(["1", "8"], 500, marks=pytest.mark.long)],
    ids=["a part", "all of ours"],
)
def test_at_the_first_call_of_each_function(arguments: list[str], least: int, tmp_path: Path) -> None:
    """A stop that cuts off a lock in the taking, a class in the making or a destructor is still told as a stop.

    All of ours for `make long`: a minute, for what every third function nearly always shows.
    """
    written(tmp_path)
    (tmp_path / "nowhere").mkdir()
    found = spawn([sys.executable, "-c", EVERYWHERE, *arguments], tmp_path)
    assert found.returncode == 0, found.stderr.decode()
    *odd, last = [line for line in found.stdout.decode().splitlines() if line not in {"warm", "run"}]
    assert odd == []
    assert int(last.removeprefix("asked ")) > least


FAILURES = textwrap.dedent(
    """
    import signal, threading
    from distributions.errors import Fault, UserError
    from studies import cli
    from studies.cli import group

    def stopped_then(error):
        def invoke(arguments):
            try:
                signal.raise_signal(signal.SIGTERM)
            finally:
                raise error
        group.invoke = invoke
        return cli.main(['inputs'])

    fault = UserError(Fault('file', 'cannot be read'))
    errors = RuntimeError('release unlocked lock'), fault, OSError(), BrokenPipeError()
    raise SystemExit([stopped_then(error) for error in errors] != 4 * [143])
    """
)


def test_what_fails_because_of_a_stop_is_told_as_the_stop(tmp_path: Path) -> None:
    found = spawn([sys.executable, "-c", FAILURES], tmp_path)
    assert (found.returncode, found.stdout, found.stderr) == (0, b"", 4 * b"terminated\n")


CUT_OFF = textwrap.dedent(
    """
    import sys
    from studies import cli
    from studies.cli import group

    class HalfMade:
        def __del__(self):
            raise AttributeError("what was to be set last")

    held = []

    def interrupted(arguments):
        held.append(HalfMade())
        exec("raise KeyboardInterrupt")

    group.invoke = interrupted
    sys.exit(cli.main(["inputs"]))
    """
)
"""An interrupt amid what libraries do while they are imported: texts are executed, objects are in the making."""


@pytest.mark.skipif(os.name != "posix", reason="a process that ends by a signal")
def test_interrupted_amid_imports_it_says_so_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "cut_off.py").write_text(CUT_OFF)
    done = subprocess.run(
        [sys.executable, "-m", "cut_off"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"interrupted\n")
