"""`[market]` of a scenario: prices and rates looked up, not typed. What is given under [inputs] wins."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from distributions.errors import UserError
from distributions.inputs import registry
from distributions.parameters import described
from distributions.provenance import date
from distributions.spec import Marginal, marginal
from sim.scenario_faults import Faults, near
from sim.text_file import visible
from sim.toml_lines import KeyPath

KEYS = {
    "model": "text",
    "tuned_model": "text",
    "embedding_model": "text",
    "provider": "text",
    "prices_on": "date",
    "gpu": "text",
    "gpu_market": "text",
    "model_size_b": "number",
    "method": "text",
    "examples": "number",
    "prices_from": "text",
}
"""What the table may hold. prices_from is written by a run: the package and version that it looked prices up in."""

NEEDS = {
    "provider": ("model", "tuned_model", "embedding_model"),
    "gpu_market": ("gpu",),
    "method": ("model_size_b",),
    "examples": ("model_size_b",),
}
"""Keys that say nothing without one of these."""

Value = tuple[Any, str]
"""An input's value as in a scenario file, and its source."""


@dataclass
class Market:
    """What was looked up.

    inputs: by key, with sources. record: the table as it was read, defaults and the package's version filled in.
    """

    inputs: dict[str, Marginal] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)


def read(table: Any, faults: Faults, broken: Container[KeyPath], given: Container[str]) -> Market:
    """Look up what the table asks for, but for the inputs that are given; faults are left in `faults`.

    A lookup all of whose inputs are given is not made: a scenario as it was run reads again without the package's
    having changed under it.
    """
    found = Market()
    if not isinstance(table, Mapping):
        faults.add(("market",), described(table), allowed="a table: [market]")
        return found
    asked = _checked(table, faults, broken)
    if asked is None:
        return found
    for keys, inputs, look_up in _LOOKUPS:
        if not all(key in asked for key in keys) or all(name in given for name in inputs):
            continue
        try:
            values = look_up(asked)
        except UserError as error:
            for fault in error.faults:
                # The lookups call what they were given by their own names.
                key = fault.key if fault.key in asked and fault.key != "model" else keys[0]
                faults.add(("market", key), fault.problem, allowed=fault.allowed, hint=fault.hint)
            continue
        for name, (value, source) in values.items():
            if name not in given:
                item = registry()[name]
                told = {**(value if isinstance(value, Mapping) else {"value": value}), "source": source}
                found.inputs[name] = marginal(told, key=name, unit=item.unit, support=item.support)
    for key, value in asked.items():
        found.record[key] = value.isoformat() if isinstance(value, datetime.date) else value
    return found


def _checked(table: Mapping[str, Any], faults: Faults, broken: Container[KeyPath]) -> dict[str, Any] | None:
    """The table's values, each of its kind; None after a fault."""
    asked: dict[str, Any] = {}
    good = True
    for key, value in table.items():
        path = ("market", key)
        if path in broken:
            good = False
        elif key not in KEYS:
            faults.add(path, "unknown key", allowed=", ".join(KEYS), hint=near(key, KEYS))
            good = False
        elif key == "prices_on":
            day = date(value)
            if day is None:
                shown = f"found {visible(repr(value), 40)}" if isinstance(value, str) else described(value)
                faults.add(path, shown, allowed="a date, such as 2026-11-01")
                good = False
            else:
                asked[key] = day
        elif KEYS[key] == "number":
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not (number and value > 0):
                shown = f"found {value!r}" if number else described(value)
                faults.add(path, shown, allowed="a number above 0")
                good = False
            else:
                asked[key] = float(value)
        elif not isinstance(value, str) or not value.strip():
            faults.add(path, described(value), allowed="a name")
            good = False
        else:
            asked[key] = value.strip()
    for key, others in NEEDS.items():
        if key in table and not any(other in table for other in others):
            faults.add(
                ("market", key), "says nothing by itself", allowed=f"together with {' or '.join(others)}"
            )
            good = False
    if not good:
        return None
    if any(key in asked for key in NEEDS["provider"]):
        # Not today: the same scenario and versions give the same numbers on any day.
        asked.setdefault("prices_on", _latest())
        asked.setdefault("prices_from", _package())
    if "gpu" in asked:
        asked.setdefault("gpu_market", "on_demand")
    if "model_size_b" in asked:
        asked.setdefault("method", "lora")
    return asked


def _latest() -> datetime.date:
    from distributions.market.token_prices import latest

    return latest()


def _package() -> str:
    from distributions.market.token_prices import PACKAGE, version

    return f"{PACKAGE} {version()}"


def _model(asked: Mapping[str, Any]) -> dict[str, Value]:
    from distributions.market.token_prices import look_up

    prices = look_up(asked["model"], asked["prices_on"], asked.get("provider"))
    found: dict[str, Value] = {}
    for name, price in (("price.input", prices.input), ("price.output", prices.output)):
        if price is not None:
            found[name] = (price, prices.source)
    if prices.input:
        read_price, write_price = prices.cache_read, prices.cache_write
        plain = f"{prices.source}: no price of its own, so that of a plain token"
        found["cache.read_multiplier"] = (
            (min(read_price / prices.input, 1.0), prices.source) if read_price is not None else (1.0, plain)
        )
        found["cache.write_multiplier"] = (
            (max(write_price / prices.input, 1.0), prices.source) if write_price is not None else (1.0, plain)
        )
    return found


def _tuned_model(asked: Mapping[str, Any]) -> dict[str, Value]:
    from distributions.market.token_prices import look_up, tuned

    base = look_up(
        asked["tuned_model"], asked["prices_on"], asked.get("provider") if "model" not in asked else None
    )
    found: dict[str, Value] = {}
    for name, price in (("price.tuned_input", base.input), ("price.tuned_output", base.output)):
        if price is not None:
            found[name] = (price, base.source)
    dearer = tuned(base)
    if dearer is not None and dearer.input and dearer.output and base.input and base.output:
        on_input, on_output = dearer.input / base.input, dearer.output / base.output
        if abs(on_input / on_output - 1.0) < 0.01:
            found["price.tuned_premium"] = (on_input - 1.0, dearer.source)
        else:  # one premium cannot say both
            found["price.tuned_input"] = (dearer.input, dearer.source)
            found["price.tuned_output"] = (dearer.output, dearer.source)
            found["price.tuned_premium"] = (0.0, f"{dearer.source}: in the prices")
    return found


def _embedding_model(asked: Mapping[str, Any]) -> dict[str, Value]:
    from distributions.market.token_prices import look_up

    prices = look_up(asked["embedding_model"], asked["prices_on"])
    return {} if prices.input is None else {"price.embedding": (prices.input, prices.source)}


def _gpu(asked: Mapping[str, Any]) -> dict[str, Value]:
    from distributions.market.gpu_rates import rates

    found = rates(asked["gpu"], asked["gpu_market"])
    return {"gpu.hourly_rate": (found.value, found.description)}


def _training(asked: Mapping[str, Any]) -> dict[str, Value]:
    from distributions.market import training

    size = asked["model_size_b"]
    return {
        "tune.gpu_hours_per_run": training.gpu_hours(size, asked["method"], asked.get("examples")),
        "serve.tokens_per_second": training.tokens_per_second(size),
    }


Lookup = Callable[[Mapping[str, Any]], dict[str, Value]]

_LOOKUPS: tuple[tuple[tuple[str, ...], tuple[str, ...], Lookup], ...] = (
    (("model",), ("price.input", "price.output", "cache.read_multiplier", "cache.write_multiplier"), _model),
    (("tuned_model",), ("price.tuned_input", "price.tuned_output", "price.tuned_premium"), _tuned_model),
    (("embedding_model",), ("price.embedding",), _embedding_model),
    (("gpu",), ("gpu.hourly_rate",), _gpu),
    (("model_size_b",), ("tune.gpu_hours_per_run", "serve.tokens_per_second"), _training),
)
"""Keys that a lookup needs, the first being what it is about; the inputs that it fills; and the lookup."""
