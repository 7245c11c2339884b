"""A sweep as a table with a row for each cell."""

from __future__ import annotations

import csv
import io
import math

from studies.sweep.results import NONE, Sweep


def rows(sweep: Sweep) -> bytes:
    """A row for each cell, as CSV: numbers in full, nothing where there is none; UTF-8."""
    strategies = sweep.strategies
    keys = [axis.key for axis in sweep.axes]
    head = [
        "scenario", *keys, "a", "b", "probability_cheaper", "probability_cheaper_low", "probability_cheaper_high",
        "tie_share", "cheapest", *(f"probability_cheapest:{name}" for name in strategies),
        *(f"{figure}:{name}" for name in strategies for figure in ("cost_mean_usd", "cost_mcse_usd")),
        "difference_mean_usd", "difference_mean_low_usd", "difference_mean_high_usd", "difference_mcse_usd",
        "breakeven_probability", "breakeven_median_month", "breakeven_lasting_probability",
        "breakeven_lasting_median_month",
    ]  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    for cell, result in zip(sweep.cells, sweep.results, strict=True):
        scenario = sweep.scenarios[cell.scenario]
        shares = [
            result.cheapest[name].estimate if name in result.cheapest else math.nan for name in strategies
        ]
        means = [result.cost.get(name) for name in strategies]
        costs = [part for mean in means for part in ((mean.value, mean.mcse) if mean else NONE)]
        row = [
            _no_formula(sweep.names[cell.scenario]), *(cell.values[key] for key in keys), *scenario.compare,
            result.cheaper.estimate, *(result.cheaper.ci95 or NONE), result.cheaper.ties, result.best, *shares, *costs,
            result.difference.value, *result.difference.ci95, result.difference.mcse, result.reached,
            result.median_month, result.lasting, result.lasting_month,
        ]  # fmt: skip
        writer.writerow(_field(item) for item in row)
    return out.getvalue().encode()


def _field(item: float | str | None) -> str:
    """What stands in the table: all digits of a number, nothing where there is none."""
    if item is None or (isinstance(item, float) and not math.isfinite(item)):
        return ""
    return repr(float(item)) if isinstance(item, float) else str(item)


def _no_formula(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name[:1] in "=+-@" else name
