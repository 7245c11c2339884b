"""Where the comparison of a scenario tips along one of its inputs, or over two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from distributions.errors import Fault, UserError
from studies.shared.inputs import not_drawn
from studies.solve.analysis import DRAWS, MAP_DRAWS, Ends, Surface, Threshold, tipping_point, tipping_surface

if TYPE_CHECKING:
    from sim import Scenario
    from sim.models.response import Progress


def analyse(
    scenario: Scenario,
    keys: Sequence[str],
    target: float | None = 0.5,
    between: Sequence[Ends] = (),
    draws: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Threshold | Surface:
    """The tipping point of one input of a scenario, or the surface of two, for the two strategies that it compares.

    Raises UserError for an unknown input, one given twice, or more than two.
    """
    from sim import cost_model
    from sim.engine.chunks import DEFAULT_SEED
    from sim.engine.simulate import meeting_requirements

    faults = [fault for key in keys if (fault := not_drawn(scenario, key)) is not None]
    if faults:
        raise UserError(*faults)
    if not 1 <= len(keys) <= 2 or len(set(keys)) < len(keys):
        raise UserError(
            Fault("--for", f"found {', '.join(keys) or 'none'}", "one input, or two different ones")
        )
    if len(between) > len(keys):
        raise UserError(
            Fault("--between", f"is given {len(between)} times", "once for each input, in their order")
        )
    if target is not None and not 0.0 < target < 1.0:
        raise UserError(Fault("--target", f"found {target:g}", "above 0 and below 1"))
    model, (a, b) = cost_model(scenario), scenario.compare
    ends = [*between, None, None]
    seed = DEFAULT_SEED if seed is None else seed
    supports = [scenario.known[key].support for key in keys]
    if len(keys) == 1:
        threshold = tipping_point(
            model, keys[0], a, b, target, draws or DRAWS, seed, between=ends[0], support=supports[0],
            eligible=meeting_requirements(scenario), progress=progress,
        )  # fmt: skip
        return replace(threshold, scenario=scenario)
    surface = tipping_surface(
        model, (keys[0], keys[1]), a, b, draws or MAP_DRAWS, seed, between=(ends[0], ends[1]), supports=supports,
        progress=progress,
    )  # fmt: skip
    return replace(surface, scenario=scenario, target=target)
