"""The main question: how probable is it that one strategy costs less than another?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions.lazy import public

if TYPE_CHECKING:
    from studies.probability_of_cheaper.analysis import Answer, analyse

__all__ = ["Answer", "analyse"]

__getattr__ = public(
    __name__,
    {
        "Answer": "studies.probability_of_cheaper.analysis",
        "analyse": "studies.probability_of_cheaper.analysis",
    },
)
