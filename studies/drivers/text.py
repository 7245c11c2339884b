"""What a table of drivers says: which measure ranks them, in which order, and the finding in a sentence."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from distributions import text
from sim.results.labelled import Labelled

RANKED_BY = {
    "sobol": "total",
    "shapley": "effect",
    "morris": "mu_star",
    "delta": "delta",
    "pawn": "maximum",
    "rbd_fast": "first",
    "regional": "mean_sensitivity",
}
"""The measure of each method that says how much an input matters."""

SHARES = {"sobol": "first", "shapley": "effect", "rbd_fast": "first"}
"""The measure that is a share of the variance by the input itself."""

MOST_BY_INTERACTION = 0.5
"""Where the first-order indices of the largest add up to less, the interactions are the finding."""

MANY = 0.9
"""Inputs are named until they answer for this share of the variance, three at most."""


def order(data: Labelled) -> list[int]:
    """Positions of the inputs, the most important first; without those that cannot be told from nothing."""
    if "undefined" in data.attrs:
        return []
    values = data[RANKED_BY[data.attrs["method"]]].values
    ranked = [int(k) for k in np.argsort(-values, kind="stable")]
    if "distinguishable" not in data:
        return ranked
    return [k for k in ranked if bool(data["distinguishable"][k])]


def resting_on(data: Labelled, keys: Collection[str]) -> float | None:
    """Share of the variance that the inputs among `keys` answer for by themselves; None where it cannot be said.

    A group counts where any of its inputs is among them.
    """
    share = SHARES.get(data.attrs["method"])
    if share is None or {"undefined", "few_events"} & data.attrs.keys():
        return None
    rows = [k for k, name in enumerate(data["input"].values) if set(str(name).split("+")) & set(keys)]
    return float(np.clip(data[share].values[rows].sum(), 0.0, 1.0))


def finding(data: Labelled) -> str:
    """One sentence: who spreads how much of what."""
    what = str(data.attrs.get("label", data.attrs["output"]))
    if "undefined" in data.attrs:
        return f"Nothing spreads the {what}: it does not vary"
    if "few_events" in data.attrs:
        return f"Too few events to say what spreads the {what}"
    ranked = order(data)
    names = [str(name) for name in data["input"].values]
    if not ranked:
        return f"No input stands out from noise in the {what}"
    share = SHARES.get(data.attrs["method"])
    if share is None:
        return f"{names[ranked[0]]} moves the {what} most"
    by_itself = data[share].values
    if share == "first":
        ranked = sorted(ranked, key=lambda k: -by_itself[k])
    leading: list[int] = []
    for k in ranked[:3]:
        if leading and by_itself[k] < 0.25 * by_itself[leading[0]]:
            break
        leading.append(k)
        if by_itself[leading].sum() >= MANY:
            break
    total = float(np.clip(by_itself[leading].sum(), 0.0, 1.0))
    if share == "first" and "total" in data and total < MOST_BY_INTERACTION:
        first = order(data)[0]
        return (
            f"Inputs spread it together, not one by one: {names[first]} takes part in "
            f"{text.percent(float(data['total'][first]))} of the variance, and by itself answers for "
            f"{text.percent(max(float(by_itself[first]), 0.0))}"
        )
    verb = "answers" if len(leading) == 1 else "answer"
    alone = "" if share == "effect" else " by itself" if len(leading) == 1 else " by themselves"
    return f"{text.join([names[k] for k in leading])} {verb} for {text.percent(total)} of the variance{alone}"
