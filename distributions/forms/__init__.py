"""The forms of an uncertain value: one file each, independent of each other, read when first asked for.

To add a form, write its file with a `FORM` and name it here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from distributions.parameters import UNCERTAIN_VALUE, Form

FORMS: dict[str, str] = {
    "uniform": "distributions.forms.uniform",
    "triangular": "distributions.forms.triangular",
    "pert": "distributions.forms.pert",
    "normal": "distributions.forms.normal",
    "lognormal": "distributions.forms.lognormal",
    "beta": "distributions.forms.beta",
    "gamma": "distributions.forms.gamma",
    "quantiles": "distributions.forms.metalog",
    "discrete": "distributions.forms.discrete",
    "data": "distributions.forms.data",
    "mixture": "distributions.forms.mixture",
    "scipy": "distributions.forms.scipy_family",
}
"""Form by its name in a scenario -> the module that has it as `FORM`."""


def form(name: str) -> Form:
    """A form by its name."""
    loaded: Form = import_module(FORMS[name]).FORM
    return loaded


def form_of(spec: Mapping[str, Any]) -> Form:
    """The form of a table that has one."""
    return form(next(key for key in spec if key in FORMS))


def forms_in(spec: Any) -> Iterator[Form]:
    """The form of a value and, of a mixture, those of its parts; none of a plain number."""
    if isinstance(spec, Mapping):
        yield from (form(key) for key, inner in spec.items() if key in FORMS and isinstance(inner, Mapping))
        spec = list(spec.values())
    if isinstance(spec, list | tuple):
        for inner in spec:
            yield from forms_in(inner)


def json_schema() -> dict[str, Any]:
    """JSON Schema of one uncertain value: a number, or a table with exactly one form and what may stand beside it."""
    beside: dict[str, Any] = {
        "source": {"type": "string", "description": "where the figure comes from"},
        "unit": {"type": "string", "description": "converted to the input's own unit, such as USD/day"},
        "min": {"type": "number", "description": "the distribution is cut off below"},
        "max": {"type": "number", "description": "the distribution is cut off above"},
    }
    whose = {"owner": "who answers for the figure", "as_of": "its date", "expires": "until when to trust it"}
    beside |= {key: {"description": what} for key, what in whose.items()}
    beside_value = ("source", "unit", "owner", "as_of", "expires")
    certain = {
        "type": "object",
        "properties": {"value": {"type": "number"}, **{key: beside[key] for key in beside_value}},
        "required": ["value"],
        "additionalProperties": False,
    }
    table = {
        "type": "object",
        "properties": {**{name: form(name).json_schema() for name in FORMS}, **beside},
        "oneOf": [{"required": [name]} for name in FORMS],
        "additionalProperties": False,
    }
    return {
        "$defs": {"uncertain_value": {"anyOf": [{"type": "number"}, certain, table]}},
        "$ref": UNCERTAIN_VALUE,
    }
