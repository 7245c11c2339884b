"""Workers of a Dask cluster: chunks travel as tasks, their tallies come back and are merged in chunk order.

A tally has the same bits wherever it was worked, and histograms count whole numbers, so a run on a cluster is the run
on one machine to the last bit. A task whose worker is lost is given to another; the job itself is a task too, so that
it can be made again wherever it is needed. Needs the extra `cluster`.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError, did_you_mean
from distributions.sampling.jit import fingerprint
from sim.draws.job import Job
from sim.kernel.reductions import Tally

Counts = NDArray[np.int64]
T = TypeVar("T")

PATIENCE = 10
"""Seconds to wait for a scheduler, and then for its first worker."""

LOOK = 2.0
"""Seconds between two looks at whether any worker is left."""

IN_FLIGHT = 2
"""Tasks under way or waiting for each thread of the cluster: one at work, one at hand."""

_BATCHES = 50
"""Batches that a thread of the cluster should get in a long run, for balance; fewer make less traffic."""

MOST_CHUNKS = 1024
"""In a task: some eight seconds of work, which a lost worker loses."""


class Bins(NamedTuple):
    """Histograms of which most bins are empty: indices into the flattened whole, and the counts there."""

    indices: NDArray[np.int32]
    counts: Counts

    @classmethod
    def of(cls, counts: Counts) -> Bins:
        """The bins that hold something."""
        flat = counts.reshape(-1)
        indices = np.flatnonzero(flat)
        return cls(indices.astype(np.int32), flat[indices])

    def add_to(self, counts: Counts) -> None:
        """Add these to whole histograms."""
        counts.reshape(-1)[self.indices] += self.counts


class Batch(NamedTuple):
    """What a task sends back: tallies of its chunks, and the bins of its histograms that hold something.

    bins: of the histograms. version: of the code that worked it.
    """

    tallies: list[Tally]
    bins: Bins
    version: str


@cache
def version() -> str:
    """Of everything that can move a bit: this program, its compiled sources, numpy and scipy."""
    try:
        program = metadata.version("breakeven")
    except metadata.PackageNotFoundError:
        program = "not installed"
    libraries = " ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "scipy"))
    return f"breakeven {program} ({fingerprint()}), {libraries}"


def work(job: Job, draws: int, first: int, last: int) -> Batch:
    """The task: chunks first … last - 1 of a run of `draws`."""
    rows, counts = job.scratch(), job.empty_counts()
    tallies = job.work(range(first, last), draws, rows, counts)
    return Batch(tallies, Bins.of(counts), version())


def _same(thing: T) -> T:
    """A job or a scenario as the result of a task: kept by the scheduler, and made again where it was lost."""
    return thing


def _stamped(work: Callable[..., T], *arguments: Any) -> tuple[T, str]:
    """What the work gives, and the version of the code that worked it."""
    return work(*arguments), version()


class Cluster:
    """Workers behind the scheduler at an address, such as "tcp://10.0.0.1:8786".

    For "tls://…" the certificates are those of Dask's own configuration. When all workers are lost the run waits for
    others, and the logger "breakeven" says so, once, and once more when there are some.

    Raises UserError where the extra is missing, the address cannot be reached, no worker answers in time, or a
    worker has other versions than this program.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError:
            missing = Fault(
                "--dask", "needs the package 'distributed'", hint="pip install 'breakeven[cluster]'"
            )
            raise UserError(missing) from None
        _reach(address)
        if address.startswith("tls://"):
            _check_certificates()
        # What it logs of lost workers and connections is its own affair; what matters is said here in one line.
        for name in ["distributed", *logging.root.manager.loggerDict]:
            if name.partition(".")[0] == "distributed":
                logging.getLogger(name).setLevel(logging.CRITICAL)
        self._address = address
        client: Any = distributed.Client
        try:
            self._client = client(address, timeout=PATIENCE, set_as_default=False)
        except RuntimeError as error:
            raise _unreachable(f"found '{address:.200}': {error!s:.200}", "tls://") from error
        except (OSError, ValueError) as error:
            what = "is no Dask scheduler"
            if address.startswith("tls://"):
                what += ", or it and this program do not accept each other's certificates"
            raise _unreachable(f"what answers at '{address:.200}' {what}") from error
        try:
            self._check_workers()
        except BaseException:
            self._client.close()
            raise
        self._job: tuple[Job, Any] | None = None
        self._counts: Counts | None = None
        self._waiting: deque[Any] = deque()
        self._arriving: Any = None
        self._under_way: set[Any] = set()
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="breakeven-workers", daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        """Say when no worker is left to wait for, and when there is one again."""
        log = logging.getLogger("breakeven")
        left = True
        while not self._closing.wait(LOOK):
            if self._client.status != "running" or not (self._waiting or self._under_way):
                continue
            try:
                threads = sum(int(threads) for threads in self._client.nthreads().values())
            except Exception:
                continue
            if left and not threads:
                log.warning(
                    "--dask: the scheduler at '%s' has lost all its workers; waiting for others "
                    "(start 'dask worker', or interrupt)",
                    self._address,
                )
            elif threads and not left:
                log.warning("--dask: the scheduler at '%s' has workers again", self._address)
            left = threads > 0

    def _check_workers(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise UserError(
                Fault(
                    "--dask",
                    f"the scheduler at '{self._address}' has no workers",
                    "one or more",
                    "start 'dask worker'",
                )
            ) from None
        try:
            versions = self._client.run(version)
        except Exception as error:
            raise UserError(
                Fault(
                    "--dask",
                    f"a worker cannot load breakeven: {type(error).__name__}: {error}"[:300],
                    version(),
                )
            ) from error
        for worker, theirs in versions.items():
            _agree(theirs, worker)

    @property
    def threads(self) -> int:
        """Of all workers that are there now."""
        return max(1, sum(int(threads) for threads in self._client.nthreads().values()))

    def tallies(self, job: Job, draws: int, first: int, last: int) -> Iterator[Tally]:
        """In order; at most two batches a thread are under way or waiting, so that memory stays flat."""
        shared = self._shared(job)
        threads = self.threads
        size = int(np.clip((last - first) // (_BATCHES * threads), 1, MOST_CHUNKS))
        starts = iter(range(first, last, size))
        self._waiting = deque()

        def submit() -> None:
            start = next(starts, None)
            if start is not None:
                end = min(start + size, last)
                self._waiting.append(
                    self._client.submit(work, shared, draws, start, end, pure=False, retries=2)
                )

        for _ in range(IN_FLIGHT * threads):
            submit()
        while self._waiting:
            batch: Batch = self._result(self._waiting.popleft())
            submit()
            _agree(batch.version, "a worker")
            assert self._counts is not None
            batch.bins.add_to(self._counts)
            yield from batch.tallies

    def _shared(self, job: Job) -> Any:
        if self._job is None or self._job[0] is not job:
            self._job = (job, self.share(job))
            self._counts = job.empty_counts()
        return self._job[1]

    def share(self, thing: Any) -> Any:
        """Something that many tasks take, sent once to each worker; to be let go of by forgetting it."""
        return self._client.submit(_same, thing, pure=False)

    def begin(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Have work(*arguments) done somewhere; `next_done` hands out the result."""
        import distributed

        if self._arriving is None:
            as_completed: Any = distributed.as_completed
            self._arriving = as_completed(loop=self._client.loop)
        future = self._client.submit(_stamped, work, *arguments, pure=False, retries=2)
        self._under_way.add(future)
        self._arriving.add(future)
        return future

    def next_done(self) -> tuple[Any, Any]:
        """Waits for any of what was begun: its future, and what the work gave."""
        future = next(self._arriving)
        result, theirs = self._result(future)
        self._under_way.discard(future)
        _agree(theirs, "a worker")
        return future, result

    def _result(self, future: Any) -> Any:
        import distributed

        try:
            return future.result()
        except distributed.KilledWorker as error:
            raise UserError(
                Fault(
                    "--dask",
                    "the same task lost several workers one after another, which running out of memory does",
                    "1 GB for each thread of a worker",
                    "see the workers' logs; start them with a larger --memory-limit, or with fewer threads",
                )
            ) from error
        except (distributed.CancelledError, OSError) as error:
            raise UserError(Fault("--dask", f"the scheduler at '{self._address:.200}' was lost")) from error

    def counts(self, job: Job) -> Counts:
        """Whole numbers: the order of the workers does not matter."""
        return job.empty_counts() if self._counts is None else self._counts

    def release(self) -> None:
        """Cancel what has not been worked and let go of the job, but stay connected for another."""
        held = [*self._waiting, *self._under_way, *([self._job[1]] if self._job else [])]
        self._waiting, self._under_way, self._job, self._arriving = deque(), set(), None, None
        self._client.cancel(held, force=True)

    def close(self) -> None:
        """Let go of everything; nothing of it stays on the cluster."""
        self._closing.set()
        try:
            self.release()
        finally:
            # A look that is under way would be left without its connection; one at a lost scheduler may take long.
            self._watcher.join(LOOK)
            self._client.close()


def _reach(address: str) -> None:
    """Raise UserError unless something listens there: Dask's own client would wait, and tell a long story."""
    scheme, _, place = address.rpartition("://")
    host, _, port = place.rpartition(":")
    if scheme not in ("", "tcp", "tls"):
        raise _unreachable(f"found '{address:.200}'", did_you_mean(scheme, ("tcp", "tls")))
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536:
        raise _unreachable(
            f"found '{address:.200}'", "8786 is Dask's usual port" if not port.isdigit() else ""
        )
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE) as connection:
            # A scheduler greets whoever connects; under TLS the client has to begin.
            greeting = connection.recv(1) if scheme != "tls" else b"?"
        if not greeting:
            raise TimeoutError("what answers there is no Dask scheduler")
    except OSError as error:
        why = error.strerror or str(error)
        if why == "timed out":
            why = "nothing answers there, or no Dask scheduler, or one that wants tls://"
        raise _unreachable(f"no scheduler can be reached at '{address:.200}': {why}") from error


def _check_certificates() -> None:
    """Raise UserError unless Dask's configuration names certificates that can be read: its client would wait."""
    from distributed.security import Security

    setting = "DASK_DISTRIBUTED__COMM__TLS__{}".format
    names = {"ca_file": "CA_FILE", "cert": "CLIENT__CERT", "key": "CLIENT__KEY"}
    allowed = "files in PEM format, by " + ", ".join(map(setting, names.values()))
    hint = "or by Dask's configuration file: distributed.comm.tls"
    security: Any = Security
    try:
        configured = security()
        tls_config = configured.get_tls_config_for_role("client")
        for key, name in names.items():
            value = tls_config[key]
            # The key may stand in the certificate's file; either may be the text itself.
            if not value and key != "key":
                raise UserError(Fault("--dask", f"tls:// needs {setting(name)}", allowed, hint))
            if value and "\n" not in value and not Path(value).is_file():
                raise UserError(Fault("--dask", f"{setting(name)}: there is no file '{value:.200}'", allowed))
        configured.get_connection_args("client")
    except (OSError, ValueError, TypeError) as error:
        raise UserError(
            Fault("--dask", f"the certificates cannot be used: {error}"[:300], allowed, hint)
        ) from error


def _unreachable(problem: str, hint: str = "") -> UserError:
    return UserError(
        Fault(
            "--dask", problem, "the address that 'dask scheduler' prints, such as tcp://10.0.0.1:8786", hint
        )
    )


def _agree(theirs: str, worker: str) -> None:
    if theirs != version():
        raise UserError(
            Fault(
                "--dask",
                f"{worker} has {theirs}",
                version(),
                "the same bits need the same versions: install them on every machine",
            )
        )
