"""What the sheets are made from, read once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions import text
from studies.workbook.live import Live

if TYPE_CHECKING:
    from sim import Scenario
    from sim.models.evaluation import Evaluation
    from sim.results.labelled import Labelled


class Content:
    """A run for the sheets: `record` of run.json, `data` of run.nc, `scenario`, and what follows from them.

    quotes: the record of quotes.json, where quotes of the scenario have been compared.
    sheets: (name, what it holds) of every sheet in the book.
    """

    def __init__(
        self,
        record: Mapping[str, Any],
        data: Labelled,
        scenario: Scenario,
        quotes: Mapping[str, Any] | None = None,
    ) -> None:
        self.record = record
        self.quotes = quotes
        self.data = data
        self.scenario = scenario
        self.labels = scenario.labels
        self.sheets: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """Of the study, harmless on one line."""
        return text.clean(str(self.record["study"]["title"]), 200)

    @property
    def horizon(self) -> int:
        """Operating months H."""
        return int(self.record["study"]["horizon_months"])

    @property
    def pair(self) -> tuple[str, str]:
        """The compared strategies."""
        a, b = self.record["study"]["compare"]
        return str(a), str(b)

    @cached_property
    def strategies(self) -> tuple[str, ...]:
        """All of the run, the cheapest on average first, excluded ones last: the order in which tables show them."""
        cost, excluded = self.record["cost"], self.record["excluded"]
        return tuple(sorted(cost, key=lambda name: (name in excluded, cost[name]["mean"])))

    @cached_property
    def evaluation(self) -> Evaluation:
        """The deterministic case: every input at its median."""
        from sim import evaluate

        return evaluate(self.scenario)

    @cached_property
    def live(self) -> Live:
        """The model in formulas, with the values that they have at the medians."""
        strategies = {name: self.scenario.strategy(name) for name in self.strategies}
        expressions = {name: made.calculation for name, made in self.scenario.expressions.items()}
        return Live(self.scenario, self.evaluation, strategies, self.horizon, expressions)

    def values(self, name: str, **at: Any) -> NDArray[np.float64]:
        """A variable of the dataset at some coordinates, as numbers."""
        values: NDArray[np.float64] = np.asarray(self.data[name].sel(**at).values, dtype=float)
        return values


def exists(value: Any) -> bool:
    """Whether there is a number: a result that cannot be given is None in JSON and NaN in memory."""
    return value is not None and math.isfinite(value)


def ends(interval: Sequence[Any] | None) -> tuple[float | None, float | None]:
    """The ends of an interval; none where it cannot be given."""
    low, high = interval if interval is not None else (None, None)
    return low if exists(low) else None, high if exists(high) else None
