"""What the page's script sends, read strictly: anything else is not from it, and is ignored, with a line of log."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

log = logging.getLogger("breakeven.web.messages")


@dataclass(frozen=True)
class Moved:
    """A slider, a choice or a box, by its act and the input it is of.

    value: as a text; chosen: of a box, whether it is ticked; released: whether the hand has let go.
    """

    act: str
    key: str
    value: str
    chosen: bool
    released: bool


@dataclass(frozen=True)
class Rejected:
    """A file that the browser did not send. why: "accept" (its kind) or another of the uploader's reasons."""

    why: str
    file: str
    media_type: str


def moved(sent: Any) -> Moved | None:
    """A move; None where it is none."""
    match sent:
        case [str(act), str(key), str(value), bool(released)]:
            return Moved(act, key, value, False, released)
        case [str(act), str(key), [str(value), bool(chosen)], bool(released)]:
            return Moved(act, key, value, chosen, released)
    _ignored(sent)
    return None


def clicked(sent: Any) -> tuple[str, str] | None:
    """The act of a button and the input it is of; None where it is none."""
    match sent:
        case [str(act), str(key)]:
            return act, key
    _ignored(sent)
    return None


def rejected(sent: Any) -> Rejected | None:
    """The first file that was not sent; None where there is none."""
    match sent:
        case [str(why), str(file), str(media_type)]:
            return Rejected(why, file, media_type)
    _ignored(sent)
    return None


def arrived(sent: Any) -> tuple[bool, str]:
    """Whether the browser prefers dark colours, and what stands behind the link's `#`."""
    match sent:
        case [bool(dark), str(behind)]:
            return dark, behind
    _ignored(sent)
    return False, ""


def _ignored(sent: Any) -> None:
    log.warning("ignored a message that the page does not send: %.200s", repr(sent)[:200])
