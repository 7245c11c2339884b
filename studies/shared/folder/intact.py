"""Whether a folder of results is as it was written, by the checksums in its log; whatever reads a folder asks first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from distributions import text
from distributions.errors import Fault, UserError
from studies.shared.folder.contents import checksum

LOG = "run.log"

MOST_BYTES = 10_000_000
"""A log beyond this is not ours; that of a sweep of a thousand scenarios takes some 100,000."""


def check(folder: Path, needed: Sequence[str], *, key: str, allowed: str = "") -> None:
    """Raises UserError unless the log vouches for the needed files, and every file that it names is as it was.

    A dataset or a picture that is gone and not needed is no damage: they are large, and a folder may be kept without.

    Args:
        folder: of results.
        needed: files that have to be there, with a checksum in the log.
        key: what names the folder, for the message.
        allowed: what should have been given.
    """

    def refuse(problem: str, hint: str = "") -> UserError:
        return UserError(Fault(key, f"'{text.clean(str(folder))}' {problem}", allowed, hint))

    missing = [name for name in (*needed, LOG) if not (folder / name).is_file()]
    if missing:
        raise refuse(f"has no {', '.join(missing)}")
    names = listed(folder)
    for name in needed:
        if name not in names:
            raise refuse(f"has a {LOG} without a checksum of {name}")
    for name, written in names.items():
        shown = text.clean(name, 100)
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or "\0" in name:
            raise refuse(f"has a {LOG} that names a file elsewhere: '{shown}'")
        path = folder / name
        if not path.is_file():
            if name.startswith("figures/") or name.endswith(".nc"):
                continue
            raise refuse(f"is damaged: {shown} is missing, which {LOG} names")
        try:
            same = checksum(path) == written
        except OSError as error:
            raise refuse(f"has a {shown} that cannot be read: {error.strerror or error}") from error
        if not same:
            raise refuse(
                f"is damaged: {shown} is not what was written, by the checksum in {LOG}",
                "it was cut short or altered since",
            )


def listed(folder: Path) -> Mapping[str, str]:
    """The checksums in a folder's log by the name of the file; none where there is no log that can be read."""
    log = folder / LOG
    try:
        if log.stat().st_size > MOST_BYTES:
            return {}
        lines = log.read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    matches = (re.fullmatch(r"sha256 ([0-9a-f]{64}) (\S.*)", line) for line in lines)
    return {match[2]: match[1] for match in matches if match is not None}
