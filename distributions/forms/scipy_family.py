"""Any continuous family of scipy.stats by name: `scipy { name = "weibull_min", c = 1.5, scale = 20 }`."""

from __future__ import annotations

import math
from typing import Any

from pydantic import Field

from distributions.errors import Fault, UserError, did_you_mean
from distributions.families import NAMES, family, shape_names
from distributions.kinds.scipy_distribution import ScipyDistribution, quiet
from distributions.movement import Move, Table
from distributions.parameters import Built, Form, Number, Parameters, Positive, Setting, Text


def refuse_impossible(distribution: ScipyDistribution) -> None:
    """Hold the shape parameters to what the family takes, as scipy sees it.

    Raises:
        UserError: with all of them.
    """
    with quiet():
        impossible = math.isnan(float(distribution.frozen.support()[0]))
    if impossible:
        values = ", ".join(f"{key} = {value:g}" for key, value in distribution.shapes)
        raise UserError(
            Fault("", f"{distribution.family} has no distribution with {values}", "see scipy's documentation")
        )


class Named(Parameters, extra="allow"):
    """The family's own shape parameters by scipy's names, and its loc and scale."""

    __pydantic_extra__: dict[str, Number] = Field(init=False)
    name: Text = Field(json_schema_extra={"enum": list(NAMES)})
    loc: Number = 0.0
    scale: Positive = 1.0

    @classmethod
    def claims(cls, key: str) -> bool:
        """Every key, since the shape parameters depend on the name."""
        return True

    @classmethod
    def summary(cls) -> str:
        """As `Parameters.summary`."""
        return "name, its shape parameters, [loc], [scale]"

    def build(self, setting: Setting) -> Built:
        """The family with these parameters.

        Raises:
            UserError: an unknown or discrete family, a missing, unknown or impossible shape parameter.
        """
        scipy_family = family(self.name, "name")
        given: dict[str, Any] = self.__pydantic_extra__ or {}
        wanted = shape_names(scipy_family)
        allowed = ", ".join([*wanted, "[loc]", "[scale]"])
        faults = [
            Fault(key, "unknown parameter", f"of {self.name}: {allowed}", did_you_mean(key, wanted))
            for key in given
            if key not in wanted
        ]
        missing = [key for key in wanted if key not in given]
        if missing:
            names = " and ".join(f"'{key}'" for key in missing)
            verb = "is" if len(missing) == 1 else "are"
            faults.append(Fault("", f"{names} {verb} missing", f"of {self.name}: {allowed}"))
        if faults:
            raise UserError(*faults)
        distribution = ScipyDistribution(
            self.name, tuple((key, given[key]) for key in wanted), self.loc, self.scale
        )
        refuse_impossible(distribution)
        return Built(distribution)


def moved(table: Table, move: Move) -> dict[str, Any]:
    """Another loc and scale; the shape is kept."""
    distribution = FORM.distribution(table, ScipyDistribution)
    low, high = distribution.support()
    held = move.within(low, high) if math.isfinite(low) or math.isfinite(high) else move
    stretch = held.spread * held.ratio
    loc = held.to + stretch * (distribution.loc * move.factor - held.start)
    return {**table, "loc": loc, "scale": distribution.scale * move.factor * stretch}


FORM = Form("scipy", (Named,), moved=moved)
