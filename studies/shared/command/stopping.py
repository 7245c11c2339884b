"""Being asked to stop: signals unwind the stack once, so that what was begun is cleaned up."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

IMPATIENCE = 1.0
"""Seconds within which a second signal is one too many: the first is still being honoured."""


class Stopped(BaseException):
    """A signal asked the process to end; like KeyboardInterrupt, not to be caught on the way."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Watch:
    """Which signal came last, and when."""

    number: int | None = None
    at = 0.0

    def __call__(self, number: int, _: FrameType | None) -> None:
        """The signal handler."""
        now = time.monotonic()
        if self.number is None or now - self.at > IMPATIENCE:
            self.number, self.at = number, now
            self.again()

    def again(self) -> None:
        """Raises for the signal that came, if one did."""
        if self.number is not None:
            raise KeyboardInterrupt if self.number == signal.SIGINT else Stopped(self.number)


_watch = _Watch()


def _quiet(unraisable: sys.UnraisableHookArgs) -> None:
    """Say nothing of a stop that was raised within a callback which cannot pass it on: `check` raises it again."""
    if not isinstance(unraisable.exc_value, (KeyboardInterrupt, Stopped)):
        sys.__unraisablehook__(unraisable)


def _silent(_: sys.UnraisableHookArgs) -> None:
    """Say nothing of what a stop has cut off in the making: it may complain when it goes, at the end at the latest."""


def check() -> None:
    """Raises if a signal came and its exception was lost, as happens within destructors and C callbacks.

    To be called now and then by what takes long.
    """
    _watch.again()


@contextmanager
def reported_as_stop() -> Iterator[None]:
    """Raises for the signal instead of for what fails because of it.

    A stop that cuts off a lock in the taking becomes, on the way up, the complaint that the lock was not taken
    (`Condition.wait`), and one within the making of a class a RuntimeError (`__set_name__`).
    """
    try:
        yield
    except Exception:
        check()
        raise


@contextmanager
def watched() -> Iterator[None]:
    """SIGINT raises KeyboardInterrupt, SIGTERM and SIGHUP raise `Stopped`, while the block runs."""
    global _watch
    _watch = _Watch()
    hook, sys.unraisablehook = sys.unraisablehook, _quiet
    before = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # One that the parent chose to ignore (nohup, a background job) stays ignored.
        if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
            try:
                before[number] = signal.signal(number, _watch)
            except ValueError:
                # Not in the main thread: whoever called us there handles signals.
                break
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.unraisablehook = hook if _watch.number is None else _silent
        _watch.number = None
