"""Where the answer tips: the value of one input at which P(cheaper) reaches a target, or the mean difference zero.

    python -m studies.solve studies/scenarios/support_bot.toml --for workload.queries_per_month

is the command `breakeven solve`.

One input is held at a value and all others vary as ever; inputs that a rank correlation ties to it are drawn given
its value, by the Gaussian copula's conditional distribution. Every value meets the same draws of the others (common
random numbers), so that the curve over the values is smooth. The interval is where the curve's 95 % band, which comes
from the 16 replicates of the Sobol' draws, reaches the target: Fieller's way, which stays honest where the curve is
flat and then has no end (None).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions import text
from distributions.errors import Fault, UserError
from distributions.inputs import documents
from sim.models.axis import EDGES, Axis, axis
from sim.models.response import Answers, Progress, Response
from sim.models.roots import Crossing, Point, crossings
from sim.results.labelled import LabelledArrays, LabelledRecord, Variable, as_dataset
from sim.scenario.eligibility import leanings

if TYPE_CHECKING:
    from distributions.support import Support
    from sim import Model, Scenario

Array = NDArray[np.float64]
Ends = tuple[float, float] | None

DRAWS = 2**18
POINTS = 33
CELLS = 41
MAP_DRAWS = 2**12
VOLUME = "workload.queries_per_month"
USUAL = "its 0.1th to 99.9th percentile"
"""Where one looks along an input that varies, unless told otherwise; see `sim.models.axis.EDGES`."""
LEVELS = np.array([EDGES[0], *(k / 100 for k in range(1, 100)), EDGES[1]])


@dataclass(frozen=True, eq=False)
class Tipping(LabelledRecord):
    """What both questions share: the inputs held, the pair, the target (None: a mean difference of 0), the draws.

    tied: inputs that are drawn given the values of those held. scenario: the model's, if it is one's.
    """

    inputs: tuple[str, ...]
    a: str
    b: str
    target: float | None
    tied: tuple[str, ...]
    draws: int
    seed: int
    scenario: Scenario | None

    @property
    def units(self) -> tuple[str, ...]:
        """Of the inputs that are held; "1" for those of a model without a scenario."""
        return tuple(self.scenario.known[key].unit if self.scenario else "1" for key in self.inputs)

    @property
    def labels(self) -> Mapping[str, str]:
        """What a scenario's strategies are called; those of another model go by their names."""
        return self.scenario.labels if self.scenario else {}

    @cached_property
    def rules(self) -> tuple[tuple[float, str, str], ...]:
        """Volumes at which published documents say that the answer tips, with their words and their author."""
        if self.scenario is None or VOLUME not in self.inputs:
            return ()
        return tuple(
            (edge, rule.says, documents()[rule.document].author)
            for rule in leanings()
            if {self.a, self.b} & set(rule.towards) and math.isfinite(edge := rule.at_least or rule.below)
        )

    def rules_of_thumb(self, key: str, values: Array) -> dict[float, str]:
        """The rules between the first and the last value of an input, each with all that say so."""
        sources: dict[float, dict[str, None]] = {}
        for edge, _, source in sorted(self.rules, key=lambda rule: rule[0]) if key == VOLUME else ():
            if values[0] < edge < values[-1]:
                sources.setdefault(edge, {})[source] = None
        return {edge: ", ".join(authors) for edge, authors in sources.items()}

    @property
    def _target(self) -> float | str:
        return "mean" if self.target is None else self.target

    def _question(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "a": self.a, "b": self.b, "target": self._target, "draws": self.draws, "seed": self.seed, "tied": self.tied,
        }  # fmt: skip

    def _attributes(self, **more: Any) -> dict[str, Any]:
        """Of a Dataset: what was drawn and, with more, what the scenario says."""
        drawn = {"draws": self.draws, "seed": self.seed, "design": "sobol"}
        if self.scenario is None:
            return drawn
        a, b = self.scenario.compare
        return drawn | more | {
            "title": self.scenario.title, "compare_a": a, "compare_b": b, "units": list(self.units),
            "horizon_months": self.scenario.horizon, "discount_rate": self.scenario.discount_rate,
            "rules_for": VOLUME,
        }  # fmt: skip

    def _with_rules(self, arrays: dict[str, Variable]) -> dict[str, Variable]:
        if self.scenario is None:
            return arrays
        values, words, sources = zip(*self.rules, strict=True) if self.rules else ((), (), ())
        return arrays | {
            "rule_value": ("rule", np.array(values, dtype=float)),
            "rule_says": ("rule", np.array(words, dtype=str)),
            "rule_source": ("rule", np.array(sources, dtype=str)),
        }


@dataclass(frozen=True, eq=False)
class Threshold(Tipping):
    """Where one input's value tips the answer.

    roots: every value that reaches the target; nearest: the one nearest to the median, None where there is none, for
    the reason given. values (n,): those looked at; curve: the answers there. median: the value nearest to the input's
    median. prior: its quantiles at `LEVELS`. eligible: outputs that may be cheapest.
    """

    axis: Axis
    certain: bool
    roots: tuple[Crossing, ...]
    nearest: Crossing | None
    reason: str
    values: Array
    curve: Answers
    median: float
    at_median: Answers
    prior: Array
    eligible: tuple[str, ...]

    @property
    def value(self) -> float | None:
        """The value that reaches the target; None where none does."""
        return self.nearest.value if self.nearest else None

    @property
    def ci95(self) -> tuple[float | None, float | None]:
        """Its interval; None for an end beyond the range."""
        return self.nearest.ci95 if self.nearest else (None, None)

    def entries(self) -> dict[str, Any]:
        """As `solve --json` prints it."""
        roots = [
            {
                "value": root.value, "ci95": root.ci95, "direction": "rising" if root.rising else "falling",
                "step": root.step,
            }
            for root in self.roots
        ]  # fmt: skip
        curve = {
            "value": self.values, "probability": self.curve.probability, "ci95": self.curve.probability_ci,
            "difference": self.curve.difference,
            "probability_cheapest": dict(zip(self.eligible, self.curve.cheapest.T, strict=True)),
        }  # fmt: skip
        places = {
            "lowest": _place(self.values[0], self.curve[0]), "median": _place(self.median, self.at_median),
            "highest": _place(self.values[-1], self.curve[-1]),
        }  # fmt: skip
        return {
            "for": self.inputs[0], "unit": self.units[0], "value": self.value, "ci95": self.ci95, **self._question(),
            "reason": self.reason, "roots": roots, "probability_at": places, "curve": curve,
        }  # fmt: skip

    @property
    def attrs(self) -> dict[str, Any]:
        """Of the Dataset."""
        return {
            "input": self.inputs[0], "a": self.a, "b": self.b, "target": self._target, "reason": self.reason,
            "discrete": int(self.axis.discrete), "log": int(self.axis.log), "tied": ", ".join(self.tied),
            "certain": int(self.certain), **self._attributes(),
        }  # fmt: skip

    def arrays(self) -> LabelledArrays:
        """As `threshold` describes them."""
        name, curve, usd = self.inputs[0], self.curve, {"units": "USD"} if self.scenario else {}
        of_roots, ends = (len(self.roots), 2), ("point", "ci_bound")
        intervals, directions = (
            [root.ci95 for root in self.roots],
            [1 if root.rising else -1 for root in self.roots],
        )
        steps = [root.step or (math.nan, math.nan) for root in self.roots]
        arrays: dict[str, Variable] = {
            "value": ((), _numbers(self.value), {"long_name": f"{name} at which the target is reached"}),
            "ci95": ("ci_bound", _numbers(self.ci95)),
            "root_value": ("root", _numbers([root.value for root in self.roots])),
            "root_ci95": (("root", "ci_bound"), _numbers(intervals).reshape(of_roots)),
            "root_direction": ("root", np.array(directions, dtype=int)),
            "root_step": (("root", "side"), _numbers(steps).reshape(of_roots)),
            "at": ("point", self.values, {"long_name": name}),
            "probability": ("point", curve.probability, {"units": "1"}),
            "probability_ci": (ends, curve.probability_ci),
            "ties": ("point", curve.ties),
            "difference": ("point", curve.difference, usd),
            "difference_ci": (ends, curve.difference_ci, usd),
            "probability_cheapest": (("point", "strategy"), curve.cheapest),
            "probability_cheapest_ci": (("point", "strategy", "ci_bound"), curve.cheapest_ci),
            "median": ((), self.median, {"long_name": f"value of {name} nearest to its median"}),
            "probability_at_median": ((), self.at_median.probability, {"units": "1"}),
            "probability_at_median_ci": ("ci_bound", self.at_median.probability_ci),
            "difference_at_median": ((), self.at_median.difference),
            "prior_quantile": ("quantile", self.prior),
        }
        coords: dict[str, Any] = {
            "ci_bound": ["lower", "upper"], "side": ["below", "above"], "quantile": LEVELS,
            "strategy": list(self.eligible),
        }  # fmt: skip
        return LabelledArrays(self._with_rules(arrays), coords, self.attrs)


@dataclass(frozen=True, eq=False)
class Surface(Tipping):
    """The answer over the values of two inputs.

    values: those of each; answers: over both, first and second. medians: the values nearest to the inputs' medians.
    prior (2, quantiles): the inputs' own distributions at `LEVELS`.
    """

    axes: tuple[Axis, Axis]
    values: tuple[Array, Array]
    answers: Answers
    medians: Array
    at_median: Answers
    prior: Array

    def entries(self) -> dict[str, Any]:
        """As `solve --json` prints it."""
        answers, medians = self.answers, dict(zip(self.inputs, self.medians, strict=True))
        values = dict(zip(self.inputs, self.values, strict=True))
        over = {"values": values, "probability": answers.probability, "difference": answers.difference}
        places = {"median": _place(medians, self.at_median)}
        return {"for": self.inputs, "map": over, "probability_at": places, **self._question()}

    @property
    def attrs(self) -> dict[str, Any]:
        """Of the Dataset."""
        (first, second), (across, up) = self.inputs, self.axes
        return {
            "a": self.a, "b": self.b, "first": first, "second": second, "first_log": int(across.log),
            "second_log": int(up.log), "first_discrete": int(across.discrete), "second_discrete": int(up.discrete),
            "tied": ", ".join(self.tied), **self._attributes(target=self._target),
        }  # fmt: skip

    def arrays(self) -> LabelledArrays:
        """As `surface` describes them."""
        where, answers, usd = ("first", "second"), self.answers, {"units": "USD"} if self.scenario else {}
        arrays: dict[str, Variable] = {
            "probability": (where, answers.probability, {"units": "1"}),
            "probability_ci": ((*where, "ci_bound"), answers.probability_ci),
            "difference": (where, answers.difference, usd),
            "difference_ci": ((*where, "ci_bound"), answers.difference_ci, usd),
            "median": ("input", self.medians),
            "probability_at_median": ((), self.at_median.probability, {"units": "1"}),
            "probability_at_median_ci": ("ci_bound", self.at_median.probability_ci),
            "prior_quantile": (("input", "quantile"), self.prior),
        }
        coords: dict[str, Any] = {
            "first": self.values[0], "second": self.values[1], "ci_bound": ["lower", "upper"],
            "input": list(self.inputs), "quantile": LEVELS,
        }  # fmt: skip
        return LabelledArrays(self._with_rules(arrays), coords, self.attrs)


def _numbers(values: Any) -> Array:
    """An array; what is not there is no number."""
    return np.array(values, dtype=float)


def _place(value: Any, answer: Answers) -> dict[str, Any]:
    return {"value": value, "estimate": answer.probability, "ci95": answer.probability_ci}


def tipping_point(
    model: Model,
    input: str = "x1",
    a: str = "a",
    b: str = "b",
    target: float | None = 0.5,
    draws: int = DRAWS,
    seed: int = 1,
    *,
    between: Ends = None,
    points: int = POINTS,
    support: Support | None = None,
    eligible: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Threshold:
    """The value of one input at which P(a costs less than b) reaches a target.

    Args:
        model: named inputs and a function to costs.
        input: the one that is held.
        a: output asked about.
        b: output it is compared with.
        target: probability, above 0 and below 1, a tie counting half; None: where the mean difference is 0.
        draws: of the other inputs, at each value; rounded up to a multiple of 16.
        seed: of the draws.
        between: ends to look between; else the 0.1th to 99.9th percentile, or a factor of ten about a certain value.
        points: values that are looked at first; two crossings between neighbours go unseen.
        support: what the input may be.
        eligible: outputs that may be cheapest; all unless given.
        progress: called with the steps done and to do, of the values that are looked at first.

    Returns:
        Dataset. `value` with its `ci95` (ci_bound): of several values that reach the target the one nearest to the
        input's median; not a number where there is none, or where an interval has no end in the range. `root_value`,
        `root_ci95`, `root_direction` (1 where the curve rises, -1 where it falls; dim root): all of them. Over dim
        point: `at`, `probability`, `difference` (mean of a's cost minus b's), `probability_cheapest`, each with its
        interval `_ci`. `prior_quantile` (quantile): the input's own distribution. Where the input takes single
        values only (attribute `discrete`), the value is the first at or beyond the target. Attribute `reason` says
        why there is no value, or "".

    Raises:
        UserError: no such input or output, target or range that cannot be.
    """
    if target is not None and not 0.0 < target < 1.0:
        raise UserError(Fault("target", f"found {target!r}", "above 0 and below 1"))
    response = Response(model, (input,), a, b, draws, seed, eligible)
    distribution = model.marginals[input]
    along = axis(input, distribution, support, between, tied=response.conditions(input))
    grid = along.grid(points)
    middle = along.position(distribution.median())
    values = np.array([along.value(position) for position in [*grid, middle]])
    answers = response.at(values[:, None], progress)
    known = {position: _point(answers[k], target) for k, position in enumerate(grid)}

    def curve(position: float) -> Point:
        if position not in known:
            known[position] = _point(response.at(np.array([[along.value(position)]]))[0], target)
        return known[position]

    level = 0.0 if target is None else target
    # a share of draws moves by whole draws
    grain = 0.0 if target is None else 1.0 / response.sample.draws
    roots = crossings(along, grid, curve, level, grain)
    nearest = min(roots, key=lambda root: abs(along.position(root.value) - middle), default=None)
    usual = (
        None if between is not None else "a tenth to ten times its value" if distribution.certain else USUAL
    )
    reason = "" if nearest else _reason(answers[:-1], along, input, target, usual)
    prior = np.broadcast_to(distribution.ppf(LEVELS), LEVELS.size).astype(float)
    return Threshold(
        **_held(response, target), axis=along, certain=distribution.certain, roots=tuple(roots), nearest=nearest,
        reason=reason, values=values[:-1], curve=answers[:-1], median=float(values[-1]), at_median=answers[-1],
        prior=prior, eligible=response.eligible,
    )  # fmt: skip


def tipping_surface(
    model: Model,
    inputs: tuple[str, str] = ("x1", "x2"),
    a: str = "a",
    b: str = "b",
    draws: int = MAP_DRAWS,
    seed: int = 1,
    *,
    between: tuple[Ends, Ends] = (None, None),
    cells: int = CELLS,
    supports: Sequence[Support | None] = (None, None),
    progress: Progress | None = None,
) -> Surface:
    """P(a costs less than b) over the values of two inputs, all others varying; see `threshold` for the arguments.

    Returns:
        Dataset with dims first and second, the values of the two inputs: `probability`, `difference` and their
        intervals; `prior_quantile` (input, quantile).
    """
    response = Response(model, inputs, a, b, draws, seed)
    distributions = [model.marginals[name] for name in inputs]
    first, second = (
        axis(name, distribution, support, ends, tied=response.conditions(name))
        for name, distribution, support, ends in zip(inputs, distributions, supports, between, strict=True)
    )
    values = [
        np.array([along.value(position) for position in along.grid(cells)]) for along in (first, second)
    ]
    medians = [
        along.value(along.position(distribution.median()))
        for along, distribution in zip((first, second), distributions, strict=True)
    ]
    answers = response.at(np.array([*((x, y) for x in values[0] for y in values[1]), medians]), progress)
    prior = np.array([distribution.ppf(LEVELS) for distribution in distributions], dtype=float)
    over_both = answers[:-1].reshaped(len(values[0]), len(values[1]))
    return Surface(
        **_held(response, 0.5), axes=(first, second), values=(values[0], values[1]), answers=over_both,
        medians=np.array(medians), at_median=answers[-1], prior=prior,
    )  # fmt: skip


threshold, surface = as_dataset(tipping_point, "threshold"), as_dataset(tipping_surface, "surface")


def _held(response: Response, target: float | None) -> dict[str, Any]:
    """The fields of `Tipping`."""
    return {
        "inputs": response.inputs, "a": response.a, "b": response.b, "target": target,
        "tied": tuple(response.sample.tied), "draws": response.sample.draws, "seed": response.seed, "scenario": None,
    }  # fmt: skip


def _point(answer: Answers, target: float | None) -> Point:
    if target is None:
        return Point(float(answer.difference), *map(float, answer.difference_ci))
    return Point(float(answer.probability), *map(float, answer.probability_ci))


def _reason(answers: Answers, along: Axis, name: str, target: float | None, usual: str | None) -> str:
    """Why no value of the input does it: what the curve is at the ends, and the farthest it gets between them.

    usual: the range in words, where none was given: then how to look beyond it is said too.
    """
    if target is None:
        curve, level, what, wanted = answers.difference, 0.0, "the mean difference", "0"
    else:
        curve, level, what, wanted = answers.probability, target, "P", text.number(target, 6)
    where = f"value of {name} from {text.number(along.low)} to {text.number(along.high)}"
    first, last = text.number(float(curve[0])), text.number(float(curve[-1]))
    further = f"; that is {usual}, and `between` (--between LOW HIGH) looks further" if usual else ""
    if np.ptp(curve) == 0.0:
        whole = "the target everywhere" if curve[0] == level else f"none reaches {wanted}"
        return f"{what} is {first} at every {where}: {whole}{'' if curve[0] == level else further}"
    nearest = int(np.argmin(np.abs(curve - level)))
    best = text.number(float(curve[nearest]))
    between = "" if nearest in (0, curve.size - 1) else f", and comes nearest with {best} between them"
    ends = f"{what} is {first} at the lowest and {last} at the highest value{between}"
    return f"{ends}: no {where} reaches {wanted}{further}"
