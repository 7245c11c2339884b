"""The finding of a run in words, the same wherever it is shown: terminal, figures, report, page and workbook.

Five sentences in the order in which a reader needs them: what is the cheapest of all, the pair that was asked about,
what would turn that over, whether it would be another answer with one of the two built otherwise, and on what it rests.
To decide and to spread are two things: an input decides where its P10 or its P90 turns the pair over; what takes part
in most of the variance spreads the difference, and may decide nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from distributions import text
from studies.probability_of_cheaper.neighbours_text import structure
from studies.shared.names import label, labeller, labels_in

if TYPE_CHECKING:
    from sim import Scenario

Record = Mapping[str, Any]
"""Of `run.json`, or what of it a finding needs."""

MOST_FLIPS = 3
"""Inputs that turn the pair over are named, the widest bars first; the others are counted."""


@dataclass(frozen=True)
class Finding:
    """The sentences of a finding, without their full stops; None where a sentence has nothing to say."""

    cheapest: str
    pair: str | None
    flips: str | None
    structure: str | None
    basis: str | None

    @property
    def sentences(self) -> tuple[str, ...]:
        """Those that there are, in their order, each with its full stop."""
        return tuple(
            f"{part}." for part in (self.cheapest, self.pair, self.flips, self.structure, self.basis) if part
        )


def finding(record: Record) -> Finding:
    """The finding of a run. record: see `Record`; `flips`, `neighbours` and `basis` may be missing from it."""
    probability = record.get("probability_cheaper")
    if probability is None:
        return Finding(_cheapest(record), None, None, None, _basis(record))
    return Finding(
        _cheapest(record),
        pair(
            probability["a"],
            probability["b"],
            probability["estimate"],
            probability.get("ci95"),
            probability.get("ties") or 0.0,
            labels=labels_in(record),
        ),
        _flips(record),
        structure(record.get("neighbours") or ()),
        _basis(record),
    )


def pair(
    a: str,
    b: str,
    estimate: float,
    interval: Sequence[float | None] | None,
    ties: float = 0.0,
    *,
    brief: bool = False,
    labels: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """That one strategy costs less than another, with the probability.

    brief: without the interval, as for a title. labels: what the scenario calls its strategies.

    >>> pair("tuned_hosted", "rag", 0.985062, (0.984957, 0.985167), brief=True)
    'Fine-tuning (hosted) costs less than RAG with probability 98.51 %'
    """
    if ties == 1.0:
        return f"{label(a, labels)} and {label(b, labels)} cost the same in every future"
    shown = (text.probability if brief else text.probability_with_interval)(estimate, interval)
    return f"{label(a, labels)} costs less than {label(b, labels)} with probability {shown}"


def flips(tornado: Record | None, probability: float) -> list[dict[str, Any]] | None:
    """What by itself makes the other strategy of the pair the cheaper, all other inputs at their medians.

    tornado: the record of the cost difference (`studies.tornado.record`), None where nothing is uncertain.
    probability: that the first is the cheaper, which says what there is to turn over.

    Returns:
        A record an input and end, the widest bars first: `input`, `level`, the input's `value` there and the
        `difference`, USD. Empty where no input does; None without a tornado, or where neither is the likelier.
    """
    if tornado is None or probability == 0.5:
        return None
    candidates = [
        (abs(row["high"] - row["low"]), name, level, value, row[end])
        for name, row in tornado["inputs"].items()
        for end, level, value in zip(("low", "high"), tornado["levels"], row["at"], strict=True)
        if _other(row[end], probability)
    ]
    candidates.sort(key=lambda item: -item[0])
    return [
        {"input": name, "level": level, "value": value, "difference": difference}
        for _, name, level, value, difference in candidates
    ]


def _other(difference: float, probability: float) -> bool:
    """Whether a cost difference is on the other side of what is likelier."""
    return difference > 0.0 if probability > 0.5 else difference < 0.0


def basis(scenario: Scenario, shares: Mapping[str, float], tornado: Record | None) -> dict[str, Any]:
    """On what the finding of a scenario rests, as a record of `run.json`.

    shares: of the variance of the cost difference in which each input (or group joined by "+") takes part.

    Returns:
        `inputs` and `defaulted`: how many there are. `at_medians`: the cost difference with every input at its median,
        USD, or None. `spreads_most`: None where nothing varies, else the input or group with the largest share, with
        `input`, `share`, `defaulted` (whether any of it is), `kind` (that of `sim.scenario.sources` which carries
        least) and `source` (of an input that was given with one).
    """
    from sim.scenario.sources import ASSUMED, SOURCED, UNSOURCED, ledger

    widest = max(shares, key=lambda name: shares[name], default=None)
    most = None
    if widest is not None and shares[widest] > 0.0:
        entries = {entry.key: entry for entry in ledger(scenario)}
        members = [entries[key] for key in widest.split("+")]
        weakest = max(members, key=lambda entry: (SOURCED, ASSUMED, UNSOURCED).index(entry.kind))
        most = {
            "input": widest,
            "share": min(shares[widest], 1.0),
            "defaulted": weakest.defaulted,
            "kind": weakest.kind,
            "source": weakest.source,
        }
    return {
        "inputs": len(scenario.inputs),
        "defaulted": len(scenario.defaulted),
        "at_medians": None if tornado is None else tornado["base"],
        "spreads_most": most,
    }


def _cheapest(record: Record) -> str:
    """What costs least of all that the requirements leave, and how sure that is."""
    label = labeller(labels_in(record))
    excluded = record.get("excluded") or {}
    left = [name for name in record["cost"] if name not in excluded]
    if not left:
        return "No strategy meets the requirements"
    outside = _outside(record)
    if len(left) == 1:
        return (
            f"{outside}{label(left[0])} is the only strategy that the requirements leave"
            if excluded
            else (f"{label(left[0])} is the only strategy compared")
        )
    chances = record["probability_cheapest"]
    best = min(left, key=lambda name: record["cost"][name]["mean"])
    likeliest = max(left, key=lambda name: chances[name]["estimate"])
    sentence = (
        f"{label(best)} costs least on average of {'the' if excluded else 'all'} {len(left)}"
        f"{' that the requirements leave' if excluded else ''}, and is the cheapest with probability "
        f"{text.probability_with_interval(chances[best]['estimate'], chances[best]['ci95'])}"
    )
    if chances[likeliest]["estimate"] > chances[best]["estimate"]:
        often = text.probability(chances[likeliest]["estimate"], chances[likeliest]["ci95"])
        sentence += f"; {label(likeliest)} is the cheapest more often, in {often}"
    return outside + sentence


def _outside(record: Record) -> str:
    """That one of the pair asked about is ruled out, and the pair that the requirements leave."""
    label = labeller(labels_in(record))
    probability, excluded = record.get("probability_cheaper") or {}, record.get("excluded") or {}
    both = [probability[end] for end in ("a", "b") if end in probability]
    barred = [name for name in both if name in excluded]
    if not barred:
        return ""
    kept = [name for name in both if name not in excluded]
    by_cost = sorted(
        (name for name in record["cost"] if name not in excluded),
        key=lambda name: record["cost"][name]["mean"],
    )
    offered = [*kept, *(name for name in by_cost if name not in kept)][:2]
    what = text.join([label(name) for name in barred])
    instead = (
        f' (compare = ["{offered[0]}", "{offered[1]}"] asks about what they leave)'
        if len(offered) == 2
        else ""
    )
    return f"{what} {'is' if len(barred) == 1 else 'are'} excluded by the requirements{instead}; "


def _flips(record: Record) -> str | None:
    """What turns the pair over by itself, or that nothing does."""
    label = labeller(labels_in(record))
    flipping = record.get("flips")
    if flipping is None:
        return None
    probability = record["probability_cheaper"]
    middle = (record.get("basis") or {}).get("at_medians")
    if middle is not None and _other(middle, probability["estimate"]):
        other = probability["b"] if probability["estimate"] > 0.5 else probability["a"]
        return f"With every input at its median {label(other)} is the cheaper, other than in most futures"
    if not flipping:
        return "No single input at its P10 or P90 turns that over, all others at their medians"
    named = [f"{flip['input']} at its {text.level(flip['level'])}" for flip in flipping[:MOST_FLIPS]]
    more = len(flipping) - len(named)
    rest = [f"{more} more"] if more else []
    alone = ", each by itself, turn" if len(flipping) > 1 else " turns"
    return f"What decides: {text.join([*named, *rest])}{alone} that over, all others at their medians"


def _basis(record: Record) -> str | None:
    """How much of the scenario is defaults, and what the input is that spreads the difference most."""
    rests = record.get("basis")
    if rests is None:
        return None
    count, inputs = rests["defaulted"], rests["inputs"]
    defaults = (
        f"{count} of {inputs} inputs {'is a default' if count == 1 else 'are defaults'}"
        if count
        else f"None of the {inputs} inputs is a default"
    )
    most = rests.get("spreads_most")
    if most is None:
        return f"{defaults}, and none that is uncertain moves the difference"
    if most["kind"] == "assumption":
        what = "an assumption of ours" if most["defaulted"] else "given as an assumption"
    elif most["kind"] == "none":
        what = "given without a source"
    else:
        what = "a default with a source" if most["defaulted"] else "given with a source"
    which = f"{most['input'].replace('+', ' + ')} ({text.percent(most['share'])} of its variance)"
    return f"{defaults}; what spreads the difference most, {which}, is {what}"
