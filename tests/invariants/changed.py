"""Tables and texts of valid files changed at random: what a careless hand, a script or an adversary may do to them."""

from __future__ import annotations

import copy
import math
from typing import Any

from hypothesis import strategies as st

Path = tuple[Any, ...]

NUMBERS = (
    0, -1, 1, 2, 12.0, 1e-300, -1e300, 1e308, 5e-324, 2**53, 2**63, 10**40, 0.1, 1.0000000001, math.nan, math.inf,
    -math.inf,
)  # fmt: skip
TEXTS = (
    "", " ", "nan", "=1+1", "<script>", "\u202eabc", "\x1b[31m", "a" * 5000, "Ω≈ç√", "👩‍👩‍👧", "../../etc/passwd",
    "month", "query", "rag", "lognormal", "%s %n {0} {{7*7}}", "\ufeffx", "0x10", "1_000",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    *NUMBERS, *TEXTS, True, False, [], {}, [1, "a"], {"x": 1}, [[]], {"uniform": {"min": 2, "max": 1}},
    {"lognormal": {"p10": 0, "p90": 9}}, {"scipy": {"name": "norm.__class__"}}, {"data": {"file": "/etc/passwd"}},
    {"mixture": {"weights": [1], "parts": [{"normal": {"mean": 0, "sd": 1}}]}}, {"beta": {"alpha": 1e-9, "beta": 1e9}},
)  # fmt: skip


def paths(value: Any, at: Path = ()) -> list[Path]:
    """Every place in tables and arrays."""
    found = [at] if at else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        found += paths(part, (*at, key))
    return found


def _get(tables: Any, path: Path) -> Any:
    for key in path:
        tables = tables[key]
    return tables


@st.composite
def changed(draw: st.DrawFn, tables: dict[str, Any]) -> dict[str, Any]:
    """The tables with one to four changes: drop, swap, retype, rescale, nest, rename, repeat."""
    found = copy.deepcopy(tables)
    for _ in range(draw(st.integers(1, 4))):
        places = paths(found)
        if not places:
            break
        path = draw(st.sampled_from(places))
        holder, key = _get(found, path[:-1]), path[-1]
        kind = draw(st.sampled_from(("drop", "swap", "retype", "rescale", "nest", "rename", "repeat", "mix")))
        if kind == "drop":
            del holder[key]
        elif kind == "swap":
            other = draw(st.sampled_from(places))
            try:
                value = copy.deepcopy(_get(found, other))
            except (KeyError, IndexError, TypeError):
                continue
            holder[key] = value
        elif kind == "retype":
            holder[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
        elif kind == "rescale" and isinstance(holder[key], int | float):
            holder[key] = holder[key] * draw(st.sampled_from((-1, 0, 1e-12, 0.5, 1e3, 1e12, 1e200)))
        elif kind == "nest":
            holder[key] = draw(
                st.sampled_from(({"value": holder[key]}, [holder[key]], {"x": {"y": holder[key]}}))
            )
        elif kind == "rename" and isinstance(holder, dict):
            holder[draw(st.sampled_from(("x", "", "value", f"{key}s", str(key).upper(), "__class__")))] = (
                holder.pop(key)
            )
        elif kind == "repeat" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        elif kind == "mix":
            holder[key] = draw(
                st.one_of(st.floats(), st.text(max_size=20), st.integers(-(10**20), 10**20), st.booleans())
            )
    return found


@st.composite
def garbled(draw: st.DrawFn, text: str) -> bytes:
    """The text with a few stretches cut out, doubled, or replaced by bytes of any kind."""
    data = text.encode()
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, max(0, len(data) - 1)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        new = draw(
            st.one_of(
                st.just(b""),
                st.just(data[start:end] * 2),
                st.binary(max_size=12),
                st.sampled_from(
                    (b"[", b"]]", b'"""', b"'", b"\n", b"=", b".", b"#", b"{", b"\x00", b"\xff\xfe", b"1e400")
                ),
            )
        )
        data = data[:start] + new + data[end:]
    return data
