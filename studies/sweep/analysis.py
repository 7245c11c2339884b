"""In which scenarios, and at which values of some inputs, is one strategy cheaper? Many runs as one piece of work.

    python -m studies.sweep studies/scenarios/support_bot.toml --vary workload.queries_per_month=1e4:1e8:9:log

is the command `breakeven sweep`.

A cell is one scenario with each varied input held at one value of its axis, as `--set KEY=VALUE` holds it; all others
vary as ever. Cells are all combinations of scenarios and values. Each is a full run with the same seed, so that cells
meet the same draws (common random numbers) and differ by what was changed alone; its results are those of
`breakeven run SCENARIO --set KEY=VALUE` with the same draws, seed and design, to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim import Run, Scenario
    from sim.engine.chunks import Progress
    from studies.sweep.grid import Varied
    from studies.sweep.results import Result, Sweep

DRAWS = 2**16
"""Of a cell, unless told otherwise: a probability within some 0.2 points."""


def result(run: Run) -> Result:
    """Of a run."""
    from studies.sweep.results import Result

    reached = median_month = lasting = lasting_month = falls_back = None
    if not run.totals:
        first, to_the_end = run.breakeven(*run.compare), run.breakeven_lasting(*run.compare)
        reached, median_month = first.probability, first.median
        lasting, lasting_month = to_the_end.probability, to_the_end.median
        falls_back = run.probability_falls_back(*run.compare)
    return Result(
        cheaper=run.probability_cheaper(*run.compare),
        cheapest={name: run.probability_cheapest(name) for name in run.strategies},
        cost={name: run.mean("cost", name) for name in run.strategies},
        difference=run.mean_difference(),
        reached=reached,
        median_month=median_month,
        lasting=lasting,
        lasting_month=lasting_month,
        falls_back=falls_back,
    )


def sweep(
    scenarios: Mapping[str, Scenario],
    along: Sequence[Varied] = (),
    *,
    draws: int = DRAWS,
    seed: int | None = None,
    design: str = "sobol",
    totals: bool = False,
    threads: int | None = None,
    dask: str | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Every scenario at every combination of the axes' values.

    Args:
        scenarios: by name.
        along: the inputs that are varied, an axis each.
        draws: of each cell.
        seed: of all cells; None takes the fixed default.
        design: "sobol", "lhs" or "mc".
        totals: count costs over the whole horizon alone, in about half the time: no break-even months.
        threads: processor threads; the numbers do not depend on it.
        dask: address of a Dask scheduler whose workers draw, instead of threads; the same numbers.
        progress: called with draws done and wanted, of all cells.

    Raises:
        UserError: too many cells, an argument that cannot be, or a cell that cannot be run, by its values.
    """
    from sim.engine.cell import Cell, CellPlan
    from sim.engine.chunks import DEFAULT_SEED
    from sim.engine.many import fan_out
    from studies.sweep.grid import check_size, places

    check_size(len(scenarios), along)
    cells = tuple(Cell(k, values) for k in range(len(scenarios)) for values in places(along))
    seed = DEFAULT_SEED if seed is None else seed
    cluster = None
    if dask is not None:
        from sim.engine.cluster import Cluster

        cluster = Cluster(dask)
    results = fan_out(
        tuple(scenarios.values()),
        cells,
        CellPlan(draws, seed, design, result, totals),
        threads=threads,
        cluster=cluster,
        progress=progress,
    )
    from studies.sweep.results import Sweep

    return Sweep(
        names=tuple(scenarios),
        scenarios=tuple(scenarios.values()),
        axes=tuple(along),
        cells=cells,
        results=tuple(results),
        draws=draws,
        seed=seed,
        design=design,
    )
