"""What a reader sees, wherever it is shown: text of users made safe, digits by one rule, one phrase for a probability.

Terminal, page, report, workbook, notebook and figures have no rules of their own. Pure functions from values to text;
nothing here depends on the locale.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MOST_DECIMALS = 6
"""Of a percentage: more draws than any run has would be needed for the seventh."""

NO_WIDTH = 1e-9
"""Of a value: an interval no wider shows how exactly the value was looked for, not what is unknown of it."""

Interval = Sequence[float | None] | None

_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


# --- text of users


def clean(text: str, limit: int | None = None) -> str:
    r"""Text of a user on one line, without anything that a terminal, a browser or a file of XML would act upon.

    Controls and line breaks, marks that are not seen or turn the direction of what follows, and what is no character
    become escapes. What is longer than `limit` characters ends in an ellipsis.

    >>> print(clean("a\nb\x1b[31m\u202e"), clean("a\n\n\n", 4))
    a\nb\x1b[31m\u202e a\n…
    """
    kept = text if limit is None else text[: limit + 1]
    parts = list(kept) if kept.isprintable() else [_visible(character) for character in kept]
    length = sum(map(len, parts))
    if limit is None or length <= limit:
        return "".join(parts)
    while length > limit - 1:
        length -= len(parts.pop())
    return "".join(parts) + "…"


_BREAKS = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _visible(character: str) -> str:
    # Cc: controls, Cf: invisible format marks (bidi overrides among them), Cs: surrogates, Zl and Zp: line breaks,
    # Cn and Co: what no font has.
    # Zero-width joiners (Cf) hold emoji together and are harmless. XML holds no U+FFFE and U+FFFF, which are of Cn.
    if character in _BREAKS:
        return _BREAKS[character]
    code = ord(character)
    seen = unicodedata.category(character) not in {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
    if seen or character == "\u200d":
        return character
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
_MARKDOWN = str.maketrans(
    {**{mark: f"\\{mark}" for mark in "\\`*_{}[]#|~"}, "<": "&lt;", ">": "&gt;", "@": "&#64;"}
)


def html(text: str) -> str:
    """Text of a user for a page, in an element or in a quoted attribute."""
    return clean(text).translate(_HTML)


def markdown(text: str) -> str:
    """Text that stays text in Markdown and in the HTML that it may hold."""
    return clean(text).translate(_MARKDOWN)


def cell(text: str) -> str:
    """Text of a user for a cell of a workbook, which is written as text whatever it begins with.

    A blank before what the writer of workbooks would take for a cell's own XML keeps it from that.
    """
    safe = clean(text, 32_000)
    return f" {safe}" if safe.startswith("<r>") and safe.endswith("</r>") else safe


def shown_path(path: str | Path) -> str:
    """A path for a message: as given where it is plain, quoted where it has blanks, quotes or worse."""
    shown = str(path)
    plain = shown and shown.isprintable() and not re.search(r"[\s'\"`;]", shown)
    return shown if plain else repr(shown)


# --- digits


def decimals_for(error: float, *, most: int = 12) -> int:
    """Decimal places at which the error shows its second significant digit; negative left of the point.

    That is where a number with this standard error stops saying anything. An error of 0 gives `most`.
    """
    if not error > 0 or not math.isfinite(error):
        return most
    return min(most, 1 - math.floor(math.log10(float(f"{error:.1e}"))))


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


def signed_money(change: float, digits: int = 3) -> str:
    """A change in dollars: +$1.20k.

    >>> signed_money(1_200), signed_money(-1_200), signed_money(0)
    ('+$1.20k', '-$1.20k', '$0')
    """
    return f"{'+' if change > 0 else ''}{money(change, digits)}"


def per_query(value: float | None) -> str:
    """What a query costs, in words where there are draws without any: their mean is no number then.

    >>> per_query(0.00123), per_query(None)
    ('$0.00123', 'no queries')
    """
    return money(value) if value is not None and math.isfinite(value) else "no queries"


def with_error(value: float, error: float, currency: str = "") -> str:
    """A number with its Monte Carlo standard error, both ending at the error's second digit.

    An error that cannot be given (not finite) is called unknown.

    >>> with_error(1_234_567.8, 1_234.0), with_error(1.5, 0.0), with_error(5.0, 0.0, "$")
    ('1,234,600 ± 1,200', '1.5 ± 0', '$5.00 ± 0')
    """
    known = error > 0 and math.isfinite(error)
    decimals = decimals_for(error) if known else 2
    rounded, shown = round(value, decimals) if known else value, max(0, decimals)
    size = f"{abs(rounded):,.{shown}f}" if known or currency else number(abs(value), 6)
    beside = f"{round(error, decimals):,.{shown}f}" if known else "0" if error == 0 else "unknown"
    return f"{'-' if rounded < 0 else ''}{currency}{size} ± {beside}"


def money_with_error(value: float, error: float) -> str:
    """Dollars with their Monte Carlo standard error.

    >>> money_with_error(1_234_567.8, 1_234.0)
    '$1,234,600 ± 1,200'
    """
    return with_error(value, error, "$")


def with_interval(value: float, interval: Sequence[float], unit: str = "1") -> str:
    """A value with its unit and 95 % interval, to the digits that this supports.

    An end that is not finite lies beyond what was looked at. An interval of next to no width leaves six digits.

    >>> with_interval(550_435.3, (548_500.1, 552_677.0), "queries/month")
    '550,400 queries/month (95 % CI 548,500 to 552,700)'
    """
    low, high = (float(end) for end in interval)
    half = max((abs(end - value) for end in (low, high) if math.isfinite(end)), default=0.0)
    shown = [number(size, 6) for size in (value, low, high)]
    if half > NO_WIDTH * abs(value):
        places = decimals_for(half / 1.96)
        shown = [
            f"{round(size, places):,.{max(0, places)}f}" if math.isfinite(size) else ""
            for size in (value, low, high)
        ]
    start = shown[1] if math.isfinite(low) else "below the range"
    end = shown[2] if math.isfinite(high) else "beyond the range"
    return f"{shown[0]}{'' if unit == '1' else f' {unit}'} (95 % CI {start} to {end})"


def span(values: tuple[float, float]) -> str:
    """A range to three digits, a point to four, or a bound where one end is open.

    >>> span((200, 400)), span((4015, 4015)), span((1, math.inf)), span((-math.inf, 2))
    ('200 to 400', '4,015', 'at least 1', 'at most 2')
    """
    low, high = (number(value, 4 if values[0] == values[1] else 3) for value in values)
    if math.isinf(values[0]) or math.isinf(values[1]):
        return f"at most {high}" if math.isinf(values[0]) else f"at least {low}"
    return low if low == high else f"{low} to {high}"


# --- probabilities and shares


def percent(share: float, decimals: int = 0) -> str:
    """A share as a percentage; one that only rounds to none or all says so.

    >>> percent(0.614), percent(0.0004), percent(0.9996), percent(1.0, 1)
    ('61 %', 'under 1 %', 'over 99 %', '100 %')
    """
    if not math.isfinite(share):
        return "unknown"
    text = f"{100 * share:.{decimals}f}"
    unit = 10.0**-decimals
    if share > 0 and float(text) == 0:
        return f"under {unit:.{decimals}f} %"
    if share < 1 and float(text) == 100:
        return f"over {100 - unit:.{decimals}f} %"
    return f"{100 * share:.0f} %" if share in (0.0, 1.0) else f"{text} %"


def probability(estimate: float | None, interval: Interval) -> str:
    """A probability to the digit in which its 95 % interval begins to speak; whole where there is no interval.

    >>> probability(0.985062, (0.984957, 0.985167)), probability(0.61, (0.6, 0.62)), probability(0.6, None)
    ('98.51 %', '61 %', '60 %')
    >>> probability(1.0, (1.0, 1.0)), probability(0.125, (0.125, 0.125)), probability(None, None)
    ('100 %', '12.5 %', '–')
    """
    if estimate is None:
        return "–"
    ends = _ends(interval)
    if ends is None:
        return percent(estimate)
    if estimate in (0.0, 1.0):
        return f"{100 * estimate:.0f} %"
    if ends[0] == ends[1]:
        return f"{100 * estimate:.4g} %"
    return percent(estimate, _places(ends))


def bounds(estimate: float | None, interval: Interval) -> str:
    """The 95 % interval of a probability in per cent, to the probability's digits; "" where none is to be shown.

    >>> bounds(0.985062, (0.984957, 0.985167)), bounds(1.0, (0.99617, 1.0)), bounds(1.0, (1.0, 1.0))
    ('98.50 to 98.52', '99.6 to 100', '')
    """
    ends = _ends(interval)
    if estimate is None or ends is None or ends[0] == ends[1]:
        return ""
    shown = (f"{100 * end:.{0 if end in (0.0, 1.0) else _places(ends)}f}" for end in ends)
    return " to ".join(shown)


def interval(estimate: float | None, ends: Interval) -> str:
    """The 95 % interval of a probability, in words, to the probability's digits.

    >>> interval(0.985062, (0.984957, 0.985167)), interval(1.0, (1.0, 1.0))
    ('95 % CI 98.50 to 98.52 %', 'exact')
    """
    if estimate is None or _ends(ends) is None:
        return "no interval can be given from so few draws"
    within = bounds(estimate, ends)
    return f"95 % CI {within} %" if within else "exact"


def probability_with_interval(estimate: float | None, ends: Interval) -> str:
    """A probability and its 95 % interval, both to the same digits.

    >>> probability_with_interval(0.985062, (0.984957, 0.985167)), probability_with_interval(1.0, (1.0, 1.0))
    ('98.51 % (95 % CI 98.50 to 98.52 %)', '100 % (exact)')
    """
    return f"{probability(estimate, ends)} ({interval(estimate, ends)})"


def _ends(interval: Interval) -> tuple[float, float] | None:
    low, high = (math.nan if end is None else float(end) for end in interval or (None, None))
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None


def _places(ends: Sequence[float]) -> int:
    """Decimals of a percentage at which half of the interval's width shows its first digit."""
    half = 50 * (ends[1] - ends[0])
    return min(MOST_DECIMALS, max(0, -math.floor(math.log10(half))))


def share(value: float, half: float | None) -> str:
    """A share of a variance with the half-width of its 95 % interval, in points.

    >>> share(0.623, 0.041), share(0.1083, 0.0072), share(0.6, None)
    ('62 % ± 4', '10.8 % ± 0.7', '60 %')
    """
    if half is None or not math.isfinite(half):
        return percent(value)
    places = _places((-half, half)) if half > 0 else 1
    return f"{percent(value, places)} ± {100 * half:.{places}f}"


def points(change: float, decimals: int = 1) -> str:
    """A change of a probability: +1.2 points.

    >>> points(0.0142), points(-0.0142), points(0.0002), points(0.0)
    ('+1.4 points', '-1.4 points', '±0.0 points', '0 points')
    """
    rounded = round(100 * change, decimals)
    if rounded:
        return f"{rounded:+.{decimals}f} points"
    return f"±{0.0:.{decimals}f} points" if change else "0 points"


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


def level(share: float) -> str:
    """What the quantile of a level is called.

    >>> level(0.05), level(0.5), level(0.125), level(0.005)
    ('P05', 'P50', 'P12.5', 'P0.5')
    """
    return f"P{100 * share:0>2.4g}"


def percentile(share: float) -> str:
    """Where in a distribution a value lies; below P0.1 and above P99.9 it says no more.

    >>> percentile(0.0513), percentile(0.99712), percentile(1e-9), percentile(1.0)
    ('P05', 'P99.7', 'below P0.1', 'above P99.9')
    """
    if not 0.001 <= share <= 0.999:
        return "below P0.1" if share < 0.5 else "above P99.9"
    return level(round(share, 2 if 0.01 <= share <= 0.99 else 3))


def percentiles(shares: tuple[float, float]) -> str:
    """Where two values lie, or one where both read the same."""
    low, high = (percentile(share) for share in shares)
    return low if low == high else f"{low} to {high}"


# --- sentences and tables


def count(number_of: int, noun: str, plural: str = "") -> str:
    """A count with its noun: 1 draw, 1,000 draws."""
    return f"{number_of:,} {noun if number_of == 1 else plural or noun + 's'}"


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


def join(words: Sequence[str], last: str = "and") -> str:
    """Words in a sentence: a; a and b; a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""


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
