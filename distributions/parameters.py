"""The parameters of a form: how they are declared, checked and reported, and how one of several sets is chosen.

A form's file declares each set of parameters as a `Parameters` model (pydantic, strict) with the distribution it stands
for. Which set is meant follows from the keys that are there. This module alone turns what pydantic finds wrong
into `Fault`s.
"""

from __future__ import annotations

import difflib
import math
import numbers
import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple, TypeVar

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from distributions.distribution import Distribution
from distributions.errors import Fault, UserError, did_you_mean
from distributions.movement import Move, Table
from distributions.support import Support
from distributions.text import clean

PLAIN_NUMBER = "for a value without spread give a plain number"
_PERCENTILE = re.compile(r"p(\d+(?:_\d+)?)")
UNCERTAIN_VALUE = "#/$defs/uncertain_value"
"""Where the JSON Schema of one uncertain value stands."""

MET = 1e-9
"""Largest error with which a fitted distribution may miss a percentile it was given, a share of it or of all their
spread."""


class Built(NamedTuple):
    """A distribution with a remark for the reader of a run: what was fitted, or put right."""

    distribution: Distribution
    note: str = ""


@dataclass(frozen=True)
class Setting:
    """What a form may need to know beyond its own parameters.

    support
        The range that the value has to keep to, in the value's own unit.
    folder
        Where data files lie; None: the current folder.
    part
        Builds a nested value (of a mixture): (value, its key) -> its distribution, in the value's own unit.
    """

    support: Support
    folder: Path | None
    part: Callable[[object, str], Built]


def described(value: object) -> str:
    """What was found, as it would be typed, with its type where that is the point: 'found "3.0", a text'."""
    if isinstance(value, bool | np.bool_):
        return f"found {str(value).lower()}, a boolean"
    if isinstance(value, str):
        return f'found "{clean(value, 40)}", a text' if value.strip() else "found an empty text"
    if isinstance(value, Mapping):
        return "found a table" if value else "found an empty table"
    if isinstance(value, Sequence | np.ndarray):
        return f"found an array of {len(value)}"
    if isinstance(value, int) and abs(value) >= 10**20:
        return f"found a number of {int(math.log10(abs(value))) + 1} digits"
    if isinstance(value, numbers.Real):
        return f"found {value}"
    if value is None:
        return "found nothing"
    return f"found {clean(str(value), 40)}, a {type(value).__name__}"


def number_fault(value: object) -> tuple[str, str, str] | None:
    """What keeps a value from being a finite number: problem, allowed, hint. None where it is one."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        hint = ""
        if isinstance(value, str) and re.fullmatch(r"\s*[-+]?[\d.]+(e[-+]?\d+)?\s*", value, re.IGNORECASE):
            hint = f"without quotes: {value.strip()}"
        return described(value), "a number", hint
    try:
        finite = math.isfinite(float(value))
    except OverflowError:
        finite = False
    return None if finite else (described(value), "a finite number", "")


def _fault(problem: str, allowed: str = "", hint: str = "") -> PydanticCustomError:
    return PydanticCustomError("fault", "{problem}", {"problem": problem, "allowed": allowed, "hint": hint})


def _number(value: object) -> float:
    wrong = number_fault(value)
    if wrong:
        raise _fault(*wrong)
    return float(value)  # type: ignore[arg-type]


def _spread(value: object) -> float:
    spread = _number(value)
    if spread <= 0:
        raise _fault(f"found {spread:g}", "> 0", PLAIN_NUMBER if spread == 0 else "")
    return spread


def _array(value: object) -> object:
    if isinstance(value, tuple | np.ndarray):
        return list(value)
    if not isinstance(value, list):
        raise _fault(described(value), "an array")
    return value


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise _fault(described(value), "a text")
    if not value.strip():
        raise _fault("found an empty text")
    return value


Number = Annotated[float, BeforeValidator(_number)]
"""Any finite number; a boolean is none."""
Positive = Annotated[float, BeforeValidator(_number), Field(gt=0)]
Weight = Annotated[float, BeforeValidator(_number), Field(ge=0)]
Spread = Annotated[float, BeforeValidator(_spread), Field(json_schema_extra={"exclusiveMinimum": 0})]
"""A number above 0 that says how wide a distribution is."""
AsList = BeforeValidator(_array)
"""Marks a list that may also be given as a tuple or a numpy array."""
Text = Annotated[str, BeforeValidator(_text), Field(min_length=1)]


class Parameters(BaseModel):
    """One set of parameters of a form. Unknown parameters, booleans for numbers and NaN are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @classmethod
    def claims(cls, key: str) -> bool:
        """Whether a key belongs to this set."""
        return key in cls.model_fields

    @classmethod
    def summary(cls) -> str:
        """The set in words: "min, mode, max, [shape]"."""
        return ", ".join(
            key if field.is_required() else f"[{key}]" for key, field in cls.model_fields.items()
        )

    @classmethod
    def near_misses(cls) -> Iterable[str]:
        """Names to suggest for a misspelt key."""
        return cls.model_fields

    @abstractmethod
    def build(self, setting: Setting) -> Built:
        """The distribution that these parameters stand for.

        Raises:
            UserError: they contradict each other; keys of the faults are relative to the form.
        """

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """JSON Schema of the set."""
        return cls.model_json_schema()

    def dump(self) -> dict[str, Any]:
        """The parameters as plain, JSON-able values."""
        return self.model_dump(exclude_none=True)


class Level(NamedTuple):
    """A percentile as given: its key ("p2_5"), the probability (0.025) and the value."""

    key: str
    probability: float
    value: float


class Percentiles(Parameters, extra="allow"):
    """Values at levels `pNN` (p05, p50) or `p2_5` (2.5 %), as many as `least` to `most`."""

    __pydantic_extra__: dict[str, Number] = Field(init=False)
    least: ClassVar[int] = 2
    most: ClassVar[int] = 2

    @classmethod
    def claims(cls, key: str) -> bool:
        """As `Parameters.claims`."""
        return _PERCENTILE.fullmatch(key) is not None

    @classmethod
    def summary(cls) -> str:
        """As `Parameters.summary`."""
        return "two percentiles (p10, p90)" if cls.most == 2 else "percentiles (p05, p50, p95, …)"

    @classmethod
    def near_misses(cls) -> Iterable[str]:
        """As `Parameters.near_misses`."""
        return ("p05", "p10", "p25", "p50", "p75", "p90", "p95", "p2_5", "p97_5")

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Percentile keys by their pattern."""
        return {
            "type": "object",
            "patternProperties": {r"^p\d{1,2}(_\d+)?$": {"type": "number"}},
            "additionalProperties": False,
            "minProperties": cls.least,
            "maxProperties": cls.most,
        }

    def levels(self) -> list[Level]:
        """The percentiles by rising level.

        Raises:
            UserError: too few or too many, a level not between 0 and 100, one given twice, values that do not rise.
        """
        given = self.__pydantic_extra__ or {}
        levels = sorted(
            (Level(key, float(key[1:].replace("_", ".")) / 100, value) for key, value in given.items()),
            key=lambda level: level.probability,
        )
        faults = [
            Fault(
                level.key,
                f"found the level {100 * level.probability:g} %",
                "percentiles above 0 and below 100",
            )
            for level in levels
            if not 0 < level.probability < 1
        ]
        if not self.least <= len(levels) <= self.most:
            counted = f"found {len(levels)}: {', '.join(level.key for level in levels)}"
            if self.most == 2:
                faults.append(Fault("", counted, "two percentiles", "more fit the form quantiles"))
            else:
                faults.append(Fault("", counted, f"{self.least} to {self.most} percentiles"))
        for low, high in pairwise(levels):
            if low.probability == high.probability:
                faults.append(Fault(high.key, f"the same level as {low.key}"))
            elif high.value <= low.value:
                relation = "equals" if high.value == low.value else "is below"
                faults.append(
                    Fault(
                        high.key,
                        f"found {high.value:.6g}, which {relation} {low.key} = {low.value:.6g}",
                        f"values that rise with the level: {low.key} < {high.key}",
                        PLAIN_NUMBER if high.value == low.value else "",
                    )
                )
        if faults:
            raise UserError(*faults)
        return levels


def check_percentiles(
    distribution: Distribution, levels: Iterable[Level], scale: Callable[[float], Any] = lambda value: value
) -> None:
    """Hold a fitted distribution to the percentiles it was fitted to, on the scale of the fit (a logarithm, say).

    Raises:
        UserError: one is missed by more than 1e-9 of its size and of the spread of all.
    """
    percentiles = list(levels)
    wanted = [float(scale(level.value)) for level in percentiles]
    spread = max(wanted) - min(wanted)
    faults = [
        Fault(level.key, f"the fit gives {met:.10g} where {level.value:.10g} was asked for")
        for level, value in zip(percentiles, wanted, strict=True)
        for met in [float(distribution.ppf(level.probability))]
        if not abs(scale(met) - value) <= MET * max(abs(value), spread)
    ]
    if faults:
        raise UserError(*faults)


def rising(*named: tuple[str, float]) -> None:
    """Refuse bounds that do not rise from one to the next; inner ones may equal their neighbour, the ends differ.

    Raises:
        UserError: min > max, mode outside, or min = max.
    """
    first, last = named[0], named[-1]
    if first[1] == last[1]:
        raise UserError(Fault("", f"{first[0]} = {last[0]} = {first[1]:g}", hint=PLAIN_NUMBER))
    for low, high in pairwise(named):
        if low[1] > high[1]:
            order = " ≤ ".join(name for name, _ in named)
            raise UserError(Fault(low[0], f"{low[0]} = {low[1]:g} is above {high[0]} = {high[1]:g}", order))


L = TypeVar("L", bound=Distribution)


def _no_part(value: object, key: str) -> Built:
    raise TypeError("this form has no nested values")


@dataclass(frozen=True)
class Form:
    """One form of an uncertain value.

    name
        As written in a scenario.
    alternatives
        The sets of parameters that it takes; the keys that are given say which is meant.
    takes_bounds
        True where the distribution itself keeps to the bounds of its `Setting`, `min` and `max` beside the form
        included; elsewhere these cut the finished distribution.
    moved
        (parameters, what a slider does) -> the parameters of this form afterwards, or a number where no spread is left.
        None: the form has no sliders.
    keeps_ends
        Whether a move leaves the ends of the distribution where they are, so that the median stays between them.
    reads_file
        Whether the distribution depends on a file beside the table's own words.
    logarithmic
        Whether `min` and `max` beside the form are moved on the logarithmic scale, as the form is.
    """

    name: str
    alternatives: tuple[type[Parameters], ...]
    takes_bounds: bool = False
    moved: Callable[[Table, Move], dict[str, Any] | float] | None = None
    keeps_ends: bool = False
    logarithmic: bool = False
    reads_file: bool = False

    def read(self, given: object) -> Parameters:
        """The parameters of a table, checked.

        Raises:
            UserError: every fault found; keys are relative to the form.
        """
        if not isinstance(given, Mapping):
            raise UserError(Fault("", described(given), f"a table: {self._summaries()}"))
        claimed = [{key for key in given if option.claims(key)} for option in self.alternatives]
        known = [key for key in given if any(key in keys for keys in claimed)]
        faults = [self._unknown(str(key)) for key in given if key not in known]
        chosen = self._chosen(claimed, known, faults)
        if chosen is None:
            raise UserError(*faults)
        try:
            parameters = chosen.model_validate({key: given[key] for key in known})
        except ValidationError as error:
            raise UserError(*faults, *(_translated(item, chosen) for item in error.errors())) from None
        if faults:
            raise UserError(*faults)
        return parameters

    def distribution(self, given: object, kind: type[L]) -> L:
        """The distribution of a table without bounds beside it or nested values; it is of this kind."""
        built = self.read(given).build(Setting(Support(), None, _no_part)).distribution
        assert isinstance(built, kind)
        return built

    def _chosen(
        self, claimed: list[set[str]], known: list[str], faults: list[Fault]
    ) -> type[Parameters] | None:
        """The set whose own keys are there; None, with a fault, where that is no set or several."""
        if len(self.alternatives) == 1:
            return self.alternatives[0]
        everywhere = set.intersection(*claimed)
        meant = [option for option, keys in zip(self.alternatives, claimed, strict=True) if keys - everywhere]
        if len(meant) == 1:
            return meant[0]
        if meant:
            names = ", ".join(known)
            faults.append(
                Fault(
                    "", f"found {names}, of more than one way to say it", f"only one of: {self._summaries()}"
                )
            )
        elif not faults:
            faults.append(Fault("", "parameters are missing", self._summaries()))
        return None

    def _unknown(self, key: str) -> Fault:
        names = [name for option in self.alternatives for name in option.near_misses()]
        return Fault(clean(key, 40), "unknown parameter", self._summaries(), did_you_mean(key, names))

    def _summaries(self) -> str:
        return " or ".join(option.summary() for option in self.alternatives)

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema of the table of parameters."""
        schemas = [option.json_schema() for option in self.alternatives]
        return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


_BOUNDS = {
    "greater_than": (">", "gt"),
    "greater_than_equal": ("≥", "ge"),
    "less_than": ("<", "lt"),
    "less_than_equal": ("≤", "le"),
}


def _translated(error: Any, model: type[Parameters]) -> Fault:
    """One thing that pydantic found wrong."""
    path, kind, context = error["loc"], error["type"], error.get("ctx", {})
    key = ".".join(str(part) for part in path)
    if kind == "missing":
        above = ".".join(str(part) for part in path[:-1])
        return Fault(above, f"'{path[-1]}' is missing", model.summary())
    if kind == "fault":
        return Fault(key, context["problem"], context["allowed"], context["hint"])
    if kind in _BOUNDS:
        sign, name = _BOUNDS[kind]
        return Fault(key, f"found {error['input']:g}", f"{sign} {context[name]:g}")
    if kind == "too_short":
        return Fault(key, f"found an array of {context['actual_length']}", f"{context['min_length']} or more")
    return Fault(key, f"{described(error['input'])}: {error['msg'].lower()}")


def nearest(word: str, known: Iterable[str]) -> str:
    """The nearest three of the known words for a hint, or ""."""
    near = difflib.get_close_matches(word.lower(), list(known), n=3, cutoff=0.6)
    return f"did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
