"""What the server's libraries say of messages that no browser sends: one short line each, and not too many.

Whoever reaches the page can send it anything. A library that meets nonsense logs where it was at the time, fifty lines
for each message, or writes out the message itself. Faults in code of this project keep their traceback.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from types import TracebackType

from distributions import text

LOGGERS = (
    "nicegui",
    "engineio.server",
    "socketio.server",
    "uvicorn.error",
    "asyncio",
    "breakeven.web.messages",
)
LONGEST = 300
"""Characters of a line."""

MOST = 60
"""Lines in a minute, over all loggers."""

_ROOT = Path(__file__).resolve().parents[2]
_OURS = tuple(str(_ROOT / package) for package in ("distributions", "sim", "studies"))
_PASSED_THROUGH = tuple(str(Path(__file__).with_name(name)) for name in ("guard.py", "alive.py"))
"""Every request goes through these: their being in a traceback says nothing."""


class OneLine(logging.Filter):
    """Makes a line of each record, and leaves out what is more than `MOST` in a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._minute = self._lines = self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and _is_ours(error.__traceback__):
            return True
        if not self._has_room(int(time.monotonic() // 60)):
            return False
        first = record.getMessage().partition("\n")[0]
        line = first if error is None else f"{first}: {type(error).__name__}: {error}"
        if self._left_out:
            line, self._left_out = f"({self._left_out:,} lines left out) {line}", 0
        record.msg, record.args = text.clean(line, LONGEST), ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True

    def _has_room(self, minute: int) -> bool:
        if minute != self._minute:
            self._minute, self._lines = minute, 0
        self._lines += 1
        self._left_out += self._lines > MOST
        return self._lines <= MOST


def keep_short() -> None:
    """From now on the libraries' records are short."""
    short = OneLine()
    for name in LOGGERS:
        logging.getLogger(name).addFilter(short)


def _is_ours(traceback: TracebackType | None) -> bool:
    """Whether a fault passed through this project's code."""
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if file.startswith(_OURS) and file not in _PASSED_THROUGH:
            return True
        traceback = traceback.tb_next
    return False
