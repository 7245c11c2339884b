"""GPU-hours of a training run and tokens per second of serving, by size of model: a small table and a rule between.

Between two sizes both grow as a power of the size (log-log interpolation). Outside the table's range nothing is said:
the figures are few, and a tenfold extrapolation is no figure at all. GPU-hours grow in proportion to the examples.
"""

from __future__ import annotations

import math
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from distributions.errors import Fault, UserError, did_you_mean

METHODS = ("lora", "qlora", "full")
_TABLE = Path(__file__).with_name("training.toml")


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


def gpu_hours(
    billions: float, method: str = "lora", examples: float | None = None
) -> tuple[dict[str, Any], str]:
    """The distribution of one run's GPU-hours, as in a scenario, and its source.

    Args:
        billions: parameters of the model, within the table's range.
        method: one of `METHODS`.
        examples: of the run; the table's number by default.

    Raises:
        UserError: with keys "model_size_b" and "method".
    """
    if method not in METHODS:
        raise UserError(
            Fault("method", f"found '{method:.60}'", ", ".join(METHODS), did_you_mean(method, METHODS))
        )
    table = _document()
    low, high, source = _between(table["gpu_hours"], billions)
    if method != "lora":
        factor = table["factor"][method]
        low, high = low * factor["low"], high * factor["high"]
        source += f"; {method}: {factor['low']:g} to {factor['high']:g} times, {factor['source']}"
    if examples is not None:
        low, high = (end * examples / table["examples"] for end in (low, high))
        source += f"; in proportion to {examples:,.0f} examples"
    return _range(low, high), source


def tokens_per_second(billions: float) -> tuple[dict[str, Any], str]:
    """The distribution of what a fully loaded GPU serves, as in a scenario, and its source; as `gpu_hours`."""
    low, high, source = _between(_document()["tokens_per_second"], billions)
    return _range(low, high), source


def _range(low: float, high: float) -> dict[str, Any]:
    """A published range as P10 and P90."""
    return {"lognormal": {"p10": float(f"{low:.3g}"), "p90": float(f"{high:.3g}")}}


def _between(rows: list[dict[str, Any]], billions: float) -> tuple[float, float, str]:
    rows = sorted(rows, key=lambda row: float(row["billions"]))
    first, last = float(rows[0]["billions"]), float(rows[-1]["billions"])
    if not first <= billions <= last:
        raise UserError(
            Fault(
                "model_size_b",
                f"found {billions:g}",
                f"{first:g} to {last:g} billion parameters: the table's range",
            )
        )
    for smaller, larger in pairwise(rows):
        if smaller["billions"] <= billions <= larger["billions"]:
            share = math.log(billions / smaller["billions"]) / math.log(
                larger["billions"] / smaller["billions"]
            )
            low, high = (smaller[end] * (larger[end] / smaller[end]) ** share for end in ("low", "high"))
            known = [smaller] if share == 0.0 else [larger] if share == 1.0 else [smaller, larger]
            rule = "" if len(known) == 1 else f"; {billions:g}B between them, log-log"
            return low, high, "; ".join(row["source"] for row in known) + rule
    raise AssertionError("the range was checked")
