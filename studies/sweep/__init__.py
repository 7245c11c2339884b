"""In which scenarios, and at which values of some inputs, is one strategy cheaper? Many runs as one piece of work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions.lazy import public

if TYPE_CHECKING:
    from studies.sweep.analysis import sweep
    from studies.sweep.grid import Varied
    from studies.sweep.results import Sweep

__all__ = ["Sweep", "Varied", "sweep"]

__getattr__ = public(
    __name__,
    {
        "Sweep": "studies.sweep.results",
        "sweep": "studies.sweep.analysis",
        "Varied": "studies.sweep.grid",
    },
)
