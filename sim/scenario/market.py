"""`[market]` of a scenario: prices and rates looked up, not typed. What is given under [inputs] wins."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from distributions.errors import UserError
from distributions.inputs import registry
from distributions.market.gpu_rates import MARKETS
from distributions.market.training import METHODS
from distributions.spec import Marginal, marginal
from distributions.support import Support
from distributions.tables.declaration import Needs, Tables, declare
from distributions.tables.faults import Faults
from distributions.tables.kinds import choice, date, number, text
from sim.scenario import price_changes
from sim.scenario.price_changes import PriceChange

if TYPE_CHECKING:
    from distributions.market.token_prices import TokenPrices

MODELS = ("model", "small_model", "embedding_model")
"""Keys whose prices are looked up in the package."""

_ABOVE_ZERO = number(Support(0.0, lower_open=True))
_NAME = text("a name")


@dataclass(frozen=True)
class MarketTable:
    """Prices and rates looked up, not typed; what is given under inputs wins."""

    model: str | None = declare(_NAME, "the model that is prompted, as its maker names it", None)
    small_model: str | None = declare(_NAME, "the model that is tuned", None)
    embedding_model: str | None = declare(_NAME, "the model that embeds documents", None)
    provider: str | None = declare(_NAME, "where the models are bought. Default: of their makers", None)
    prices_on: datetime.date | None = declare(date(), "the day of the prices. Default: today", None)
    gpu: str | None = declare(_NAME, "the accelerator that is rented", None)
    gpu_market: str | None = declare(choice(MARKETS), "where it is rented. Default: on_demand", None)
    model_size_b: float | None = declare(_ABOVE_ZERO, "billions of parameters of the tuned model", None)
    method: str | None = declare(choice(METHODS), "how it is tuned. Default: lora", None)
    examples: float | None = declare(_ABOVE_ZERO, "of a training run", None)
    prices_from: str | None = declare(
        _NAME, "written by a run: the package and version that it looked prices up in", None
    )
    change: tuple[PriceChange | None, ...] | None = declare(
        Tables(PriceChange), "Prices that are known to change; looked up where none is given.", None
    )

    RULES: ClassVar = (
        Needs("provider", MODELS),
        Needs("gpu_market", ("gpu",)),
        Needs("method", ("model_size_b",)),
        Needs("examples", ("model_size_b",)),
    )


Value = tuple[Any, str]
"""An input's value as in a scenario file, and its source."""

Lookup = Callable[[Mapping[str, Any]], dict[str, Value]]


@dataclass
class Market:
    """What was looked up.

    inputs: by key, with sources. record: the table as it was read, defaults and the package's version filled in.
    changes: what is known to change after the date of the prices; those that the table gives, where it gives any.
    """

    inputs: dict[str, Marginal] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    changes: tuple[PriceChange, ...] = ()


def look_up(table: MarketTable, order: Iterable[str], faults: Faults, given: Container[str]) -> Market:
    """Look up what the table asks for, but for the inputs that are given; faults are left in `faults`.

    A lookup all of whose inputs are given is not made: a scenario as it was run reads again without the package's
    having changed under it.

    Args:
        table: as it was read.
        order: of its keys in the file.
        faults: as above.
        given: keys of inputs.
    """
    market = Market()
    request = _completed({key: value for key in order if (value := getattr(table, key, None)) is not None})
    changes = request.pop("change", None)
    if changes is not None:
        changes = price_changes.distinct(changes, ("market", "change"), faults)
    later: list[PriceChange] = []
    for keys, inputs, lookup in LOOKUPS:
        if not all(key in request for key in keys) or all(name in given for name in inputs):
            continue
        try:
            values = lookup(request)
        except UserError as error:
            for fault in error.faults:
                # The lookups call what they were given by their own names.
                key = fault.key if fault.key in request and fault.key != "model" else keys[0]
                faults.add(("market", key), fault.problem, allowed=fault.allowed, hint=fault.hint)
            continue
        for name, (value, source) in values.items():
            if name not in given:
                item = registry()[name]
                spec = {**(value if isinstance(value, Mapping) else {"value": value}), "source": source}
                market.inputs[name] = marginal(spec, key=name, unit=item.unit, support=item.support)
        if keys[0] in MODELS and changes is None:
            later += _changes(
                lookup, request, {key: value for key, value in values.items() if key not in given}
            )
    market.changes = price_changes.in_order(later) if changes is None else changes
    for key, value in request.items():
        market.record[key] = value.isoformat() if isinstance(value, datetime.date) else value
    return market


def _changes(lookup: Lookup, request: Mapping[str, Any], values: Mapping[str, Value]) -> list[PriceChange]:
    """How looked-up prices change after their date, as far as the package knows."""
    from distributions.market.token_prices import days_of_change

    changes: list[PriceChange] = []
    on = request["prices_on"]
    now = {name: value for name, (value, _) in values.items()}
    for day in days_of_change(on):
        try:
            then = lookup({**request, "prices_on": day})
        except UserError:  # no price per token any more, or none yet
            continue
        month = month_of(day, on)
        for name, (setup, _) in values.items():
            value, source = then.get(name, (now[name], ""))
            change = price_changes.change(month, name, now[name], value, source, setup=setup)
            if change is not None:
                now[name] = value
                changes = [other for other in changes if (other.month, other.input) != (month, name)]
                changes += [change] if month <= price_changes.LAST_MONTH else []
    return changes


def month_of(day: datetime.date, setup: datetime.date) -> int:
    """The month of operation that a day is in: month 1 is the calendar month after that of the setup."""
    return max(12 * (day.year - setup.year) + day.month - setup.month, 1)


def _completed(request: dict[str, Any]) -> dict[str, Any]:
    """With what holds where the table does not say it."""
    if any(key in request for key in MODELS):
        # A run writes the day into its scenario, which then gives the same numbers on any other.
        request.setdefault("prices_on", datetime.date.today())
        request.setdefault("prices_from", _package())
    if "gpu" in request:
        request.setdefault("gpu_market", "on_demand")
    if "model_size_b" in request:
        request.setdefault("method", "lora")
    return request


def _package() -> str:
    from distributions.market.token_prices import PACKAGE, version

    return f"{PACKAGE} {version()}"


def _listed(request: Mapping[str, Any], key: str) -> TokenPrices:
    """The prices of one of `MODELS`, at the provider that is asked for.

    The first of the models has to be sold there. Another is looked up by its maker where it is not.
    """
    from distributions.market.token_prices import look_up, sells

    provider = request.get("provider")
    first = next(name for name in MODELS if name in request)
    if provider is not None and key != first and not sells(provider, request[key]):
        provider = None
    return look_up(request[key], request["prices_on"], provider)


def _model(request: Mapping[str, Any]) -> dict[str, Value]:
    prices = _listed(request, "model")
    values: dict[str, Value] = {}
    for name, price in (("price.input", prices.input), ("price.output", prices.output)):
        if price is not None:
            values[name] = (price, prices.source)
    if prices.input:
        read_price, write_price = prices.cache_read, prices.cache_write
        plain = f"{prices.source}: no price of its own, so that of a plain token"
        values["cache.read_multiplier"] = (
            (min(read_price / prices.input, 1.0), prices.source) if read_price is not None else (1.0, plain)
        )
        values["cache.write_multiplier"] = (
            (max(write_price / prices.input, 1.0), prices.source) if write_price is not None else (1.0, plain)
        )
    return values


def _small_model(request: Mapping[str, Any]) -> dict[str, Value]:
    from distributions.market.token_prices import tuned

    base = _listed(request, "small_model")
    values: dict[str, Value] = {}
    for name, price in (("price.small_input", base.input), ("price.small_output", base.output)):
        if price is not None:
            values[name] = (price, base.source)
    dearer = tuned(base)
    if dearer is not None and dearer.input and dearer.output and base.input and base.output:
        on_input, on_output = dearer.input / base.input, dearer.output / base.output
        if abs(on_input / on_output - 1.0) < 0.01:
            values["price.tuned_premium"] = (on_input - 1.0, dearer.source)
        else:  # one premium cannot say both
            values["price.small_input"] = (dearer.input, dearer.source)
            values["price.small_output"] = (dearer.output, dearer.source)
            values["price.tuned_premium"] = (0.0, f"{dearer.source}: in the prices")
    return values


def _embedding_model(request: Mapping[str, Any]) -> dict[str, Value]:
    prices = _listed(request, "embedding_model")
    return {} if prices.input is None else {"price.embedding": (prices.input, prices.source)}


def _gpu(request: Mapping[str, Any]) -> dict[str, Value]:
    from distributions.market.gpu_rates import rates

    rate = rates(request["gpu"], request["gpu_market"])
    return {"gpu.hourly_rate": (rate.value, rate.description)}


def _training(request: Mapping[str, Any]) -> dict[str, Value]:
    from distributions.market import training

    size = request["model_size_b"]
    return {
        "tune.gpu_hours_per_run": training.gpu_hours(size, request["method"], request.get("examples")),
        "serve.tokens_per_second": training.tokens_per_second(size),
    }


LOOKUPS: tuple[tuple[tuple[str, ...], tuple[str, ...], Lookup], ...] = (
    (("model",), ("price.input", "price.output", "cache.read_multiplier", "cache.write_multiplier"), _model),
    (("small_model",), ("price.small_input", "price.small_output", "price.tuned_premium"), _small_model),
    (("embedding_model",), ("price.embedding",), _embedding_model),
    (("gpu",), ("gpu.hourly_rate",), _gpu),
    (("model_size_b",), ("tune.gpu_hours_per_run", "serve.tokens_per_second"), _training),
)
"""The registry of lookups: keys that one needs, the first being what it is about; inputs that it fills; the lookup."""
