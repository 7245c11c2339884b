"""What to ask a vendor first: the terms that its quote leaves open and that decide most."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributions.inputs import registry
from distributions.records import Record
from sim.models.model import Model
from sim.models.quantities import difference
from sim.quotes.costs import Offer, term_name
from sim.quotes.terms import DEFAULT_UPLIFT_SOURCE, LEAVES, TERMS
from studies.information import analysis as information
from studies.quotes.comparison import Comparison
from studies.tornado import analysis as tornado

if TYPE_CHECKING:
    import xarray as xr

    from sim import Scenario

MOST = 3
DRAWS = 1 << 14
LEAST = 0.001
"""Of the quote's cost: what moves it, or the difference, by less is no question."""

_FILE = Path(__file__).with_name("data") / "questions.toml"


@dataclass(frozen=True)
class Question(Record):
    """One thing to ask.

    term: an input, or a term of the quote. evppi: what knowing it before deciding between the quote and its baseline
    would be worth, USD; swing: by how much the difference of the two moves from the term's P10 to its P90, all else at
    medians, USD. Both None for what the quote is silent on.
    """

    term: str
    text: str
    evppi: float | None
    swing: float | None


@cache
def texts() -> Mapping[str, str]:
    """What to ask about an input, by key."""
    return dict(_tables()["inputs"])


@cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def questions(comparison: Comparison, offer: Offer, draws: int = DRAWS) -> tuple[Question, ...]:
    """The most valuable questions to a vendor, at most three.

    Asked is about inputs that a vendor can answer for, that move the quote's cost and that it does not pin, and about
    its own uncertain terms. First what is worth most to know before deciding (EVPPI); where the decision would not
    change, what moves the difference most; and last, what the quote is silent on.
    """
    model = comparison.pair(offer)
    open_terms = _open(comparison.scenario, offer, model)
    valued = _valued(comparison, model, offer, open_terms, draws) if open_terms else []
    valued.sort(key=lambda q: (-(q.evppi or 0.0), -(q.swing or 0.0)))
    silent = [
        Question(key, text, None, None) for key, text in _tables()["silent"].items() if _silent(offer, key)
    ]
    return tuple([*valued, *silent][:MOST])


def _valued(
    comparison: Comparison, model: Model, offer: Offer, open_terms: Mapping[str, tuple[str, str]], draws: int
) -> list[Question]:
    """Questions about uncertain inputs and terms that move the quote, each with what its answer is worth."""
    other = comparison.baseline[offer.vendor]
    both = Model(
        {**model.marginals, **({} if not offer.leaves else {term_name(offer.vendor, LEAVES): 1.0})},
        ("difference", "quote"),
        lambda values: _difference(model, values, offer.vendor, other),
    )
    moved = tornado.swing(both, "difference")
    swings = tornado.swing(both, "quote")
    dataset = information.value(model, (offer.vendor, other), draws, comparison.run.seed)
    evppi = dict(zip(map(str, dataset["input"].values), dataset["evppi"].values, strict=True))
    sure = dict(zip(map(str, dataset["input"].values), dataset["distinguishable"].values, strict=True))
    valued: list[Question] = []
    for k, name in enumerate(map(str, moved["input"].values)):
        least = LEAST * abs(float(swings["base"]))
        if name not in open_terms or min(_width(swings, k), _width(moved, k)) < least:
            continue
        key, text = open_terms[name]
        valued.append(
            Question(
                key,
                text,
                float(evppi[name]) if sure[name] else 0.0,
                _width(moved, k),
            )
        )
    return valued


def _silent(offer: Offer, key: str) -> bool:
    """Whether a quote says nothing of a term, the assumption that stands for it included."""
    distribution = offer.quote.terms.get(key)
    return distribution is None or distribution.source == DEFAULT_UPLIFT_SOURCE


def _width(data: xr.Dataset, k: int) -> float:
    return abs(float(data["high"][k]) - float(data["low"][k]))


def _difference(model: Model, values: Mapping[str, Any], a: str, b: str) -> dict[str, Any]:
    costs = model.evaluate(values)
    return {"difference": difference(costs[a], costs[b]), "quote": costs[a]}


def _open(scenario: Scenario, offer: Offer, model: Model) -> dict[str, tuple[str, str]]:
    """What may be asked: name among the model's inputs to key and question."""
    terms: dict[str, tuple[str, str]] = {}
    own = scenario.strategy(offer.quote.strategy).own
    for key, text in texts().items():
        name = own.get(key, key)
        # what is an expression has no answer of its own
        if key not in offer.quote.pins and name in model.marginals and not model.marginals[name].certain:
            terms[name] = (name, text)
    for name, distribution in offer.inputs().items():
        key = name.removeprefix(f"{offer.vendor}: ")
        if distribution.certain or key == LEAVES:
            continue
        if key in TERMS:
            what = TERMS[key].meaning
        elif key in registry():
            what = registry()[key].meaning
        else:
            what = "this fee"
        terms[name] = (key, f"Can you put in writing: {what}?")
    return terms
