"""A file put in the place of another at once: whoever reads meets the old one or the new one, each whole."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from distributions import text
from distributions.errors import Fault, UserError


def replace(path: Path, content: bytes, *, key: str) -> None:
    """Writes beside `path`, flushes to the disk and renames.

    Raises:
        UserError: the place cannot be written; what stood there is as it was. key: what names the place.
    """
    aside = path.with_name(f".{path.name[:200]}.partial-{secrets.token_hex(4)}")
    try:
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        raise UserError(
            Fault(
                key,
                f"cannot write '{text.clean(str(path))}': {error.strerror or error}",
                hint="nothing was changed",
            )
        ) from error
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
