"""In which futures is one strategy cheaper: boxes of the inputs in which it mostly is (scenario discovery).

    python -m studies.discover studies/scenarios/support_bot.toml

is the command `breakeven discover`.

B. P. Bryant & R. J. Lempert 2010, Thinking inside the box, on boxes of J. H. Friedman & N. I. Fisher 1999 (`prim`).
Density is the share of a box's futures in which the strategy wins, coverage the share of all its wins that lie in the
box. Boxes are fitted to half of the draws; every figure reported is counted on the other half, which took no part.

The box is chosen by a rule: of the trajectory of peeled boxes the one with the greatest coverage whose density reaches
the target; where none does, the one whose draws are correlated most with the wins (phi coefficient, G. U. Yule 1912).
A restriction without which the box would
keep 95 % of that excess is dropped. Where peels from all futures do not lead to the target, others begin in the densest
ranges of one or two inputs (`starts`), and the same rule chooses among all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions import text
from distributions.errors import Fault, UserError, did_you_mean
from studies.discover.box_words import rows, sentence, verdict
from studies.discover.boxes import FEW_VALUES, Judged, Search
from studies.discover.prim import Box

if TYPE_CHECKING:
    import xarray as xr

    from sim import Scenario

Array = NDArray[np.float64]

LEAST_DRAWS = 1000
CHANCE = 0.001
"""A box that chance alone would match this often on the half not used is none."""
WORTH_NAMING = 0.05
"""A further box has to cover this share of all wins."""
SAMPLE = 10_000
"""Draws of the half not used that a picture shows."""


def target_for(base: float) -> float:
    """The density asked of a box: 90 %, or so high that losses are five times rarer than in all futures."""
    return max(0.9, 1 - (1 - base) / 5)


def find(
    values: Mapping[str, Array],
    wins: Array,
    *,
    density: float | None = None,
    boxes: int = 3,
    restrictions: int = 4,
) -> xr.Dataset:
    """Boxes of the inputs in which an outcome is frequent.

    Args:
        values: (n,) arrays by input, independent draws.
        wins: (n,) 1 where the outcome holds, 0 where it does not, 1/2 where it is undecided.
        density: the target, above 0 and at most 1; None for `target_for` of the share of wins.
        boxes: how many to look for; each further one among the futures outside the others.
        restrictions: the most inputs that one box may restrict.

    Returns:
        Dataset. Dims "box" and "input": `low`, `high` (NaN: no limit), `quasi_p`, `strength` (density lost without the
        restriction). Dim "box": `density` (of the futures outside earlier boxes), `coverage`, `share` (of all
        futures), each with `_ci` (dim "ci_bound"), `p_value`, `density_fitted`. Dim "step", of the first box's
        trajectory: `step_coverage`, `step_density`, `step_density_fitted`, `step_restricted`. Scalars `base` and
        `together_density`, `_coverage`, `_share`. Dim "draw": `sample` (draw, input) and `sample_wins`.

    Raises:
        UserError: no input, too few draws, or a target or a number of boxes out of range.
    """
    if not values:
        raise UserError(Fault("inputs", "none is uncertain", "at least one, to tell futures apart by"))
    x = np.array([values[name] for name in values], dtype=float)
    y = np.asarray(wins, dtype=float)
    _check(y.size, density, boxes, restrictions)
    fit, kept = (x[:, ::2], y[::2]), (x[:, 1::2], y[1::2])
    base = float(fit[1].mean())
    target = target_for(base) if density is None else density
    search = Search(fit, kept, target, restrictions)
    found: list[Judged] = []
    trajectory: list[Box] = []
    refused = math.nan
    while len(found) < boxes and not search.exhausted:
        box, steps = search.next_box()
        trajectory = trajectory or steps
        judged = search.judge(box)
        if not found:
            refused = judged.p_value
        elif judged.coverage < WORTH_NAMING or judged.density_fitted < target:
            break
        if not judged.p_value < CHANCE:
            break
        found.append(judged)
        search.leave(box)
    return _dataset(tuple(values), search, found, trajectory or [Box.whole(x.shape[0])], refused)


def analyse(
    scenario: Scenario,
    *,
    wins: str | None = None,
    draws: int = 100_000,
    seed: int | None = None,
    density: float | None = None,
    boxes: int = 3,
    restrictions: int = 4,
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """The futures of a scenario in which one of the two compared strategies costs less; as `find`.

    wins: the one asked about, by default the first. draws: independent ones, half of them to fit the boxes.

    Raises UserError as `find`, and where `wins` is neither of the two.
    """
    from distributions.inputs import registry
    from sim import quantity, simulate
    from sim.results.dataset import version

    a, b = scenario.compare
    who = a if wins is None else wins
    if who not in (a, b):
        raise UserError(
            Fault("--wins", f"found '{text.clean(who, 60)}'", f"{a} or {b}", did_you_mean(who, (a, b)))
        )
    _check(draws, density, boxes, restrictions)
    asked = quantity(scenario, "probability")
    options: dict[str, Any] = {} if seed is None else {"seed": seed}
    run = simulate(asked.model, draws, design="mc", keep=draws, progress=progress, **options)
    uncertain = [name for name in run.sampler.names if not scenario.inputs[name].certain]
    rows = {name: row for row, name in enumerate(run.sampler.names)}
    cheaper = run.sample_costs[0]
    data = find(
        {name: run.sample_values[rows[name]] for name in uncertain},
        cheaper if who == a else 1.0 - cheaper,
        density=density,
        boxes=boxes,
        restrictions=restrictions,
    )
    data = data.assign_coords(unit=("input", [registry()[name].unit for name in uncertain]))
    return data.assign_attrs(
        title=scenario.title, compare_a=a, compare_b=b, wins=who, loses=b if who == a else a, seed=run.seed,
        horizon_months=scenario.horizon, discount_rate=scenario.discount_rate, version=version(),
    )  # fmt: skip


def record(data: xr.Dataset) -> dict[str, Any]:
    """The boxes as a plain record, each with the sentence that says it."""
    step = ("coverage", "density", "density_fitted", "restricted")
    return {
        "a": data.attrs.get("compare_a"),
        "b": data.attrs.get("compare_b"),
        "wins": data.attrs.get("wins"),
        "draws": int(data.attrs["draws"]),
        "seed": data.attrs.get("seed"),
        "target_density": float(data.attrs["target_density"]),
        "target_reached": bool(data.attrs["target_reached"]),
        "base": {"estimate": float(data["base"]), "ci95": data["base_ci"].values.tolist()},
        "boxes": [
            {
                "sentence": sentence(data, k),
                "restrictions": [_restriction(data, k, row) for row in rows(data, k)],
                **{
                    name: {"estimate": float(data[name][k]), "ci95": data[f"{name}_ci"][k].values.tolist()}
                    for name in ("density", "coverage", "share")
                },
                "density_fitted": float(data["density_fitted"][k]),
                "p_value": float(data["p_value"][k]),
            }
            for k in range(data.sizes["box"])
        ],
        "together": {name: float(data[f"together_{name}"]) for name in ("density", "coverage", "share")},
        "verdict": verdict(data),
        "trajectory": [
            {name: float(data[f"step_{name}"][k]) for name in step} for k in range(data.sizes["step"])
        ],
    }


def _restriction(data: xr.Dataset, k: int, row: int) -> dict[str, Any]:
    unit = str(data["unit"].values[row]) if "unit" in data.coords else None
    return {
        "input": str(data["input"].values[row]),
        "unit": unit,
        "low": float(data["low"][k, row]),
        "high": float(data["high"][k, row]),
        "quasi_p": float(data["quasi_p"][k, row]),
        "strength": float(data["strength"][k, row]),
    }


def _check(draws: int, density: float | None, boxes: int, restrictions: int) -> None:
    faults = []
    if draws < LEAST_DRAWS:
        faults.append(
            Fault("--draws", f"found {draws:,}", f"at least {LEAST_DRAWS:,}, half of them to fit boxes")
        )
    if density is not None and not 0 < density <= 1:
        faults.append(Fault("--density", f"found {density:g}", "above 0 and at most 1"))
    for name, value in (("--boxes", boxes), ("--restrictions", restrictions)):
        if value < 1:
            faults.append(Fault(name, f"found {value}", "at least 1"))
    if faults:
        raise UserError(*faults)


def _dataset(
    names: tuple[str, ...],
    search: Search,
    found: list[Judged],
    steps: list[Box],
    refused: float,
) -> xr.Dataset:
    import xarray as xr

    from sim.statistics.estimates import wilson

    (x, y), (x_fit, y_fit) = search.all_kept, search.all_fit
    base = float(y.mean())

    def shares(count: list[float], of: list[float]) -> tuple[Array, Array]:
        share = np.array(count) / np.array(of)
        return share, np.stack(wilson(share, of), axis=-1).reshape(-1, 2)

    n = len(found)
    drawn = [float(one.draws) for one in found]
    density, density_ci = shares([one.wins for one in found], drawn)
    coverage, coverage_ci = shares([one.wins for one in found], [one.all_wins for one in found])
    share, share_ci = shares(drawn, [float(one.all_draws) for one in found])
    union = np.zeros(y.size, dtype=bool)
    for one in found:
        union |= one.box.holds(x)

    def limits(of: list[Array]) -> Array:
        rows = np.array(of).reshape(n, len(names))
        return np.where(np.isfinite(rows), rows, np.nan)

    on_step = [(y[box.holds(x)], y_fit[box.holds(x_fit)]) for box in steps]
    of_input, on_box, ends = ("box", "input"), ("box",), ("box", "ci_bound")
    return xr.Dataset(
        {
            "low": (of_input, limits([one.box.low for one in found]), {"long_name": "least value in the box"}),
            "high": (of_input, limits([one.box.high for one in found]), {"long_name": "greatest value in the box"}),
            "quasi_p": (of_input, limits([one.quasi_p for one in found]), {"long_name": "quasi-p value"}),
            "strength": (
                of_input, limits([one.strength for one in found]),
                {"long_name": "density lost without the restriction"},
            ),
            "density": (on_box, density, {"long_name": "share of the box's futures that are wins"}),
            "density_ci": (ends, density_ci),
            "coverage": (on_box, coverage, {"long_name": "share of all wins that lie in the box"}),
            "coverage_ci": (ends, coverage_ci),
            "share": (on_box, share, {"long_name": "share of all futures that lie in the box"}),
            "share_ci": (ends, share_ci),
            "density_fitted": (on_box, np.array([one.density_fitted for one in found])),
            "p_value": (on_box, np.array([one.p_value for one in found])),
            "step_coverage": ("step", np.array([held.sum() / y.sum() if y.sum() else np.nan for held, _ in on_step])),
            "step_density": ("step", np.array([held.mean() if held.size else np.nan for held, _ in on_step])),
            "step_density_fitted": ("step", np.array([fitted.mean() for _, fitted in on_step])),
            "step_restricted": ("step", np.array([float(len(box.restricted)) for box in steps])),
            "base": ((), base, {"long_name": "share of all futures that are wins"}),
            "base_ci": ("ci_bound", np.array([float(end) for end in wilson(base, y.size)])),
            "together_density": ((), float(y[union].mean()) if union.any() else np.nan),
            "together_coverage": ((), float(y[union].sum() / y.sum()) if y.sum() else np.nan),
            "together_share": ((), float(union.mean())),
            "refused_p_value": ((), refused),
            "discrete": ("input", np.array([np.unique(row).size <= FEW_VALUES for row in x_fit])),
            "sample": (("draw", "input"), x[:, :SAMPLE].T),
            "sample_wins": ("draw", y[:SAMPLE]),
        },
        coords={"input": list(names), "box": np.arange(1, n + 1), "ci_bound": ["lower", "upper"]},
        attrs={
            "draws": y.size + y_fit.size,
            "design": "mc",
            "target_density": search.target,
            "target_reached": bool(found and found[0].density_fitted >= search.target),
        },
    )  # fmt: skip
