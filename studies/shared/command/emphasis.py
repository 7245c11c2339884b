"""Bold type, on a terminal that wants it: what a reader should see first."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


def bold() -> Callable[[str], str]:
    """A function that makes a line bold where stdout is a terminal; NO_COLOR and TERM=dumb leave it as it is.

    Source: https://no-color.org (any value that is not empty).
    """
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    if plain or sys.stdout is None or not sys.stdout.isatty():
        return str
    return lambda line: f"\x1b[1m{line}\x1b[0m"
