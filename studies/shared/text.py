"""Numbers and names as a reader sees them: money, percentages, digits that the error supports, safe titles.

Pure functions from values to text, below everything that shows something. Nothing here depends on the locale.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from distributions.text import bounds as bounds
from distributions.text import decimals_for as decimals_for
from distributions.text import percent as percent
from distributions.text import probability as probability
from distributions.text import probability_with_interval as probability_with_interval

LABELS = {
    "prompt": "Prompting",
    "rag": "RAG",
    "tuned_hosted": "Fine-tuning (hosted)",
    "tuned_self_hosted": "Fine-tuning (self-hosted)",
    "hybrid": "Hybrid",
}
"""What the strategies are called in sentences and figures."""

NO_WIDTH = 1e-9
"""Of a value: an interval no wider shows how exactly the value was looked for, not what is unknown of it."""

_MEANS = {
    "cost_per_query": "the mean cost per query",
    "difference": "the mean difference",
    "evpi": "the EVPI",
}
"""What a run's `tail_warnings` may be about besides costs, in words."""

_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def label(strategy: str) -> str:
    """A strategy's name for a reader; one without an entry in `LABELS` shows its own, tidied."""
    return LABELS.get(strategy) or strategy.replace("_", " ").capitalize()


def quantity(name: str, a: str, b: str) -> str:
    """An output of a scenario in words (see `sim.models.quantities`), a and b being the compared strategies.

    >>> quantity("difference", "prompt", "rag"), quantity("cost:rag", "prompt", "rag")
    ('cost difference, Prompting minus RAG', 'cost of RAG')
    """
    kind, _, strategy = name.partition(":")
    if kind == "difference":
        return f"cost difference, {label(a)} minus {label(b)}"
    if kind == "probability":
        return f"question whether {label(a)} costs less than {label(b)}"
    return f"{'logarithm of the ' if kind == 'log_cost' else ''}cost of {label(strategy)}"


def clean(text: str, limit: int | None = None) -> str:
    r"""Text of a user on one line without anything that a terminal would act upon.

    Control characters, line breaks, bidirectional overrides and lone surrogates become `\x1b`-like escapes;
    text longer than `limit` characters ends in an ellipsis.
    """
    safe = "".join(_visible(character) for character in text)
    if limit is not None and len(safe) > limit:
        safe = safe[: limit - 1] + "…"
    return safe


def _visible(character: str) -> str:
    # Cc: controls, Cf: invisible format marks (bidi overrides among them), Cs: surrogates, Zl and Zp: line
    # breaks.
    # Zero-width joiners (Cf) hold emoji together and are harmless.
    if character == "\u200d" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def number(value: float, digits: int = 4) -> str:
    """A number to so many significant digits, thousands separated: 1,234,000 or 0.001234 or 1.2e+20."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "∞" if value > 0 else "-∞" if value < 0 else "not a number"
    exponent = math.floor(math.log10(abs(value)))
    if not -6 < exponent < 15:
        return f"{value:.{digits - 1}e}"
    rounded = round(value, digits - 1 - exponent)
    text = f"{rounded:,.{max(0, digits - 1 - exponent)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def numbers_apart(values: Sequence[float], digits: int = 3) -> list[str]:
    """Numbers to so many significant digits, or as many more as it takes for those that differ to read differently.

    >>> numbers_apart([100.0, 100.0002, 100.0002]), numbers_apart([1.0, 2.0])
    (['100', '100.0002', '100.0002'], ['1', '2'])
    """
    apart = len(set(values))
    for more in range(digits, 16):
        shown = [number(value, more) for value in values]
        if len(set(shown)) == apart:
            return shown
    return [number(value, 16) for value in values]


def money(value: float, digits: int = 3) -> str:
    """US dollars to so many significant digits: $1.23M, $45.6k, $0.00123, -$12.

    >>> money(1_234_567), money(-999.7), money(0.00123), money(0)
    ('$1.23M', '-$1.00k', '$0.00123', '$0')
    """
    if not math.isfinite(value):
        return f"${number(value)}"
    sign, size = ("-" if value < 0 else ""), abs(value)
    if size == 0:
        return "$0"
    # Rounded before the scale is chosen, or 999.7 would become $1000 and not $1.00k.
    size = round(size, digits - 1 - math.floor(math.log10(size)))
    scale, suffix = next(((scale, suffix) for scale, suffix in _SCALES if size >= scale), (1.0, ""))
    size /= scale
    decimals = max(0, digits - 1 - math.floor(math.log10(size)))
    if decimals > 12:
        return f"{sign}${size:.{digits - 1}e}"
    return f"{sign}${size:.{decimals}f}{suffix}"


def per_query(value: float | None) -> str:
    """What a query costs, in words where there are draws without any: their mean is no number then.

    >>> per_query(0.00123), per_query(None)
    ('$0.00123', 'no queries')
    """
    return money(value) if value is not None and math.isfinite(value) else "no queries"


def money_with_error(value: float, error: float) -> str:
    """Dollars with their Monte Carlo standard error, both ending at the error's second digit.

    An error that cannot be given (not finite) is called unknown.

    >>> money_with_error(1_234_567.8, 1_234.0)
    '$1,234,600 ± 1,200'
    """
    if not math.isfinite(error):
        return _dollars(value, 2) + " ± unknown"
    if error == 0:
        return _dollars(value, 2) + " ± 0"
    decimals = decimals_for(error)
    shown = max(0, decimals)
    return f"{_dollars(round(value, decimals), shown)} ± {round(error, decimals):,.{shown}f}"


def _dollars(value: float, decimals: int) -> str:
    return f"{'-' if value < 0 else ''}${abs(value):,.{decimals}f}"


def with_interval(value: float, interval: Sequence[float], unit: str = "1") -> str:
    """A value with its unit and 95 % interval, to the digits that this supports.

    An end that is not finite lies beyond what was looked at. An interval of next to no width leaves six digits.

    >>> with_interval(550_435.3, (548_500.1, 552_677.0), "queries/month")
    '550,400 queries/month (95 % CI 548,500 to 552,700)'
    """
    low, high = (float(end) for end in interval)
    half = max((abs(end - value) for end in (low, high) if math.isfinite(end)), default=0.0)
    shown = [number(one, 6) for one in (value, low, high)]
    if half > NO_WIDTH * abs(value):
        places = decimals_for(half / 1.96)
        shown = [
            f"{round(one, places):,.{max(0, places)}f}" if math.isfinite(one) else ""
            for one in (value, low, high)
        ]
    start = shown[1] if math.isfinite(low) else "below the range"
    end = shown[2] if math.isfinite(high) else "beyond the range"
    return f"{shown[0]}{'' if unit == '1' else f' {unit}'} (95 % CI {start} to {end})"


def stepping(step: Sequence[float], mean: bool = False) -> str:
    """What a curve jumps from and to, below a value and above it; "" for one that does not jump there.

    mean: it is a mean difference in USD, else a probability.

    >>> stepping((0.321, 0.61))
    'a step: from 32.1 % below it to 61.0 % above'
    """
    if not all(math.isfinite(level) for level in step):
        return ""
    below, above = (money(level) if mean else percent(level, 1) for level in step)
    return f"a step: from {below} below it to {above} above"


def share(value: float, half: float | None) -> str:
    """A share of a variance with the half-width of its 95 % interval, in points.

    >>> share(0.623, 0.041), share(0.1083, 0.0072), share(0.6, None)
    ('62 % ± 4', '10.8 % ± 0.7', '60 %')
    """
    if half is None or not math.isfinite(half):
        return percent(value)
    places = 0 if half >= 0.01 else 1
    return f"{percent(value, places)} ± {100 * half:.{places}f}"


def count(number_of: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 draw, 1,000 draws."""
    return f"{number_of:,} {one if number_of == 1 else many or one + 's'}"


def of_the_first(kept: int, draws: int) -> str:
    """Said after quantiles by month: from a run's first draws, where these are not all (`Run.cumulative_quantiles`)."""
    return f" from the first {count(kept, 'draw')}, in the last month from all" if kept < draws else ""


def duration(seconds: float) -> str:
    """How long something took: 340 ms, 2.1 s, 3 min 20 s, 400 years."""
    if seconds < 1:
        return f"{max(0.0, seconds) * 1000:.0f} ms"
    if seconds < 100:
        return f"{seconds:.1f} s"
    if seconds < 6000:
        return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    for size, unit in ((31_557_600, "years"), (86_400, "days"), (3_600, "hours")):
        if seconds >= 2 * size:
            return f"{number(seconds / size, 2)} {unit}"
    return f"{seconds / 60:.0f} min"


def table(rows: Sequence[Sequence[str]], *, left: int = 1, indent: str = "  ") -> list[str]:
    """Lines of an aligned table; the first `left` columns flush left, the others flush right."""
    columns = max((len(row) for row in rows), default=0)
    widths = [max(width(row[at]) for row in rows if at < len(row)) for at in range(columns)]
    lines = []
    for row in rows:
        cells = []
        for at, cell in enumerate(row):
            space = " " * (widths[at] - width(cell))
            cells.append(cell + space if at < left else space + cell)
        lines.append((indent + "  ".join(cells)).rstrip())
    return lines


def width(text: str) -> int:
    """Columns that a terminal takes: two for East Asian characters and emoji, none for combining marks."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def join(words: Sequence[str], last: str = "and") -> str:
    """Words in a sentence: a; a and b; a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""


def few_draws(warnings: Sequence[Mapping[str, Any]]) -> str:
    """What of a run's means rests on a few draws (its `tail_warnings`), in a sentence; "" where nothing does."""
    if not warnings:
        return ""
    costs = [label(found["strategy"]) for found in warnings if found["quantity"] == "cost"]
    whole = {name: words for name, words in _MEANS.items() if any(f["quantity"] == name for f in warnings)}
    named = [f"the mean cost of {join(costs)}"] if costs else []
    share = max(float(found["largest_share"]) for found in warnings)
    shapes = [float(found["pareto_k"]) for found in warnings if found["pareto_k"] is not None]
    shape = f", Pareto k of the tail up to {max(shapes):.2f}" if shapes else ""
    subject = join([*named, *whole.values()])
    several = len(costs) + len(whole) > 1
    return (
        f"{subject[0].upper()}{subject[1:]} {'rest' if several else 'rests'} on a few draws (the largest makes up "
        f"{percent(share, 1)}{shape}): {'means and intervals' if several else 'mean and interval'} may be far off, "
        "medians are not"
    )


def span(values: tuple[float, float]) -> str:
    """A range to three digits, a point to four, or a bound where one end is open.

    >>> span((200, 400)), span((4015, 4015)), span((1, math.inf)), span((-math.inf, 2))
    ('200 to 400', '4,015', 'at least 1', 'at most 2')
    """
    low, high = (number(value, 4 if values[0] == values[1] else 3) for value in values)
    if math.isinf(values[0]) or math.isinf(values[1]):
        return f"at most {high}" if math.isinf(values[0]) else f"at least {low}"
    return low if low == high else f"{low} to {high}"


def level(share: float) -> str:
    """A cumulative probability as a percentile: P5, P99.7; below P0.1 and above P99.9 it says no more.

    >>> level(0.05), level(0.997), level(1e-9), level(1.0)
    ('P5', 'P99.7', 'below P0.1', 'above P99.9')
    """
    if not 0.001 <= share <= 0.999:
        return "below P0.1" if share < 0.5 else "above P99.9"
    return f"P{100 * share:.{0 if 0.01 <= share <= 0.99 else 1}f}"


def levels(shares: tuple[float, float]) -> str:
    """Two cumulative probabilities as percentiles, or one where both read the same."""
    low, high = (level(share) for share in shares)
    return low if low == high else f"{low} to {high}"
