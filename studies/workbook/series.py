"""What the cost lines follow, month by month: volume, price levels, retrains, GPUs; each as a formula and as numbers.

All are zero outside the months they count in, so that the horizon is a cell like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sim.kernel.columns import SLACK

from studies.workbook.equations import Drift

Array = NDArray[np.float64]


class Series(NamedTuple):
    """A column of the model by month: key, heading, unit, style, formula of each month, value in each month.

    In a formula {key} is a cell of the same row and {before_key} of the row above; `first` is month 0's where that is
    another.
    """

    key: str
    heading: str
    unit: str
    style: str
    formula: str
    values: Array
    first: str = ""


def series(
    value: Mapping[str, float],
    *,
    horizon: int,
    months: int,
    discount_rate: float,
    drifts: Sequence[Drift],
    serves: bool,
) -> tuple[Series, ...]:
    """The columns for months 0 … `months`.

    Args:
        value: of every named cell.
        horizon: months that cost something, H.
        months: last month with a row.
        discount_rate: a year.
        drifts: the models that drift, each with columns of its own.
        serves: whether GPUs are rented.
    """
    month = np.arange(months + 1.0)
    on = ((month >= 1) & (month <= horizon)).astype(float)
    discount = np.where(month <= horizon, (1 + discount_rate) ** (-month / 12), 0.0)
    queries = (
        on * value["workload_queries_per_month"] * (1 + value["workload_annual_growth"]) ** ((month - 1) / 12)
    )
    tokens = on * (1 - value["price_annual_decline"]) ** ((month - 1) / 12)
    columns = [
        Series("month", "Month", "0: set-up", "whole", "", month),
        Series("setup", "Set-up", "1: yes", "whole_or_none", "=IF({month}=0,1,0)", np.where(month == 0, 1.0, 0.0)),
        Series(
            "operating", "In operation", "1: yes", "whole_or_none",
            "=IF(AND({month}>=1,{month}<=horizon_months),1,0)", on,
        ),
        Series(
            "discount", "Discount factor", "of $1", "four_or_none",
            "=IF({month}<=horizon_months,(1+discount_rate)^(-{month}/12),0)", discount,
        ),
        Series(
            "queries", "Queries q(m)", "queries", "whole_or_none",
            "={operating}*workload_queries_per_month*(1+workload_annual_growth)^(({month}-1)/12)", queries,
        ),
        Series(
            "token_level", "Token price level P(m)", "month 1 = 1", "four_or_none",
            "={operating}*(1-price_annual_decline)^(({month}-1)/12)", tokens,
        ),
        Series(
            "token_queries", "Queries at the token price level", "queries", "whole_or_none",
            "={queries}*{token_level}", queries * tokens,
        ),
    ]  # fmt: skip
    for drift in drifts:
        columns += _drifting(drift, value, horizon, month, on, queries)
    if serves:
        retrains = next(column.values for column in columns if column.key == "retrains_tuned")
        columns += _serving(value, month, on, queries, retrains)
    return tuple(columns)


def _drifting(
    drift: Drift, value: Mapping[str, float], horizon: int, month: Array, on: Array, queries: Array
) -> list[Series]:
    """Retrains, months since the last one, accuracy and wrong answers of a model that drifts."""
    who = f", {drift.name} model"
    retrains = np.diff(np.floor(month / value[drift.interval] * (1.0 + SLACK)), prepend=0.0)
    retrains = np.where((month >= 1) & (month < horizon), retrains, 0.0)
    trained = np.zeros_like(month)
    for m in range(1, len(month)):
        trained[m] = m - 1 if retrains[m - 1] > 0 else trained[m - 1]
    since = month - 1 - trained
    accuracy = on * np.maximum(0.0, value[drift.accuracy] - value["quality_loss_per_quarter"] * since / 3)
    key = drift.name
    return [
        Series(
            f"retrains_{key}", f"Retrains n(m){who}", "number", "whole_or_none",
            f"=IF(AND({{month}}>=1,{{month}}<horizon_months),"
            f"INT({{month}}/{drift.interval}*(1+{SLACK}))-INT(({{month}}-1)/{drift.interval}*(1+{SLACK})),0)",
            retrains,
        ),
        Series(
            f"trained_{key}", f"Last training in service{who}", "month", "whole",
            f"=IF({{before_retrains_{key}}}>0,{{before_month}},{{before_trained_{key}}})", trained, "=0",
        ),
        Series(
            f"accuracy_{key}", f"Accuracy{who}", "share right", "percent2_or_none",
            f"={{operating}}*MAX(0,{drift.accuracy}"
            f"-quality_loss_per_quarter*({{month}}-1-{{trained_{key}}})/3)", accuracy,
        ),
        Series(
            f"errors_{key}", f"Wrong answers{who}", "queries", "whole_or_none",
            f"={{queries}}*(1-{{accuracy_{key}}})", queries * (1 - accuracy),
        ),
    ]  # fmt: skip


def _serving(
    value: Mapping[str, float], month: Array, on: Array, queries: Array, retrains: Array
) -> list[Series]:
    """GPU prices, GPUs, and what follows both."""
    level = on * (1 - value["gpu_annual_decline"]) ** ((month - 1) / 12)
    load = (
        value["share_reaching_model"]
        * queries
        * value["tokens_per_served_query"]
        * value["serve_peak_to_mean"]
    )
    needed = np.ceil(load / value["gpu_tokens_per_month"])
    gpus = on * np.maximum(value["serve_min_replicas"], needed)
    return [
        Series(
            "gpu_level", "GPU price level G(m)", "month 1 = 1", "four_or_none",
            "={operating}*(1-gpu_annual_decline)^(({month}-1)/12)", level,
        ),
        Series(
            "gpus", "GPUs rented", "GPUs", "whole_or_none",
            "={operating}*MAX(serve_min_replicas,ROUNDUP(share_reaching_model*{queries}*tokens_per_served_query"
            "*serve_peak_to_mean/gpu_tokens_per_month,0))", gpus,
        ),
        Series(
            "priced_gpus", "GPUs at the GPU price level", "GPUs", "two_or_none", "={gpus}*{gpu_level}", gpus * level
        ),
        Series(
            "priced_retrains", "Retrains at the GPU price level", "retrains", "two_or_none",
            "={retrains_tuned}*{gpu_level}", retrains * level,
        ),
    ]  # fmt: skip
