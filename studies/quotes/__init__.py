"""Vendor quotes: what each costs under uncertainty, how it fails, and what to ask for.

    python -m studies.quotes studies/scenarios/support_bot.toml studies/quotes/*.toml

`compare` costs every quote in the same draws; `stressed` puts them through the stresses; `walk_away` finds the terms
at which a quote is as probably cheaper as one wants, `questions` what to ask the vendor. `analyse` does all of it. How
a quote most probably loses is `studies.quotes.reliability`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions.lazy import public

if TYPE_CHECKING:
    from studies.quotes.analysis import analyse
    from studies.quotes.comparison import OWN, Comparison, compare
    from studies.quotes.results import Analysis

__all__ = ["OWN", "Analysis", "Comparison", "analyse", "compare"]

__getattr__ = public(
    __name__,
    {
        "analyse": "studies.quotes.analysis",
        "OWN": "studies.quotes.comparison",
        "Comparison": "studies.quotes.comparison",
        "compare": "studies.quotes.comparison",
        "Analysis": "studies.quotes.results",
    },
)
