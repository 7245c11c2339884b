"""What a page shows, as a value, and as the query of a link: the scenario's name and only what differs from it.

    ?s=support_bot&pair=tuned_hosted-rag&price.input=2.5~0.3

is a median of 2.5 and three tenths of the spread. What a link holds is the user's input: what makes no sense is left
out, what is too large is held to what may be.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import parse_qsl, quote

from distributions.inputs import registry
from sim.kernel import STRATEGIES
from sim.scenario import Scenario
from studies.web.edit import WIDEST, Edit, edited
from studies.web.track import rounded, track

MOST_MONTHS = 120

LONGEST = 8_000
"""Characters of a query that are read."""


@dataclass(frozen=True)
class State:
    """Scenario by name, and what differs from it; None: as the scenario says."""

    name: str
    pair: tuple[str, str] | None = None
    strategies: tuple[str, ...] | None = None
    horizon: int | None = None
    edits: Mapping[str, Edit] = field(default_factory=dict)

    def with_edit(self, key: str, edit: Edit) -> State:
        """The same with another edit of one input; an edit of nothing is forgotten."""
        edits = {name: one for name, one in self.edits.items() if name != key}
        if edit:
            edits[key] = edit
        return replace(self, edits=edits)

    def query(self) -> str:
        """The part of a link behind the question mark."""
        parts = [("s", self.name)]
        if self.pair:
            parts.append(("pair", "-".join(self.pair)))
        if self.strategies:
            parts.append(("only", "-".join(self.strategies)))
        if self.horizon:
            parts.append(("months", str(self.horizon)))
        parts += [(key, _compact(edit)) for key, edit in sorted(self.edits.items())]
        return "&".join(f"{key}={quote(value, safe='~')}" for key, value in parts)


def read(query: str, names: Sequence[str], default: str) -> State:
    """The state of a link; whatever it holds that cannot be is as if it were not there."""
    found: dict[str, str] = {}
    for key, value in parse_qsl(query[:LONGEST], max_num_fields=None):
        found.setdefault(key, value)
    pair = tuple(found.get("pair", "").split("-"))
    only = tuple(name for name in STRATEGIES if name in found.get("only", "").split("-"))
    months = found.get("months", "")
    edits = {key: _edit(value) for key, value in found.items() if key in registry()}
    return State(
        name=found.get("s", "") if found.get("s") in names else default,
        pair=(pair[0], pair[1])
        if len(pair) == 2 and pair[0] != pair[1] and set(pair) <= set(STRATEGIES)
        else None,
        strategies=only if len(only) >= 2 else None,
        horizon=min(max(int(months), 1), MOST_MONTHS)
        if months.isascii() and months.isdigit() and len(months) < 5
        else None,
        edits={key: edit for key, edit in edits.items() if edit},
    )


def _compact(edit: Edit) -> str:
    median = "" if edit.median is None else f"{edit.median:.12g}"
    return median + ("" if edit.spread == 1.0 else f"~{edit.spread:.3g}")


def _edit(text: str) -> Edit:
    median, _, spread = text.partition("~")
    middle, wide = _number(median), _number(spread)
    return Edit(middle, 1.0 if wide is None else min(max(rounded(wide), 0.0), WIDEST))


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) and len(text) < 30 else None


@dataclass(frozen=True)
class Page:
    """A state over its scenario: what is simulated."""

    base: Scenario
    state: State

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario with the edits, the pair, the strategies and the months of the state.

        Medians are held to what their sliders offer where the ends are of the input itself.
        """
        base, state = self.base, self.state
        pair = state.pair or base.compare
        chosen = state.strategies or base.strategies
        together = tuple(name for name in STRATEGIES if name in chosen or name in pair)
        horizon = state.horizon or base.horizon
        values = {}
        for key, edit in state.edits.items():
            item, law = registry()[key], base.inputs[key]
            median = None if edit.median is None else track(item, law).held(edit.median)
            values[key] = edited(item, law, replace(edit, median=median))
        changed = replace(base, compare=pair, strategies=together, horizon=horizon)
        return changed.with_values(values) if values else changed
