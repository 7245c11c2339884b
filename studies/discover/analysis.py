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
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions import text
from distributions.errors import Fault, UserError, did_you_mean
from sim.results.labelled import as_dataset
from studies.discover.boxes import FEW_VALUES, Judged, Search, Share
from studies.discover.prim import Box
from studies.discover.record import Comparison, Discovery, Step

if TYPE_CHECKING:
    from sim import Scenario

Array = NDArray[np.float64]

LEAST_DRAWS = 1000
CHANCE = 0.001
"""A box that chance alone would match this often on the half not used is none."""
LEAST_COVERAGE = 0.05
"""A further box has to cover this share of all wins."""
SAMPLE = 10_000
"""Draws of the half not used that a picture shows."""


def target_for(base: float) -> float:
    """The density asked of a box: 90 %, or so high that losses are five times rarer than in all futures."""
    return max(0.9, 1 - (1 - base) / 5)


def search_boxes(
    values: Mapping[str, Array],
    wins: Array,
    *,
    density: float | None = None,
    boxes: int = 3,
    restrictions: int = 4,
) -> Discovery:
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
    chosen: list[Judged] = []
    trajectory: list[Box] = []
    refused = math.nan
    while len(chosen) < boxes and not search.exhausted:
        box, steps = search.next_box()
        trajectory = trajectory or steps
        judged = search.judge(box)
        if not chosen:
            refused = judged.p_value
        elif judged.coverage.estimate < LEAST_COVERAGE or judged.density_fitted < target:
            break
        if not judged.p_value < CHANCE:
            break
        chosen.append(judged)
        search.leave(box)
    return _discovery(tuple(values), search, chosen, trajectory or [Box.whole(x.shape[0])], refused)


def discover(
    scenario: Scenario,
    *,
    wins: str | None = None,
    draws: int = 100_000,
    seed: int | None = None,
    density: float | None = None,
    boxes: int = 3,
    restrictions: int = 4,
    progress: Callable[[int, int], None] | None = None,
) -> Discovery:
    """The futures of a scenario in which one of the two compared strategies costs less; as `find`.

    wins: the one asked about, by default the first. draws: independent ones, half of them to fit the boxes.

    Raises UserError as `find`, and where `wins` is neither of the two.
    """
    from sim import quantity, simulate
    from sim.results.dataset import version

    a, b = scenario.compare
    winner = a if wins is None else wins
    if winner not in (a, b):
        raise UserError(
            Fault("--wins", f"found '{text.clean(winner, 60)}'", f"{a} or {b}", did_you_mean(winner, (a, b)))
        )
    _check(draws, density, boxes, restrictions)
    options: dict[str, Any] = {} if seed is None else {"seed": seed}
    model = quantity(scenario, "probability").model
    run = simulate(model, draws, design="mc", keep=draws, progress=progress, **options)
    drawn = zip(run.sampler.names, run.sample_values, strict=True)
    cheaper = run.sample_costs[0]
    discovery = search_boxes(
        {name: values for name, values in drawn if not scenario.inputs[name].certain},
        cheaper if winner == a else 1.0 - cheaper,
        density=density,
        boxes=boxes,
        restrictions=restrictions,
    )
    return replace(discovery, comparison=Comparison(scenario, winner, run.seed, version()))


find, analyse = as_dataset(search_boxes, "find"), as_dataset(discover, "analyse")


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


def _discovery(
    names: tuple[str, ...],
    search: Search,
    boxes: list[Judged],
    steps: list[Box],
    refused: float,
) -> Discovery:
    (x, y), (x_fit, y_fit) = search.all_kept, search.all_fit
    union = np.zeros(y.size, dtype=bool)
    for judged in boxes:
        union |= judged.box.holds(x)

    def mean(values: Array) -> float:
        return float(values.mean()) if values.size else math.nan

    def step(box: Box) -> Step:
        held = y[box.holds(x)]
        coverage = float(held.sum() / y.sum()) if y.sum() else math.nan
        return Step(coverage, mean(held), mean(y_fit[box.holds(x_fit)]), float(len(box.restricted)))

    return Discovery(
        names,
        np.array([np.unique(row).size <= FEW_VALUES for row in x_fit]),
        y.size + y_fit.size,
        search.target,
        Share.of(float(y.sum()), y.size),
        tuple(boxes),
        {
            "density": mean(y[union]),
            "coverage": float(y[union].sum() / y.sum()) if y.sum() else math.nan,
            "share": float(union.mean()),
        },
        tuple(step(box) for box in steps),
        refused,
        x[:, :SAMPLE].T,
        y[:SAMPLE],
    )
