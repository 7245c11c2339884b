"""Finitely many values, each with a weight."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import Field

from distributions.errors import Fault, UserError
from distributions.kinds.steps import Steps
from distributions.movement import Move, Table
from distributions.parameters import PLAIN_NUMBER, AsList, Built, Form, Number, Parameters, Setting, Weight


class Weighted(Parameters):
    """Values and as many weights; weights that do not add up to 1 are taken as shares of their sum."""

    values: Annotated[list[Number], AsList, Field(min_length=1)]
    weights: Annotated[list[Weight], AsList, Field(min_length=1)]

    def build(self, setting: Setting) -> Built:
        """The values, equal ones merged."""
        if len(self.values) != len(self.weights):
            raise UserError(
                Fault(
                    "weights",
                    f"found {len(self.weights)} for {len(self.values)} values",
                    "one for each value",
                )
            )
        total = sum(self.weights)
        if not 0 < total < math.inf:
            problem = "all are 0" if total == 0 else "add up to more than the largest number"
            raise UserError(Fault("weights", problem, "shares such as 0.7 and 0.3"))
        distribution = Steps(self.values, self.weights)
        if distribution.values.size == 1:
            raise UserError(
                Fault("", f"{distribution.values[0]:g} is the only value with weight", hint=PLAIN_NUMBER)
            )
        note = "" if abs(total - 1) <= 1e-9 else f"weights add up to {total:g} and were taken as shares of it"
        return Built(distribution, note)


def moved(table: Table, move: Move) -> dict[str, Any] | float:
    """Every value moved, values that meet merged; the value itself where one alone is left."""
    values = list(table["values"])
    held = move.within(min(values), max(values))
    weights: dict[float, float] = {}
    for value, weight in zip(values, table["weights"], strict=True):
        at = float(round(held.linear(value))) if move.support.integer else held.linear(value)
        weights[at] = weights.get(at, 0.0) + weight
    if len(weights) == 1:
        return next(iter(weights))
    return {"values": list(weights), "weights": list(weights.values())}


FORM = Form("discrete", (Weighted,), moved=moved)
