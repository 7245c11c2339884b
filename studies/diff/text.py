"""What changed as text: the table before and after, and a line an edit; for a terminal and as Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from distributions import text
from distributions.inputs import registry
from sim.scenario.expressions import is_line
from studies.shared.names import label, labeller, labels_in

SHOWN = 20


def names(pair: Sequence[str], labels: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """What each metric is called."""
    a, b = (label(name, labels) for name in pair)
    return {
        "probability": f"P({a} cheaper than {b})",
        "difference": "expected saving",
        "cost_a": f"mean cost of {a}",
        "cost_b": f"mean cost of {b}",
    }


def finding(record: Mapping[str, Any]) -> str:
    """The sentence."""
    label = labeller(labels_in(record))
    a, b = (label(name) for name in record["compare"])
    probability = record["changes"]["probability"]
    if not record["edits"]:
        return "No edit changes a number"
    before, after = text.percent(probability["before"], 1), text.percent(probability["after"], 1)
    if probability["change"]["estimate"] == 0.0 and probability["change"]["ci95"] == [0.0, 0.0]:
        return f"{a} is cheaper than {b} in {before} of futures, as before"
    if not probability["distinguishable"]:
        return f"{a} is cheaper than {b} in {after} of futures: no change distinguishable from {before}"
    went = "falls" if probability["change"]["estimate"] < 0 else "rises"
    most = max(record["edits"], key=lambda edit: abs(edit["shares"]["probability"]["estimate"]))["edit"]
    return f"P({a} cheaper than {b}) {went} from {before} to {after}, mostly by {most}"


def rows(record: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The metrics on both sides, with the change and its interval."""
    called = names(record["compare"], labels_in(record))
    table: list[tuple[str, ...]] = [("", "before", "after", "change", "95 % interval")]
    for name, metric in record["changes"].items():
        sign = -1.0 if name == "difference" else 1.0
        change, ends = (
            sign * metric["change"]["estimate"],
            sorted(sign * end for end in metric["change"]["ci95"]),
        )
        if name == "probability":
            shown = [text.percent(metric[side], 1) for side in ("before", "after")]
            moved = [text.points(value, _point_decimals(metric)) for value in (change, *ends)]
        else:
            shown = [text.money(sign * metric[side]) for side in ("before", "after")]
            digits = _digits(change, ends[1] - ends[0])
            moved = [text.signed_money(value, digits) for value in (change, *ends)]
        same = "none" if not metric["distinguishable"] and change == 0.0 else moved[0]
        table.append((called[name], *shown, same, f"{moved[1]} to {moved[2]}"))
    sides = ("before", "after")
    kinds = [("breakeven_month", "break-even")]
    falls_back = [float(record[side].get("probability_falls_back", 0.0)) for side in sides]
    if any(falls_back):
        kinds = [("breakeven_month", "first break-even"), ("breakeven_lasting", "lasting break-even")]
    for kind, called_so in kinds:
        never = [text.percent(record[side][kind]["probability_never"], 1) for side in sides]
        months = [record[side][kind]["median"] for side in sides]
        spoken = ("never" if m is None else f"month {m}" for m in months)
        table.append((f"{called_so}, median", *spoken, "", ""))
        table.append((f"{called_so}, P(never)", *never, "", ""))
    if any(falls_back):
        table.append(("falls back", *(text.percent(share, 1) for share in falls_back), "", ""))
    return table


def edits(record: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row an edit: what it was, what it is, and its share of both changes; as printed they add up to the last row."""
    listed, left = record["edits"][:SHOWN], record["edits"][SHOWN:]
    changes = record["changes"]
    decimals = {
        "probability": _point_decimals(changes["probability"]),
        "difference": _dollar_decimals(changes["difference"]),
    }
    columns: list[list[str]] = []
    for name, factor in (("probability", 100.0), ("difference", -1.0)):
        shares = [edit["shares"][name]["estimate"] for edit in record["edits"]]
        parts = [factor * share for share in shares[:SHOWN]] + (
            [factor * sum(shares[SHOWN:])] if left else []
        )
        whole = factor * changes[name]["change"]["estimate"]
        rounded = [*apportioned(parts, whole, decimals[name]), round(whole, decimals[name])]
        exact = [*parts, whole]
        if name == "probability":
            columns.append(
                [
                    # What only rounds to 0 is not 0.
                    text.points(shown / 100 if shown or not true else 1e-12, decimals[name])
                    for shown, true in zip(rounded, exact, strict=True)
                ]
            )
        else:
            columns.append([_dollars(amount, decimals[name]) for amount in rounded])
    labels = [
        (edit["edit"], value(edit["edit"], edit["before"]), value(edit["edit"], edit["after"]))
        for edit in listed
    ]
    labels += [(f"{len(left)} more", "", "")] if left else []
    labels.append(("together", "", ""))
    head = ("edit", "before", "after", "of P", "of the saving")
    return [head, *((*name, *shares) for name, *shares in zip(labels, *columns, strict=True))]


def apportioned(parts: Sequence[float], whole: float, decimals: int) -> list[float]:
    """Parts rounded to so many decimals, so that they add up to the whole, rounded likewise.

    By largest remainders; a part of 0 stays 0.

    >>> apportioned([1.4, 1.4, 1.2, 0.0], 4.0, 0)
    [2.0, 1.0, 1.0, 0.0]
    """
    unit = 10.0**-decimals
    scaled = [part / unit for part in parts]
    counts = [math.floor(amount) for amount in scaled]
    missing = round(whole / unit) - sum(counts)
    order = sorted((k for k, part in enumerate(parts) if part), key=lambda k: counts[k] - scaled[k])
    for k in order[: max(missing, 0)]:
        counts[k] += 1
    return [round(count * unit, max(decimals, 0)) for count in counts]


def value(name: str, spec: Any) -> str:
    """A value on a line: a number with its unit, a form with its parameters."""
    if spec is None:
        return "none of its own" if ":" in name and not is_line(name) else "none"
    known = registry().get(name.rpartition(":")[2])
    unit = known.unit if known is not None and known.unit != "1" else ""
    if isinstance(spec, bool) or not isinstance(spec, int | float):
        return text.clean(_plain(spec), 70)
    return f"{text.number(float(spec))} {unit}".strip()


def _plain(spec: Any) -> str:
    if isinstance(spec, Mapping):
        return " ".join(
            f"{key} {_plain(inner)}" if not isinstance(inner, Mapping) else f"{key}({_plain(inner)})"
            for key, inner in spec.items()
        )
    if isinstance(spec, list | tuple):
        return ", ".join(_plain(part) for part in spec) or "none"
    return text.number(float(spec)) if isinstance(spec, int | float) else str(spec)


def _point_decimals(change: Mapping[str, Any]) -> int:
    """Decimals of points that the interval of a change of P supports."""
    return max(1, min(4, text.decimals_for(100.0 * _half(change) / 1.96, most=1)))


def _dollar_decimals(change: Mapping[str, Any]) -> int:
    """Decimals of dollars that the interval of a change supports; below 0 left of the point."""
    size = abs(change["change"]["estimate"])
    cents = 2 if 0.0 < size < 100.0 else 0
    return min(cents, text.decimals_for(_half(change) / 1.96, most=cents))


def _half(change: Mapping[str, Any]) -> float:
    low, high = change["change"]["ci95"]
    return float(high - low) / 2.0


def _dollars(rounded: float, decimals: int) -> str:
    """A change in dollars to so many decimals: +$12,300."""
    if not rounded:
        return "$0"
    return f"{'+' if rounded > 0 else '-'}${abs(rounded):,.{max(0, decimals)}f}"


def _digits(value: float, width: float) -> int:
    """Digits at which the ends of an interval of this width can be told apart."""
    return min(8, max(3, math.ceil(math.log10(abs(value) / width)) + 1)) if value and width > 0 else 3


def notes(record: Mapping[str, Any]) -> Iterator[str]:
    """What stands behind it, and what differs without changing a number."""
    label = labeller(labels_in(record))
    method = "every subset of edits" if record["method"] == "exact" else "sampled orders of the edits"
    if record["edits"]:
        yield (
            f"Shares by Shapley's value over {method}: {int(record['draws']):,} draws each, seed {record['seed']}, "
            "the same futures on both sides"
        )
    for side, other in (("before", "after"), ("after", "before")):
        only = [name for name in record[side]["excluded"] if name not in record[other]["excluded"]]
        if only:
            yield f"Ruled out by the requirements {side} alone: {text.join([label(name) for name in only])}"
    before, after = record["before"], record["after"]
    # a folder of an earlier version has no P(cheapest)
    if (before["excluded"] != after["excluded"] or set(_shares(before)) != set(_shares(after))) and _shares(
        after
    ):
        yield f"P(cheapest) of those that are left: {'; '.join(_cheapest(record))}"
    for side in ("before", "after"):
        if "run" in record[side]:
            yield _stored(record, side)
    if record["silent"]:
        yield f"Differs without changing these numbers: {text.join(list(record['silent']))}"


def _cheapest(record: Mapping[str, Any]) -> Iterator[str]:
    """Each strategy with P(cheapest) before and after."""
    label = labeller(labels_in(record))
    sides = [record[side] for side in ("before", "after")]
    for name in dict.fromkeys([*_shares(sides[0]), *_shares(sides[1])]):
        shares = [
            "ruled out"
            if name in side["excluded"]
            else text.percent(_shares(side)[name], 1)
            if name in _shares(side)
            else "not computed"
            for side in sides
        ]
        yield f"{label(name)} {shares[0]} → {shares[1]}"


def _shares(side: Mapping[str, Any]) -> Mapping[str, float]:
    shares: Mapping[str, float] = side.get("probability_cheapest", {})
    return shares


def _stored(record: Mapping[str, Any], side: str) -> str:
    """What a run's folder says, beside what the same scenario gives here."""
    run = record[side]["run"]
    draws = f"{int(run['draws']):,} draws, " if isinstance(run["draws"], int) else ""
    sentence = (
        f"{side.capitalize()} is a run ({draws}{text.clean(str(run['design']), 10)}, seed {run['seed']})"
    )
    if run["estimate"] is None:
        return f"{sentence}; all is drawn again here"
    here = record["changes"]["probability"][side]
    again = (
        "the same to the last bit when drawn again here"
        if here == run["estimate"]
        else f"drawn again here {text.percent(here, 1)}"
    )
    return f"{sentence} that found {text.probability_with_interval(run['estimate'], run['ci95'])}; {again}"


def lines(record: Mapping[str, Any]) -> Iterator[str]:
    """For a terminal."""
    yield f"{text.clean(record['before']['title'], 60)} → {text.clean(record['after']['title'], 60)}"
    yield f"{finding(record)}."
    yield ""
    yield from text.table(rows(record), indent="")
    if record["edits"]:
        yield ""
        yield from text.table(edits(record), left=3, indent="")
    yield ""
    yield from notes(record)


def markdown(record: Mapping[str, Any]) -> str:
    """To paste into a pull request."""
    parts = [f"### {text.markdown(finding(record))}", "", *_table(rows(record))]
    if record["edits"]:
        parts += ["", *_table(edits(record))]
    parts += ["", *(f"- {text.markdown(note)}" for note in notes(record))]
    return "\n".join(parts) + "\n"


def _table(table_rows: Sequence[Sequence[str]]) -> list[str]:
    head, *body = [[text.markdown(cell) for cell in row] for row in table_rows]
    rule = ["---", *["--:"] * (len(head) - 1)]
    return [f"| {' | '.join(row)} |" for row in (head, rule, *body)]
