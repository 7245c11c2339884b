"""What a page shows, as a value, and as the query of a link: the scenario's name and only what differs from it.

    ?s=support_bot&strategy.rag_2=rag~model.small&pair=tuned_hosted-rag_2&price.input=2.5~0.3

is a strategy like rag with a small model, and a median of 2.5 and three tenths of the spread. What a link holds is the
user's input: what makes no sense is left out, what is too large is held to what may be, and each of these is said. A
link to a scenario that is not there is not applied to another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import parse_qsl, quote

from distributions import text
from distributions.errors import Fault, UserError, did_you_mean
from distributions.inputs import Input
from distributions.support import Support
from sim.scenario.own_strategies import MOST
from sim.scenario.scenario import Scenario
from studies.web import made as making
from studies.web.edit import WIDEST, Edit, adjustable, edited
from studies.web.link import PLACE
from studies.web.made import Made
from studies.web.track import track

MOST_MONTHS = 120

LONGEST = 8_000
"""Characters of a query that are read."""

_KEYS = ("s", "pair", "only", "months")
_STRATEGY = "strategy."


@dataclass(frozen=True)
class State:
    """Scenario by name, and what differs from it; None: as the scenario says.

    faults: what of the link that it was read from is not so.
    """

    name: str
    pair: tuple[str, str] | None = None
    strategies: tuple[str, ...] | None = None
    horizon: int | None = None
    edits: Mapping[str, Edit] = field(default_factory=dict)
    made: Mapping[str, Made] = field(default_factory=dict)
    faults: tuple[Fault, ...] = field(default=(), compare=False)

    def with_edit(self, key: str, edit: Edit) -> State:
        """The same with another edit of one input; an edit of nothing is forgotten."""
        edits = {name: other for name, other in self.edits.items() if name != key}
        if edit:
            edits[key] = edit
        return replace(self, edits=edits)

    def query(self) -> str:
        """The part of a link behind the question mark."""
        parts = [("s", self.name)]
        parts += [(_STRATEGY + name, one.compact()) for name, one in sorted(self.made.items())]
        if self.pair:
            parts.append(("pair", "-".join(self.pair)))
        if self.strategies:
            parts.append(("only", "-".join(self.strategies)))
        if self.horizon:
            parts.append(("months", str(self.horizon)))
        parts += [(key, _compact(edit)) for key, edit in sorted(self.edits.items())]
        return "&".join(f"{quote(key, safe=':')}={quote(value, safe='~')}" for key, value in parts)


def read(
    query: str, names: Sequence[str], default: str, scenario: Callable[[str], Scenario], carried: str = ""
) -> State:
    """The state of a link, with what of it could not be taken.

    names: of the scenarios that there are; default: of that of a link without one; scenario: gives one by its name;
    carried: of the one in the link, which stands for any that is not there. Nothing of a link is taken whose scenario
    is not there.
    """
    if len(query) > LONGEST:
        problem = f"has {len(query):,} characters; nothing of it is applied"
        return State(default, faults=(Fault("", problem, f"at most {LONGEST:,}", file=PLACE),))
    asked = named(query)
    name = (carried or default) if asked is None else asked
    name = name if name in names else carried
    if not name:
        shown = text.clean(asked or "", 60)
        problem = f"'{shown}' is not on this server, nor is it in the link; nothing of the link is applied"
        hint = "open the scenario's file, or ask for the whole link"
        return State(default, faults=(Fault("s", problem, hint=hint, file=PLACE),))
    reading = _Reading(query, scenario(name))
    state = State(name, reading.pair(), reading.only(), reading.months(), reading.edits(), reading.made)
    return replace(state, faults=tuple(reading.faults))


def named(query: str) -> str | None:
    """The scenario that a link names; None where it names none."""
    return next((value for key, value in parse_qsl(query, keep_blank_values=True) if key == "s"), None)


class _Reading:
    """The parts of a link, each read strictly; what is not taken as it stands is left in `faults`."""

    def __init__(self, query: str, base: Scenario) -> None:
        self.faults: list[Fault] = []
        self.values: dict[str, str] = {}
        pairs = parse_qsl(query, keep_blank_values=True)
        for key, value in pairs:
            if key.startswith(_STRATEGY) and self.values.setdefault(key, value) != value:
                self._left_out(key, "given twice; the first counts")
        self.made = self._made(base)
        self.scenario = making.applied(base, self.made)
        known = (*_KEYS, *self.scenario.inputs)
        for key, value in pairs:
            if key.startswith(_STRATEGY):
                continue
            if key in self.scenario.expressions:
                made_of = ", ".join(self.scenario.expressions[key].calculation.names)
                self._left_out(key, "is made of others, and follows them", text.clean(made_of, 80))
            elif key not in known:
                self._left_out(key, "unknown", hint=did_you_mean(key[:80], known))
            elif self.values.setdefault(key, value) != value:
                self._left_out(key, "given twice; the first counts")

    def _made(self, base: Scenario) -> dict[str, Made]:
        """`strategy.rag_2=rag~model.small`, each that the scenario can have together with those before it."""
        made: dict[str, Made] = {}
        for key in [key for key in self.values if key.startswith(_STRATEGY)]:
            one = making.read(self.values[key])
            if one is None:
                self._not_taken(key, "STRATEGY~PART.CHOICE, as in rag~model.small")
                continue
            try:
                making.applied(base, {**made, key.removeprefix(_STRATEGY): one})
            except UserError as error:
                self.faults += [replace(fault, key=text.clean(key, 60), file=PLACE) for fault in error.faults]
                continue
            made[key.removeprefix(_STRATEGY)] = one
        return made

    def pair(self) -> tuple[str, str] | None:
        """`pair=a-b`."""
        names = self._names("pair")
        if names is None:
            return None
        every = self.scenario.definitions
        if len(names) != 2 or names[0] == names[1] or not set(names) <= set(every):
            self._not_taken("pair", f"two different ones of {', '.join(every)}, as in rag-hybrid")
            return None
        return names[0], names[1]

    def only(self) -> tuple[str, ...] | None:
        """`only=a-b-c`."""
        names = self._names("only")
        if names is None:
            return None
        every = self.scenario.definitions
        known = tuple(name for name in every if name in names)
        if set(known) != set(names) or not 2 <= len(known) <= MOST:
            self._not_taken("only", f"two or more of {', '.join(every)}, as in rag-hybrid")
            return None
        return known

    def months(self) -> int | None:
        """`months=24`."""
        if "months" not in self.values:
            return None
        value = self.values["months"]
        allowed = f"a whole number from 1 to {MOST_MONTHS}"
        if not (value.isascii() and value.isdigit() and len(value) < 5):
            self._not_taken("months", allowed)
            return None
        held = min(max(int(value), 1), MOST_MONTHS)
        if held != int(value):
            self._left_out("months", f"found {int(value)}, held to {held}", allowed)
        return held

    def edits(self) -> dict[str, Edit]:
        """`price.input=2.5~0.3`."""
        edits = {key: self._edit(key) for key in self.values if key in self.scenario.inputs}
        return {key: edit for key, edit in edits.items() if edit}

    def _edit(self, key: str) -> Edit:
        median, tilde, spread = self.values[key].partition("~")
        middle, wide = _number(median), _number(spread)
        if (middle is None and bool(median or not tilde)) or (wide is None and bool(tilde)):
            self._not_taken(key, "MEDIAN, MEDIAN~SPREAD or ~SPREAD in numbers, as in 2.5~0.3")
        if wide is None:
            return Edit(middle)
        held = min(max(wide, 0.0), WIDEST)
        if held != wide:
            self._left_out(key, f"found a spread of {wide:g}, held to {held:g}", f"0 to {WIDEST:g}")
        return Edit(middle, held)

    def _names(self, key: str) -> list[str] | None:
        return self.values[key].split("-") if key in self.values else None

    def _not_taken(self, key: str, allowed: str) -> None:
        self._left_out(key, f"found '{text.clean(self.values[key], 60)}', not taken", allowed)

    def _left_out(self, key: str, problem: str, allowed: str = "", hint: str = "") -> None:
        self.faults.append(Fault(text.clean(key, 60), problem, allowed, hint, file=PLACE))


def _compact(edit: Edit) -> str:
    median = "" if edit.median is None else f"{edit.median:.12g}"
    return median + ("" if edit.spread == 1.0 else f"~{edit.spread:.12g}")


def _number(written: str) -> float | None:
    try:
        number = float(written)
    except ValueError:
        return None
    return number if math.isfinite(number) and len(written) < 30 else None


@dataclass(frozen=True)
class Page:
    """A state over its scenario: what is simulated."""

    base: Scenario
    state: State

    @cached_property
    def shaped(self) -> Scenario:
        """The scenario with the strategies of the state, and its values as they were: what sliders begin at.

        Raises UserError where a strategy cannot be.
        """
        return making.applied(self.base, self.state.made)

    def item(self, key: str) -> Input:
        """What an input is, for its sliders; of one that may be anything, and is positive, no less than 0."""
        item = self.shaped.known[key]
        if item.support == Support() and key in self.shaped.inputs:
            distribution = self.shaped.inputs[key]
            least = distribution.value if distribution.certain else distribution.support()[0]
            if least >= 0.0:
                return replace(item, support=Support(lower=0.0))
        return item

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario with the strategies, the edits, the pair and the months of the state.

        Medians are held to what their sliders offer where the ends are of the input itself. Raises UserError where it
        cannot be.
        """
        base, state = self.shaped, self.state
        pair = state.pair or base.compare
        chosen = {*(state.strategies or (*base.strategies, *state.made)), *pair}
        together = tuple(name for name in base.definitions if name in chosen)
        problem = making.too_many(len(together))
        if problem:
            raise UserError(Fault("study.strategies", problem))
        horizon = state.horizon or base.horizon
        values = {}
        for key, edit in state.edits.items():
            item, distribution = self.item(key), base.inputs[key]
            median = None if edit.median is None else track(item, distribution).held(edit.median)
            values[key] = edited(item, distribution, replace(edit, median=median))
        changed = replace(base, compare=pair, strategies=together, horizon=horizon)
        return changed.with_values(values) if values else changed

    @property
    def held(self) -> tuple[Fault, ...]:
        """What of the edits is not so in the scenario: medians that the input, or its form, cannot have."""
        return tuple(fault for key, edit in self.state.edits.items() if (fault := self._held(key, edit)))

    def _held(self, key: str, edit: Edit) -> Fault | None:
        item, before, after = self.item(key), self.shaped.inputs[key], self.scenario.inputs[key]
        if not adjustable(before) and (edit.median is not None or edit.spread > 0.0):
            return Fault(key, "is read from a data file; its median and spread stay as they are", file=PLACE)
        taken = after.median()
        if edit.median is None or math.isclose(taken, edit.median, rel_tol=1e-6, abs_tol=1e-12):
            return None
        slider = track(item, before)
        narrower = slider.held(edit.median) != edit.median and math.isfinite(slider.low + slider.high)
        allowed = f"{slider.low:g} to {slider.high:g}" if narrower else str(item.support)
        return Fault(key, f"found a median of {edit.median:g}, held to {taken:g}", allowed, file=PLACE)
