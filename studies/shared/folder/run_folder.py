"""A run's folder, whole or not at all.

Everything is written into a temporary sibling (`.NAME.partial-…`), flushed to the disk and renamed to its
final name as the last step; a folder with its final name is therefore complete. The temporary folder is
claimed before the computing starts, so that a place which cannot be written is refused while it costs
nothing. The process that writes holds a lock on the temporary folder; one without a holder is what a killed
run left, and the next run removes it.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import time
import unicodedata
from pathlib import Path
from types import ModuleType, TracebackType

from distributions.errors import Fault, UserError

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no such locks; there only age tells a stale folder
    fcntl = None

PARTIAL = re.compile(r"^\..+\.partial-[0-9a-f]{8}$")
"""Names of temporary folders; nothing else is ever taken for one."""

FRESH = 60.0
"""Seconds for which a temporary folder without a lock is left alone: it may be about to be locked."""


def slug(title: str, limit: int = 48) -> str:
    """A folder name for a title: lower-case letters of the Latin alphabet, digits and hyphens, never empty.

    >>> slug("Customer support bot"), slug("../../etc/x"), slug("CON"), slug("…")
    ('customer-support-bot', 'etc-x', 'con-study', 'study')
    """
    plain = unicodedata.normalize("NFKD", title[:1000]).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:limit].strip("-")
    # Names of devices, which Windows keeps from being files whatever their ending.
    if re.fullmatch(r"con|prn|aux|nul|com\d|lpt\d", name):
        name += "-study"
    return name or "study"


def run_id() -> str:
    """A name for one run of a study: when it began (UTC), and four random bytes against collisions."""
    now = time.gmtime()
    stamp = f"{now.tm_year:04}{now.tm_mon:02}{now.tm_mday:02}T{now.tm_hour:02}{now.tm_min:02}{now.tm_sec:02}Z"
    return f"{stamp}-{secrets.token_hex(4)}"


class RunFolder:
    """A claimed place for a run's files, used as a context manager.

    `path` is the temporary folder to write into; `publish()` gives it its final name. Leaving the block
    without having published removes it, and with it the parent folders that the claim had to make.

    Raises `UserError` when the place is taken, lies in no folder, or cannot be written.
    """

    def __init__(self, final: Path, *, option: str = "--out", make_parents: bool = False) -> None:
        self.final = final
        self.published = False
        self._option = option
        self._make_parents = make_parents
        self._made: list[Path] = []
        self._lock: int | None = None
        self.path = final.parent / f".{final.name[:200]}.partial-{secrets.token_hex(4)}"

    def __enter__(self) -> RunFolder:
        """Checks that the final name is free and makes the temporary folder."""
        self._refuse_taken()
        try:
            if self._make_parents:
                self._make(self.final.parent)
            if not self.final.parent.is_dir():
                raise self._fault(
                    f"the folder '{self.final.parent}' does not exist", "a new folder in one that exists"
                )
            remove_stale(self.final.parent)
            self.path.mkdir()
            self._lock = _locked(self.path)
        except OSError as error:
            self._abandon()
            raise self._cannot(error) from error
        except BaseException:
            self._abandon()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Removes what was not published; an error of the file system becomes one for the user."""
        if not self.published:
            self._abandon()
        self._unlock()
        if isinstance(error, OSError) and not isinstance(error, (BrokenPipeError, TimeoutError)):
            raise self._cannot(error) from error

    def write(self, name: str, content: bytes) -> None:
        """Writes one file of the folder, with the folders that its name asks for."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)

    def publish(self) -> None:
        """Flushes every file to the disk and gives the folder its final name."""
        folders = [self.path]
        for folder, names, files in os.walk(self.path):
            folders += [Path(folder, name) for name in names]
            for name in files:
                _flush(Path(folder, name))
        for folder_path in reversed(folders):
            _flush(folder_path)
        self._refuse_taken()
        try:
            # Onto an empty folder this works, onto anything else it fails: of two runs one gets the name.
            self.path.rename(self.final)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EISDIR):
                raise self._taken("was made by another run meanwhile") from error
            raise
        self.published = True
        try:
            _flush(self.final.parent)
        except OSError:
            # The folder is whole under its name; that the name survives a power cut at once is a courtesy.
            return

    def _refuse_taken(self) -> None:
        final = self.final
        if final.is_symlink():
            raise self._taken("is a link; links are not followed")
        if final.is_dir():
            try:
                entries = sorted(entry.name for entry in os.scandir(final))
            except OSError as error:
                raise self._cannot(error) from error
            if entries:
                raise self._taken(f"is a folder that holds {_some(entries)}")
        elif final.exists():
            raise self._taken("is a file")

    def _taken(self, why: str) -> UserError:
        return self._fault(
            f"'{self.final}' {why}",
            "a folder that does not exist yet, or is empty",
            "nothing was overwritten",
        )

    def _fault(self, problem: str, allowed: str = "", hint: str = "") -> UserError:
        return UserError(Fault(self._option, problem, allowed, hint))

    def _cannot(self, error: OSError) -> UserError:
        place = self.final.parent
        problem = f"cannot write the run into '{place}': {error.strerror or error}"
        hint = ""
        if error.errno == errno.EFBIG:
            hint = "this process may write no file so large (see 'ulimit -f')"
        elif error.errno in (errno.ENOSPC, errno.EDQUOT):
            try:
                hint = f"{shutil.disk_usage(place).free:,} bytes are free there; a run takes about 10,000,000"
            except OSError:
                hint = "a run takes about 10,000,000 bytes"
        elif error.errno == errno.EMFILE:
            hint = "this process may open too few files (see 'ulimit -n')"
        return self._fault(problem, hint=hint)

    def _make(self, folder: Path) -> None:
        """Makes a folder and its parents, remembering which are ours to take away again."""
        missing = []
        while not folder.exists() and folder != folder.parent:
            missing.append(folder)
            folder = folder.parent
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
            self._made.append(folder)

    def _abandon(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        for folder in reversed(self._made):
            try:
                folder.rmdir()
            except OSError:
                return

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def remove_stale(parent: Path) -> list[Path]:
    """Removes the temporary folders in `parent` that no living process holds; returns those it removed."""
    removed = []
    for entry in os.scandir(parent):
        if not PARTIAL.match(entry.name) or not entry.is_dir(follow_symlinks=False):
            continue
        path = Path(entry.path)
        try:
            # The wall clock may jump; a folder from the future is left for later.
            age = time.time() - entry.stat(follow_symlinks=False).st_mtime
            if age < (86_400.0 if fcntl is None else FRESH):
                continue
            lock = _locked(path)
        except OSError:
            continue
        shutil.rmtree(path, ignore_errors=True)
        removed.append(path)
        if lock is not None:
            os.close(lock)
    return removed


def _locked(folder: Path) -> int | None:
    """A lock on a folder that ends with the process; raises OSError when another process holds it."""
    if fcntl is None:
        return None
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        # Some network file systems know no locks; there the age of the folder has to do.
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        return None
    return descriptor


def _flush(path: Path) -> None:
    """Asks the system to bring a file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Folders cannot be flushed on some file systems.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP) or not path.is_dir():
            raise
    finally:
        os.close(descriptor)


def _some(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
