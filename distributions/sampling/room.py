"""Arrays that compiled code reads and fills, where the processor would have them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def filled(size: int, value: float, kind: type = float) -> NDArray[Any]:
    """A row that begins at a line of the cache: a vector of 512 bits then never lies across two."""
    room = np.full(size + 8, value, dtype=np.dtype(kind))
    first = -(room.ctypes.data // 8) % 8
    return room[first : first + size]
