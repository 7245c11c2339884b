"""The content of run.json: what was counted, with the drivers and the tornado of the difference in short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from distributions.records import plain
from studies.probability_of_cheaper import finding

if TYPE_CHECKING:
    from sim.engine.chunks import Progress
    from sim.results.labelled import LabelledArrays
    from studies.probability_of_cheaper.analysis import Answer

DRIVER_SAMPLES = 2048
"""Points of each net for the drivers in short; `breakeven drivers` takes more, and gives intervals."""


def record(
    answer: Answer, bars: LabelledArrays | None, threads: int | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """The content of run.json; bars: what `tornado` found."""
    from studies.tornado.analysis import record as swings_of

    drivers = _drivers(answer, threads, progress)
    swings = None if bars is None else swings_of(bars)
    shares = {key: row["total"] or 0.0 for key, row in drivers["largest"].items()} if drivers else {}
    return {
        **answer.summary,
        "drivers": drivers,
        "tornado": swings,
        "neighbours": _neighbours(answer, threads),
        "flips": finding.flips(swings, answer.summary["probability_cheaper"]["estimate"]),
        "basis": finding.basis(answer.scenario, shares, swings),
    }


def _neighbours(answer: Answer, threads: int | None) -> list[dict[str, Any]]:
    """The pair's answer with one of the two built otherwise, from as many draws as tell a tenth from nothing."""
    from studies.probability_of_cheaper.neighbours import neighbours

    run = answer.run
    return [near.to_dict() for near in neighbours(answer.scenario, run.draws, run.seed, run.design, threads)]


def tornado(answer: Answer) -> LabelledArrays | None:
    """The tornado of the cost difference with all others at their medians; None where nothing is uncertain."""
    from studies.tornado.analysis import bars

    if all(distribution.certain for distribution in answer.scenario.inputs.values()):
        return None
    return bars(answer.scenario)


def _drivers(answer: Answer, threads: int | None, progress: Progress | None) -> dict[str, Any] | None:
    """The largest drivers of the cost difference, in short: of how much of its variance each takes part in."""
    from sim import quantity
    from studies.drivers.analysis import ranked
    from studies.drivers.text import order

    if all(distribution.certain for distribution in answer.scenario.inputs.values()):
        return None
    model = quantity(answer.scenario, "difference").model
    data = ranked(
        model, "difference", "sobol", DRIVER_SAMPLES, answer.run.seed, threads=threads, progress=progress
    )
    total = {
        str(data["input"].values[k]): {
            name: plain(data[name].values[k]) for name in ("first", "total", "total_ci")
        }
        for k in order(data)[:5]
    }
    return {"output": "difference", "base_samples": DRIVER_SAMPLES, "largest": total}
