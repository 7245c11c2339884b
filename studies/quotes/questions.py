"""What to ask a vendor first: the terms that its quote leaves open and that decide most."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from distributions.inputs import registry
from sim.model import Model
from sim.offers import Offer, term_name
from sim.quote_terms import LEAVES, TERMS
from studies import information, tornado
from studies.quotes.comparison import Comparison
from studies.quotes.walk_away import unit

MOST = 3
DRAWS = 1 << 14
_FILE = Path(__file__).parents[1] / "evidence" / "questions.toml"


@dataclass(frozen=True)
class Question:
    """One thing to ask.

    term: an input, or a term of the quote. evppi: what knowing it before deciding between the quote and its baseline
    would be worth, USD; swing: by how much the difference of the two moves from the term's P10 to its P90, all else at
    medians, USD.
    """

    term: str
    text: str
    evppi: float
    swing: float
    low: float
    high: float
    unit: str

    def to_dict(self) -> dict[str, Any]:
        """As in `quotes.json`."""
        return dict(vars(self))


@cache
def texts() -> Mapping[str, str]:
    """What to ask about an input, by key."""
    return dict(tomllib.loads(_FILE.read_text(encoding="utf-8")))


def questions(comparison: Comparison, offer: Offer, draws: int = DRAWS) -> tuple[Question, ...]:
    """The most valuable questions to a vendor, at most three.

    Asked is about inputs that a vendor can answer for, that move the quote's cost and that it does not pin, and about
    its own uncertain terms. First what is worth most to know before deciding (EVPPI); where the decision would not
    change, what moves the difference most.
    """
    model = comparison.pair(offer)
    other = comparison.baseline[offer.vendor]
    asked = _open(offer, model)
    if not asked:
        return ()
    difference = Model(
        {**model.marginals, **({} if not offer.leaves else {term_name(offer.vendor, LEAVES): 1.0})},
        ("difference", "quote"),
        lambda values: _difference(model, values, offer.vendor, other),
    )
    moved = tornado.swing(difference, "difference")
    own = tornado.swing(difference, "quote")
    worth = information.value(model, (offer.vendor, other), draws, comparison.run.seed)
    evppi = dict(zip(map(str, worth["input"].values), worth["evppi"].values, strict=True))
    sure = dict(zip(map(str, worth["input"].values), worth["distinguishable"].values, strict=True))
    found = []
    for k, name in enumerate(map(str, moved["input"].values)):
        if name not in asked or float(own["low"][k]) == float(own["high"][k]):
            continue
        key, text = asked[name]
        found.append(
            Question(
                key,
                text,
                float(evppi[name]) if sure[name] else 0.0,
                abs(float(moved["high"][k]) - float(moved["low"][k])),
                float(moved["input_low"][k]),
                float(moved["input_high"][k]),
                unit(offer, key),
            )
        )
    return tuple(sorted(found, key=lambda q: (-q.evppi, -q.swing))[:MOST])


def _difference(model: Model, values: Mapping[str, Any], a: str, b: str) -> dict[str, Any]:
    costs = model.evaluate(values)
    return {"difference": np.asarray(costs[a] - costs[b]), "quote": costs[a]}


def _open(offer: Offer, model: Model) -> dict[str, tuple[str, str]]:
    """What may be asked: name among the model's inputs to key and question."""
    found: dict[str, tuple[str, str]] = {}
    for key, text in texts().items():
        if key not in offer.quote.pins and not model.marginals[key].certain:
            found[key] = (key, text)
    for name, law in offer.inputs().items():
        key = name.removeprefix(f"{offer.vendor}: ")
        if law.certain or key == LEAVES:
            continue
        if key in TERMS:
            what = TERMS[key].meaning
        elif key in registry():
            what = registry()[key].meaning
        else:
            what = "this fee"
        found[name] = (key, f"Can you put in writing: {what}?")
    return found
