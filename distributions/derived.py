"""Values that are made of others: `{ expression = "price.input * price.output_ratio" }` in place of a distribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from distributions import provenance
from distributions.errors import Fault, UserError, did_you_mean
from distributions.expression import FUNCTIONS, Calculation, parse
from distributions.parameters import described
from distributions.provenance import Provenance
from distributions.text import clean

EXPRESSION = "expression"
"""In place of a form: the key of a calculation over other inputs."""

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Derived:
    """A value made of others. Equal where what was asked for is equal.

    spec
        As given; read again it gives the same.
    calculation
        What it says, over names of inputs.
    provenance
        Where it comes from, who answers for it, and until when.
    place
        Where it stands in its file, for what is wrong with it in the company of others.
    """

    spec: Any
    calculation: Calculation = field(compare=False, repr=False)
    provenance: Provenance = field(default_factory=Provenance)
    place: Path = field(default=(), compare=False, repr=False)
    note: str = ""

    @property
    def source(self) -> str | None:
        """Where it comes from; None where not said."""
        return self.provenance.source


def is_expression(value: object) -> bool:
    """Whether a value as given says that it is made of others."""
    return isinstance(value, Mapping) and EXPRESSION in value


def derived(table: Mapping[Any, Any], place: Path = ()) -> Derived:
    """What a table with an expression says.

    Raises UserError with every fault; their keys are relative to the table.
    """
    allowed = (EXPRESSION, *provenance.KEYS)
    faults = [
        Fault(
            clean(str(key), 40),
            "unknown key beside expression",
            ", ".join(allowed),
            did_you_mean(str(key), allowed),
        )
        for key in table
        if key not in allowed
    ]
    origin, wrong = provenance.read(table)
    faults += wrong
    text = table[EXPRESSION]
    if not isinstance(text, str):
        hint = 'written in quotes, as in { expression = "price.input * 4" }'
        raise UserError(*faults, Fault(EXPRESSION, described(text), "a calculation as a text", hint))
    try:
        calculation = parse(text, FUNCTIONS)
    except UserError as error:
        raise UserError(*faults, *error.within(EXPRESSION).faults) from None
    if faults:
        raise UserError(*faults)
    return Derived({EXPRESSION: text.strip(), **provenance.plain(table)}, calculation, origin, place)


def json_schema() -> dict[str, Any]:
    """JSON Schema of such a table."""
    words = {"source": "where it comes from", "owner": "who answers for it", "as_of": "its date"}
    words["expires"] = "until when to trust it"
    return {
        "type": "object",
        "properties": {
            EXPRESSION: {
                "type": "string",
                "maxLength": 500,
                "description": "of other inputs: + - * / **, min max exp log sqrt ceil floor, pick(i, a, b, …)",
            },
            **{key: {"description": what} for key, what in words.items()},
        },
        "required": [EXPRESSION],
        "additionalProperties": False,
    }
