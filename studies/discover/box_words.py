"""Boxes of the inputs in words, from the dataset of `studies.discover.analysis`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from distributions import text
from studies.shared.names import label

if TYPE_CHECKING:
    import xarray as xr


def verdict(data: xr.Dataset) -> str:
    """What was found, or why there is no box."""
    who = who_wins(data)
    base = float(data["base"])
    if base in (0.0, 1.0):
        return f"{who} in {'all' if base else 'none'} of the futures: there is nothing to tell apart"
    if not data.sizes["box"]:
        chance = float(data["refused_p_value"])
        subject = who if "wins" in data.attrs else who.lower()
        return (
            f"No box found: in the best of those tried {subject} hardly more often than in all futures (chance alone "
            f"would do as well with probability {text.number(chance, 2)}; tried were peels from all futures and from "
            "the densest ranges of one or two inputs)"
        )
    if not data.attrs["target_reached"]:
        target = text.number(100 * float(data.attrs["target_density"]), 4)
        return f"No box reaches the density of {target} % that was asked for; the most telling one is shown"
    return f"{text.count(data.sizes['box'], 'box', 'boxes')} found"


def sentence(data: xr.Dataset, k: int) -> str:
    """A box in words: how often the strategy wins in it, what bounds it, what share of futures and wins it holds."""
    where = text.join([in_words(data, k, row) for row in rows(data, k)])
    of = "futures" if k == 0 else "other futures"
    density = text.probability_with_interval(float(data["density"][k]), data["density_ci"][k].values.tolist())
    return (
        f"{who_wins(data)} in {density} of the {of} with {where}, which are {text.percent(float(data['share'][k]))} of "
        f"all (and {text.percent(float(data['coverage'][k]))} of those it wins)"
    )


def in_words(data: xr.Dataset, k: int, row: int) -> str:
    """One restriction of a box: `workload.queries_per_month > 3,100,000`."""
    name, low, high = str(data["input"].values[row]), float(data["low"][k, row]), float(data["high"][k, row])
    discrete = bool(data["discrete"][row])
    if low == high:
        return f"{name} = {text.number(low, 6)}"
    less, more = ("≤", "≥") if discrete else ("<", ">")
    if math.isnan(high):
        return f"{name} {more} {text.number(low, 6)}"
    if math.isnan(low):
        return f"{name} {less} {text.number(high, 6)}"
    return f"{text.number(low, 6)} {less} {name} {less} {text.number(high, 6)}"


def strongest(data: xr.Dataset, k: int = 0) -> list[int]:
    """Positions of the inputs that a box restricts, that which it would lose most density without first."""
    strength = data["strength"][k].values
    return sorted(rows(data, k), key=lambda row: -float(strength[row]))


def rows(data: xr.Dataset, k: int) -> list[int]:
    """Positions of the inputs that a box restricts."""
    limits = np.isfinite(data["low"][k].values) | np.isfinite(data["high"][k].values)
    return [int(row) for row in np.flatnonzero(limits)]


def who_wins(data: xr.Dataset) -> str:
    """The outcome asked about: "RAG wins"."""
    return f"{label(str(data.attrs['wins']))} wins" if "wins" in data.attrs else "The outcome holds"


def headline(data: xr.Dataset) -> str:
    """The first box in few words, for a title."""
    if not data.sizes["box"]:
        return verdict(data).split(" (")[0]
    where = text.join([in_words(data, 0, row).replace(" ", "\xa0") for row in strongest(data)])
    return f"{who_wins(data)} in {text.percent(float(data['density'][0]), _places(data))} of futures with {where}"


def _places(data: xr.Dataset) -> int:
    """Decimals of a percentage at which the density of the first box differs from that of all futures."""
    return 0 if float(data["base"]) < 0.9 else 1
