"""A key that is added to a declared table is read, checked, suggested and in the schema, by that one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from jsonschema import Draft202012Validator

from distributions.errors import UserError
from distributions.support import Support
from distributions.tables.declaration import Needs, OneOf, Table, Tables, declare, file_schema, read_file
from distributions.tables.faults import Faults
from distributions.tables.kinds import choice, flag, names, number, text, whole
from distributions.tables.lines import KeyPath


@dataclass(frozen=True)
class Wheel:
    """A wheel."""

    size: int = declare(whole(10, 30), "inches")


@dataclass(frozen=True)
class Cycle:
    """What one rides."""

    maker: str = declare(text(), "who made it")
    colour: str = declare(choice(("red", "blue")), "of the frame", "red")
    gears: tuple[str, ...] = declare(names(("low", "high"), "gear", 1), "that it has", ("low",))
    wheel: tuple[Wheel, ...] = declare(Tables(Wheel), "from the front", ())
    spare: Wheel | None = declare(Table(Wheel), "carried along", None)

    def check(self, path: KeyPath, faults: Faults) -> None:
        """Has wheels of a size."""
        if len({wheel.size for wheel in self.wheel}) > 1:
            faults.add((*path, "wheel"), "differ in size", allowed="one size")


@dataclass(frozen=True)
class WithBasket(Cycle):
    """What one rides, with a key more."""

    basket: float | None = declare(number(Support(0.0, 1.0), "a share"), "how full it is", None)
    lock: bool | None = declare(flag(), "whether it locks", None)
    key: bool | None = declare(flag(), "whether that takes a key", None)

    RULES: ClassVar = (OneOf(("basket", "lock"), several=True), Needs("key", ("lock",)))


def told(record: type[Any], tables: dict[str, Any]) -> str:
    faults = Faults()
    read_file(record, tables, faults)
    with pytest.raises(UserError) as caught:
        faults.raise_any()
    return str(caught.value)


def refused(record: type[Any], tables: dict[str, Any]) -> bool:
    return not Draft202012Validator(file_schema(record, "cycle")).is_valid(tables)


def test_values_are_those_of_the_fields_and_defaults_where_left_out() -> None:
    faults = Faults()
    found = read_file(Cycle, {"maker": " Acme ", "wheel": [{"size": 28}], "gears": ["high", "low"]}, faults)
    assert found == Cycle("Acme", "red", ("high", "low"), (Wheel(28),))
    assert not faults.faults


def test_an_added_key_is_read_checked_suggested_and_in_the_schema() -> None:
    tables = {"maker": "Acme", "basket": 0.5}
    faults = Faults()
    assert read_file(WithBasket, tables, faults).basket == 0.5
    assert not refused(WithBasket, tables)
    assert "basket: unknown key; allowed: maker, colour, gears, wheel, spare" in told(Cycle, tables)
    assert refused(Cycle, tables)
    assert "found 50; allowed: a share from 0 to 1; 50 % is written 0.5" in told(
        WithBasket, {**tables, "basket": 50}
    )
    assert refused(WithBasket, {**tables, "basket": 50})
    assert "did you mean 'basket'?" in told(WithBasket, {**tables, "baskt": 0.5})
    described = file_schema(WithBasket, "cycle")["properties"]["basket"]
    assert described == {"type": "number", "minimum": 0.0, "maximum": 1.0, "description": "how full it is"}


WRONG = [
    ({}, "maker: missing; allowed: a text"),
    ({"maker": ""}, "maker: found an empty text; allowed: a text"),
    ({"maker": "A", "colour": "rad"}, "colour: found 'rad'; allowed: red, blue; did you mean 'red'?"),
    ({"maker": "A", "gears": []}, "gears: found 0 of them; allowed: at least one of low, high"),
    ({"maker": "A", "gears": ["low", "low"]}, "gears: 'low' is named twice; allowed: each once"),
    ({"maker": "A", "gears": ["lo"]}, "gears: unknown gear 'lo'"),
    ({"maker": "A", "wheel": {"size": 28}}, "wheel: found a table; allowed: [[wheel]] in double brackets"),
    ({"maker": "A", "wheel": [{"size": 9}]}, "wheel[0].size: found 9; allowed: a whole number from 10 to 30"),
    ({"maker": "A", "wheel": [28]}, "wheel[0]: found 28; allowed: a table of size"),
    ({"maker": "A", "spare": 28}, "spare: found 28; allowed: a table: [spare]"),
    ({"maker": "A", "size": 28}, "size: unknown key; allowed: maker, colour, gears, wheel, spare; it belongs under"),
]  # fmt: skip


@pytest.mark.parametrize(("tables", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_is_said_and_is_wrong_to_the_schema(tables: dict[str, Any], said: str) -> None:
    assert said in told(Cycle, tables)
    assert refused(Cycle, tables)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "has neither basket nor lock; allowed: one or more of basket and lock"),
        ({"basket": 1, "key": True}, "key: says nothing by itself; allowed: together with lock"),
    ],
)
def test_rules_hold_in_reader_and_schema(keys: dict[str, Any], said: str) -> None:
    assert said in told(WithBasket, {"maker": "A", **keys})
    assert refused(WithBasket, {"maker": "A", **keys})


def test_all_faults_come_at_once_and_a_check_only_of_a_sound_table() -> None:
    wheels = [{"size": 20}, {"size": 28}]
    assert told(Cycle, {"maker": "A", "wheel": wheels}) == "wheel: differ in size; allowed: one size"
    assert len(told(Cycle, {"maker": 3, "colour": 4, "wheel": [*wheels, {}]}).splitlines()) == 3


def test_what_is_known_as_no_value_is_told_once() -> None:
    nowhere = float("nan")
    for tables in (
        {"maker": nowhere},
        {"maker": "A", "wheel": nowhere},
        {"maker": "A", "spare": {"size": nowhere}},
    ):
        assert told(Cycle, tables).count("found nan") == 1
