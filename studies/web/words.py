"""What the page says: the sentence, what a move changed, and the finding over each chart. Plain text, not HTML."""

from __future__ import annotations

from collections.abc import Mapping

from distributions import text
from distributions.text import money
from studies.probability_of_cheaper import finding as findings
from studies.web.answers import Curves, Headline, Tornado


def sentence(answer: Headline) -> str:
    """What the large number is the probability of."""
    a, b = answer.pair
    first, second = answer.labels[a], answer.labels[b]
    return f"probability that {first} costs less than {second} over {text.count(answer.horizon, 'month')}"


def basis(answer: Headline) -> str:
    """How exact the number is: interval, ties, draws and seed."""
    ties = f", ties in {text.percent(answer.ties, 1)} count half" if answer.ties else ""
    known = text.interval(answer.probability, answer.interval)
    return f"{known}{ties}; {text.count(answer.draws, 'draw')}, seed {answer.seed}"


def difference(answer: Headline) -> str:
    """By how much."""
    low, middle, high = answer.difference
    a, b = answer.pair
    if middle == 0.0:
        return f"The two cost the same at the median; nine times in ten {money(low)} to {money(high)} apart."
    if middle > 0.0:
        a, b, low, middle, high = b, a, -high, -middle, -low
    far, near = money(-low), money(-high)
    rest = f"{near} to {far}" if high <= 0 else f"from {far} less to {money(high)} more"
    return f"{answer.labels[a]} saves {money(-middle)} at the median; nine times in ten {rest}."


def change(now: Headline, before: Headline) -> tuple[str, str]:
    """What a move changed since another answer of the same pair: the change in points, and in the median difference."""
    if now.pair != before.pair:
        return "", "The comparison is another one"
    a, b = now.pair
    moved = now.difference[1] - before.difference[1]
    what = (
        "median difference as it was" if abs(moved) < 0.5 else f"median difference {text.signed_money(moved)}"
    )
    return text.points(
        now.probability - before.probability
    ), f"{what} ({now.labels[a]} minus {now.labels[b]})"


def curves_finding(answer: Headline) -> str:
    """Over the cumulative distributions."""
    a, b = answer.pair
    first, second = answer.labels[a], answer.labels[b]
    return f"{first} costs {money(answer.costs[a][1])} at the median, {second} {money(answer.costs[b][1])}"


def months_finding(answer: Headline, curves: Curves) -> str:
    """Over the cost by month."""
    a, b = answer.pair
    likely = next((m for m, share in enumerate(curves.by_month) if share > 0.5), None)
    if likely is None:
        return f"{answer.labels[a]} is never more likely than not to have cost less than {answer.labels[b]}"
    if likely == 0:
        return f"{answer.labels[a]} is more likely than not to have cost less from the start"
    return f"From month {likely} on {answer.labels[a]} has more likely than not cost less"


def finding(answer: Headline, tornado: Tornado, basis: Mapping[str, object]) -> tuple[str, ...]:
    """The finding in the sentences of a run (see `studies.probability_of_cheaper.finding`)."""
    a, b = answer.pair
    record = {
        "labels": answer.labels,
        "cost": {name: {"mean": mean} for name, mean in answer.means.items()},
        "probability_cheapest": {
            name: {"estimate": answer.cheapest[name], "ci95": answer.cheapest_ci95[name]} for name in answer.cheapest
        },
        "excluded": {name: [] for name in answer.cheapest if name not in answer.eligible},
        "probability_cheaper": {
            "a": a, "b": b, "estimate": answer.probability, "ci95": answer.interval, "ties": answer.ties
        },
        "flips": findings.flips(tornado.record, answer.probability),
        "basis": basis,
    }  # fmt: skip
    return findings.finding(record).sentences


def tornado_finding(tornado: Tornado) -> str:
    """Over the tornado."""
    if not tornado.bars:
        return "No input moves the difference"
    first = tornado.bars[0]
    return f"{first.key} moves the difference most: {money(first.low)} to {money(first.high)}"


def value(number: float, unit: str) -> str:
    """A value of an input with its unit."""
    return text.number(number, 3) + ("" if unit == "1" else f" {unit}")
