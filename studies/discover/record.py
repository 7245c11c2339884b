"""What a search for boxes gives, as record and in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions import text
from sim.results.labelled import LabelledArrays, LabelledRecord, Variable
from studies.discover.boxes import Judged, Limit, Share
from studies.shared.names import attribute, label

if TYPE_CHECKING:
    from sim import Scenario

Array = NDArray[np.float64]


SHARES = {
    "density": "share of the box's futures that are wins",
    "coverage": "share of all wins that lie in the box",
    "share": "share of all futures that lie in the box",
}


@dataclass(frozen=True)
class Comparison:
    """The scenario of a search, which of its compared pair is to win, and the seed of the draws."""

    scenario: Scenario
    wins: str
    seed: int
    version: str

    @property
    def loses(self) -> str:
        """The other of the pair."""
        a, b = self.scenario.compare
        return b if self.wins == a else a


@dataclass(frozen=True)
class Step:
    """A box of a trajectory: its shares on the half kept apart, its density where it was fitted, its limits."""

    coverage: float
    density: float
    density_fitted: float
    restricted: float


@dataclass(frozen=True, eq=False)
class Discovery(LabelledRecord):
    """Boxes of the inputs in which an outcome is frequent.

    discrete (inputs,): which have few values. refused: the p-value of a first box that is none. together: density,
    coverage and share of all boxes. sample (draws, inputs), sample_wins (draws,): some draws of the half kept apart.
    """

    inputs: tuple[str, ...]
    discrete: NDArray[np.bool_]
    draws: int
    target_density: float
    base: Share
    boxes: tuple[Judged, ...]
    together: dict[str, float]
    trajectory: tuple[Step, ...]
    refused: float
    sample: Array
    sample_wins: Array
    comparison: Comparison | None = None

    @property
    def target_reached(self) -> bool:
        """Whether the first box is as dense as was asked for."""
        return bool(self.boxes and self.boxes[0].density_fitted >= self.target_density)

    @property
    def labels(self) -> Mapping[str, str]:
        """What the scenario's strategies are called."""
        return self.comparison.scenario.labels if self.comparison is not None else {}

    @property
    def units(self) -> list[str | None]:
        """Of the inputs; None where no scenario says."""
        known = self.comparison.scenario.known if self.comparison is not None else {}
        return [known[name].unit if name in known else None for name in self.inputs]

    def entries(self) -> dict[str, Any]:
        """As `discover --json` prints it."""
        a, b, wins, seed = None, None, None, None
        if self.comparison is not None:
            (a, b), wins, seed = self.comparison.scenario.compare, self.comparison.wins, self.comparison.seed
        boxes = [
            {
                "sentence": self.sentence(k),
                "restrictions": [
                    {
                        "input": self.inputs[limit.row], "unit": self.units[limit.row], "low": limit.low,
                        "high": limit.high, "quasi_p": limit.quasi_p, "strength": limit.strength,
                    }
                    for limit in box.limits
                ],
                **{name: getattr(box, name) for name in (*SHARES, "density_fitted", "p_value")},
            }
            for k, box in enumerate(self.boxes)
        ]  # fmt: skip
        return {
            "a": a, "b": b, "wins": wins, "draws": self.draws, "seed": seed, "target_density": self.target_density,
            "target_reached": self.target_reached, "base": self.base, "boxes": boxes, "together": self.together,
            "verdict": self.verdict(), "trajectory": self.trajectory,
        }  # fmt: skip

    @property
    def attrs(self) -> dict[str, Any]:
        """Of the Dataset."""
        drawn = {
            "draws": self.draws, "design": "mc", "target_density": self.target_density,
            "target_reached": self.target_reached,
        }  # fmt: skip
        if self.comparison is None:
            return drawn
        scenario = self.comparison.scenario
        a, b = scenario.compare
        return drawn | {
            "title": scenario.title, "compare_a": a, "compare_b": b, "wins": self.comparison.wins,
            "loses": self.comparison.loses, "seed": self.comparison.seed, "horizon_months": scenario.horizon,
            "discount_rate": scenario.discount_rate, "version": self.comparison.version, **attribute(scenario.labels),
        }  # fmt: skip

    def arrays(self) -> LabelledArrays:
        """As `find` describes them."""
        n, of_input = len(self.boxes), ("box", "input")
        limits = {
            name: np.full((n, len(self.inputs)), np.nan) for name in ("low", "high", "quasi_p", "strength")
        }
        for k, box in enumerate(self.boxes):
            for limit in box.limits:
                for name, values in limits.items():
                    values[k, limit.row] = getattr(limit, name)
        names = ("least value in the box", "greatest value in the box", "quasi-p value")
        meanings = (*names, "density lost without the restriction")
        arrays: dict[str, Variable] = {
            name: (of_input, values, {"long_name": meaning})
            for (name, values), meaning in zip(limits.items(), meanings, strict=True)
        }
        for name, meaning in SHARES.items():
            shares = [getattr(box, name) for box in self.boxes]
            arrays[name] = ("box", np.array([share.estimate for share in shares]), {"long_name": meaning})
            ends = np.array([share.ci95 for share in shares], dtype=float).reshape(-1, 2)
            arrays[f"{name}_ci"] = (("box", "ci_bound"), ends)
        for name in ("density_fitted", "p_value"):
            arrays[name] = ("box", np.array([getattr(box, name) for box in self.boxes], dtype=float))
        for name in ("coverage", "density", "density_fitted", "restricted"):
            arrays[f"step_{name}"] = ("step", np.array([getattr(step, name) for step in self.trajectory]))
        arrays["base"] = ((), self.base.estimate, {"long_name": "share of all futures that are wins"})
        arrays["base_ci"] = ("ci_bound", np.array(self.base.ci95))
        arrays |= {f"together_{name}": ((), share) for name, share in self.together.items()}
        arrays |= {
            "refused_p_value": ((), self.refused),
            "discrete": ("input", self.discrete),
            "sample": (("draw", "input"), self.sample),
            "sample_wins": ("draw", self.sample_wins),
        }
        coords: dict[str, Any] = {
            "input": list(self.inputs), "box": np.arange(1, n + 1), "ci_bound": ["lower", "upper"],
        }  # fmt: skip
        if self.comparison is not None:
            coords["unit"] = ("input", self.units)
        return LabelledArrays(arrays, coords, self.attrs)

    def verdict(self) -> str:
        """What the search gives, or why there is no box."""
        base = self.base.estimate
        if base in (0.0, 1.0):
            return f"{self.outcome} in {'all' if base else 'none'} of the futures: there is nothing to tell apart"
        if not self.boxes:
            subject = self.outcome if self.comparison else self.outcome.lower()
            return (
                f"No box found: in the best of those tried {subject} hardly more often than in all futures (chance "
                f"alone would do as well with probability {text.number(self.refused, 2)}; tried were peels from all "
                "futures and from the densest ranges of one or two inputs)"
            )
        if not self.target_reached:
            target = text.number(100 * self.target_density, 4)
            return (
                f"No box reaches the density of {target} % that was asked for; the most telling one is shown"
            )
        return f"{text.count(len(self.boxes), 'box', 'boxes')} found"

    def sentence(self, k: int) -> str:
        """A box: how often the strategy wins in it, what bounds it, what share of futures and wins it holds."""
        box = self.boxes[k]
        where = text.join([self.in_words(limit) for limit in box.limits])
        return (
            f"{self.outcome} in {box.density} of the {'futures' if k == 0 else 'other futures'} with {where}, which "
            f"are {text.percent(box.share.estimate)} of all (and {text.percent(box.coverage.estimate)} of those it "
            "wins)"
        )

    def in_words(self, limit: Limit) -> str:
        """One restriction of a box: `workload.queries_per_month > 3,100,000`."""
        name, low, high = self.inputs[limit.row], limit.low, limit.high
        if low == high:
            return f"{name} = {text.number(low, 6)}"
        less, more = ("≤", "≥") if self.discrete[limit.row] else ("<", ">")
        if math.isnan(high):
            return f"{name} {more} {text.number(low, 6)}"
        if math.isnan(low):
            return f"{name} {less} {text.number(high, 6)}"
        return f"{text.number(low, 6)} {less} {name} {less} {text.number(high, 6)}"

    @property
    def outcome(self) -> str:
        """What is to be frequent: "RAG wins"."""
        return f"{label(self.comparison.wins, self.labels)} wins" if self.comparison else "The outcome holds"

    def headline(self) -> str:
        """The first box in few words, for a title."""
        if not self.boxes:
            return self.verdict().split(" (")[0]
        first = self.boxes[0]
        where = text.join([self.in_words(limit).replace(" ", "\xa0") for limit in first.strongest])
        # as many decimals as tell the box from all futures
        share = text.percent(first.density.estimate, 0 if self.base.estimate < 0.9 else 1)
        return f"{self.outcome} in {share} of futures with {where}"
