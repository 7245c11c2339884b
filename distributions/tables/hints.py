"""Slips that people make in TOML, and what to write instead: one row each.

A row is a pattern for the text where the parser stopped, and a function from its match to a hint.
To add one: one line in `_SLIPS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_SCALES = {"k": 1e3, "m": 1e6, "b": 1e9}


def _comma(match: re.Match[str]) -> str:
    """A comma inside a number: decimals in much of Europe, thousands in the US."""
    parts = match.group().split(",")
    if len(parts) > 2:
        return f"a comma is no part of a number: write {'_'.join(parts)}"
    whole, rest = parts
    if len(rest) == 3 and not whole.startswith("0"):
        return (
            f"a comma is no part of a number: write {whole}_{rest} for thousands, {whole}.{rest} for decimals"
        )
    return f"decimals take a point: write {whole}.{rest}"


def _money(match: re.Match[str]) -> str:
    return f"money is a plain number, without its sign: write {match[1].replace(',', '_')}"


def _percent(match: re.Match[str]) -> str:
    return f"shares are numbers from 0 to 1: write {float(match[1]) / 100:g}"


def _scaled(match: re.Match[str]) -> str:
    return f"write {float(match[1]) * _SCALES[match[2].lower()]:_.0f}"


_SLIPS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"[$€£]\s*([\d_.,]*\d)"), _money),
    (re.compile(r"(\d+(?:\.\d+)?)\s*%"), _percent),
    (
        re.compile(r"\d{1,3}(?:\.\d{3}){2,}"),
        lambda m: f"thousands take no point: write {m[0].replace('.', '_')}",
    ),
    (re.compile(r"(?<![\w.,])\d+(?:,\d+)+"), _comma),
    (re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)([kKmMbB])\b"), _scaled),
    (re.compile(r"(?<![\w.])\.\d+"), lambda m: f"write 0{m[0]}"),
    (re.compile(r"(?<![\w.])\d+\.(?![\w.])"), lambda m: f"write {m[0]}0"),
    (re.compile(r"(?<![\w.])0+(\d+)"), lambda m: f"no leading zero: write {m[1]}"),
    (re.compile(r"[“”„‘’«»]"), lambda m: 'quotes are straight: "'),
    (re.compile(r"\b(True|TRUE|False|FALSE)\b"), lambda m: f"write {m[0].lower()}"),
    (re.compile(r"\b([Nn]one|[Nn]ull|nil)\b"), lambda m: "leave the key out where there is no value"),
    (re.compile(r",\s*\}"), lambda m: "no comma before '}'"),
    (re.compile(r"(?<==)\s*([^\W\d][\w-]*(?: [\w-]+)*)"), lambda m: f'text goes in double quotes: "{m[1]}"'),
    (re.compile(r"^\s*[\w.\"-]+\s*:"), lambda m: "a key is followed by '=', not ':'"),
    (re.compile(r"^\s*[\w.-]+\s*[^\s=:]*"), lambda m: "write key = value" if "=" not in m.string else ""),
)


def hint(line: str, stopped: int) -> str:
    """What to write instead at the column, from 0, where the parser stopped; "" where nothing is known."""
    for pattern, advice in _SLIPS:
        for match in pattern.finditer(line[:2000]):
            if match.start() <= stopped <= match.end():
                return advice(match)
    return ""
