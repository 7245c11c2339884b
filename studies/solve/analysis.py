"""Where the answer tips: the value of one input at which P(cheaper) reaches a target, or the mean difference zero.

    python -m studies.solve studies/scenarios/support_bot.toml --for workload.queries_per_month

is the command `breakeven solve`.

One input is held at a value and all others vary as ever; inputs that a rank correlation ties to it are drawn given
its value, by the Gaussian copula's conditional law. Every value meets the same draws of the others (common random
numbers), so that the curve over the values is smooth. The interval is where the curve's 95 % band, which comes from
the 16 replicates of the Sobol' draws, reaches the target: Fieller's way, which stays honest where the curve is flat
and then has no end (None).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions import text
from distributions.errors import Fault, UserError
from sim.models.axis import EDGES, Axis, axis
from sim.models.response import Answers, Progress, Response
from sim.models.roots import Crossing, Point, crossings

if TYPE_CHECKING:
    import xarray as xr

    from distributions.support import Support
    from sim import Model

Array = NDArray[np.float64]
Ends = tuple[float, float] | None

DRAWS = 2**18
POINTS = 33
CELLS = 41
MAP_DRAWS = 2**12
USUAL = "its 0.1th to 99.9th percentile"
"""Where one looks along an input that varies, unless told otherwise; see `sim.models.axis.EDGES`."""
LEVELS = np.array([EDGES[0], *(k / 100 for k in range(1, 100)), EDGES[1]])


def threshold(
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
) -> xr.Dataset:
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
    law = model.marginals[input]
    along = axis(input, law, support, between, tied=response.conditions(input))
    grid = along.grid(points)
    places = np.array([[along.value(p)] for p in [*grid, along.position(law.median())]])
    answers = response.at(places, progress)
    known = {p: _point(answers, k, target) for k, p in enumerate(grid)}

    def curve(position: float) -> Point:
        if position not in known:
            known[position] = _point(response.at(np.array([[along.value(position)]])), 0, target)
        return known[position]

    level = 0.0 if target is None else target
    # a share of draws moves by whole draws
    grain = 0.0 if target is None else 1.0 / response.sample.draws
    found = crossings(along, grid, curve, level, grain)
    usual = None if between is not None else "a tenth to ten times its value" if law.certain else USUAL
    return _dataset(response, along, grid, answers, found, target, usual)


def surface(
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
) -> xr.Dataset:
    """P(a costs less than b) over the values of two inputs, all others varying; see `threshold` for the arguments.

    Returns:
        Dataset with dims first and second, the values of the two inputs: `probability`, `difference` and their
        intervals; `prior_quantile` (input, quantile).
    """
    import xarray as xr

    response = Response(model, inputs, a, b, draws, seed)
    laws = [model.marginals[name] for name in inputs]
    along = [
        axis(name, law, support, ends, tied=response.conditions(name))
        for name, law, support, ends in zip(inputs, laws, supports, between, strict=True)
    ]
    values = [[one.value(p) for p in one.grid(cells)] for one in along]
    medians = tuple(one.value(one.position(law.median())) for one, law in zip(along, laws, strict=True))
    answers = response.at(np.array([*((x, y) for x in values[0] for y in values[1]), medians]), progress)
    n, shape = len(answers.probability) - 1, (len(values[0]), len(values[1]))
    where = ("first", "second")
    return xr.Dataset(
        {
            "probability": (where, answers.probability[:n].reshape(shape), {"units": "1"}),
            "probability_ci": ((*where, "ci_bound"), answers.probability_ci[:n].reshape(*shape, 2)),
            "difference": (where, answers.difference[:n].reshape(shape)),
            "difference_ci": ((*where, "ci_bound"), answers.difference_ci[:n].reshape(*shape, 2)),
            "median": (("input",), np.array(medians)),
            "probability_at_median": ((), answers.probability[n], {"units": "1"}),
            "probability_at_median_ci": (("ci_bound",), answers.probability_ci[n]),
            "prior_quantile": (("input", "quantile"), np.array([law.ppf(LEVELS) for law in laws], dtype=float)),
        },
        coords={
            "first": values[0],
            "second": values[1],
            "ci_bound": ["lower", "upper"],
            "input": list(inputs),
            "quantile": LEVELS,
        },
        attrs={
            "a": a, "b": b, "first": inputs[0], "second": inputs[1], "first_log": int(along[0].log),
            "second_log": int(along[1].log), "first_discrete": int(along[0].discrete),
            "second_discrete": int(along[1].discrete), "tied": ", ".join(response.sample.tied), **_drawn(response),
        },
    )  # fmt: skip


def _point(answers: Answers, k: int, target: float | None) -> Point:
    if target is None:
        return Point(float(answers.difference[k]), *map(float, answers.difference_ci[k]))
    return Point(float(answers.probability[k]), *map(float, answers.probability_ci[k]))


def _drawn(response: Response) -> dict[str, Any]:
    return {"draws": response.sample.draws, "seed": response.seed, "design": "sobol"}


def _dataset(
    response: Response,
    along: Axis,
    grid: list[float],
    answers: Answers,
    found: list[Crossing],
    target: float | None,
    usual: str | None,
) -> xr.Dataset:
    import xarray as xr

    name, law, n = response.inputs[0], response.model.marginals[response.inputs[0]], len(grid)
    middle = along.position(law.median())
    best = min(found, key=lambda one: abs(along.position(one.value) - middle), default=None)
    none = (math.nan, math.nan)
    point, ci = ("point",), ("point", "ci_bound")
    return xr.Dataset(
        {
            "value": (
                (),
                best.value if best else math.nan,
                {"long_name": f"{name} at which the target is reached"},
            ),
            "ci95": (("ci_bound",), np.array(_ends(best) if best else none)),
            "root_value": (("root",), np.array([one.value for one in found])),
            "root_ci95": (("root", "ci_bound"), np.array([_ends(one) for one in found]).reshape(-1, 2)),
            "root_direction": (("root",), np.array([1 if one.rising else -1 for one in found], dtype=int)),
            "root_step": (("root", "side"), np.array([one.step or none for one in found]).reshape(-1, 2)),
            "at": (point, np.array([along.value(p) for p in grid]), {"long_name": name}),
            "probability": (point, answers.probability[:n], {"units": "1"}),
            "probability_ci": (ci, answers.probability_ci[:n]),
            "ties": (point, answers.ties[:n]),
            "difference": (point, answers.difference[:n]),
            "difference_ci": (ci, answers.difference_ci[:n]),
            "probability_cheapest": ((*point, "strategy"), answers.cheapest[:n]),
            "probability_cheapest_ci": ((*point, "strategy", "ci_bound"), answers.cheapest_ci[:n]),
            "median": ((), along.value(middle), {"long_name": f"value of {name} nearest to its median"}),
            "probability_at_median": ((), answers.probability[n], {"units": "1"}),
            "probability_at_median_ci": (("ci_bound",), answers.probability_ci[n]),
            "difference_at_median": ((), answers.difference[n]),
            "prior_quantile": (("quantile",), np.broadcast_to(law.ppf(LEVELS), LEVELS.size).astype(float)),
        },
        coords={
            "ci_bound": ["lower", "upper"],
            "side": ["below", "above"],
            "quantile": LEVELS,
            "strategy": list(response.eligible),
        },
        attrs={
            "input": name,
            "a": response.a,
            "b": response.b,
            "target": "mean" if target is None else target,
            "reason": "" if best else _reason(answers, n, along, name, target, usual),
            "discrete": int(along.discrete),
            "log": int(along.log),
            "tied": ", ".join(response.sample.tied),
            "certain": int(law.certain),
            **_drawn(response),
        },
    )


def _ends(one: Crossing) -> tuple[float, float]:
    return (math.nan if one.low is None else one.low, math.nan if one.high is None else one.high)


def _reason(answers: Answers, n: int, along: Axis, name: str, target: float | None, usual: str | None) -> str:
    """Why no value of the input does it: what the curve is at the ends, and the farthest it gets between them.

    usual: the range in words, where none was given: then how to look beyond it is said too.
    """
    if target is None:
        curve, level, what, wanted = answers.difference[:n], 0.0, "the mean difference", "0"
    else:
        curve, level, what, wanted = answers.probability[:n], target, "P", text.number(target, 6)
    where = f"value of {name} from {text.number(along.low)} to {text.number(along.high)}"
    first, last = text.number(float(curve[0])), text.number(float(curve[-1]))
    further = f"; that is {usual}, and `between` (--between LOW HIGH) looks further" if usual else ""
    if np.ptp(curve) == 0.0:
        whole = "the target everywhere" if curve[0] == level else f"none reaches {wanted}"
        return f"{what} is {first} at every {where}: {whole}{'' if curve[0] == level else further}"
    nearest = int(np.argmin(np.abs(curve - level)))
    best = text.number(float(curve[nearest]))
    between = "" if nearest in (0, n - 1) else f", and comes nearest with {best} between them"
    ends = f"{what} is {first} at the lowest and {last} at the highest value{between}"
    return f"{ends}: no {where} reaches {wanted}{further}"
