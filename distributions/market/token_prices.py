"""List prices of models on a date, from the package genai-prices: offline, its base tier, never its network update."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any

from distributions.errors import Fault, UserError, did_you_mean

PACKAGE = "genai-prices"
PER_MILLION = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok")


@dataclass(frozen=True)
class TokenPrices:
    """What a provider lists for a model on a date; USD per million tokens, None where it lists no price.

    cache_read, cache_write: of a token read from the prompt cache, and of one written to it.
    """

    provider: str
    model: str
    on: datetime.date
    input: float | None
    output: float | None
    cache_read: float | None
    cache_write: float | None

    @property
    def source(self) -> str:
        """Where the prices come from, as an input's source says it."""
        return f"{PACKAGE} {version()}: {self.provider} {self.model} on {self.on.isoformat()}"


def version() -> str:
    """Of the package, which is the date of its prices."""
    return metadata.version(PACKAGE)


@cache
def _providers() -> dict[str, Any]:
    from genai_prices import data_snapshot

    return {provider.id: provider for provider in data_snapshot.get_snapshot().providers}


def _ids(providers: Iterable[Any]) -> list[str]:
    return [model.id for provider in providers for model in provider.models]


def look_up(model: str, on: datetime.date, provider: str | None = None) -> TokenPrices:
    """The prices of a model, by its provider's name for it, on a date.

    Without a provider, that of the model's maker, as the package knows it, or the only one that has it.

    Raises UserError, with keys "model" and "provider", for one that is not known, a model that several sell and none
    makes, or one without a price for tokens.
    """
    known = _providers()
    if provider is not None and provider not in known:
        raise UserError(
            Fault(
                "provider",
                f"unknown provider '{provider:.60}'",
                ", ".join(sorted(known)),
                did_you_mean(provider, known),
            )
        )
    seller, listed = _find(model, provider)
    noon = datetime.datetime.combine(on, datetime.time(12), tzinfo=datetime.UTC)
    prices = listed.get_prices(noon)
    values = {name: _base(getattr(prices, name, None)) for name in PER_MILLION}
    if values["input_mtok"] is None and values["output_mtok"] is None:
        raise UserError(Fault("model", f"{seller.id} {listed.id} has no price per token on {on.isoformat()}"))
    return TokenPrices(seller.id, listed.id, on, *values.values())


def sells(provider: str, model: str) -> bool:
    """Whether the package has a provider, and the model among those that it sells."""
    if provider not in _providers():
        return False
    try:
        _find(model, provider)
    except UserError:
        return False
    return True


def sold_as(model: str, provider: str | None = None) -> tuple[str, str]:
    """The provider of a model, and its name in the package; what is given where the package does not know it."""
    for seller in dict.fromkeys((provider, None)):
        try:
            vendor, listed = _find(model, seller)
        except (UserError, KeyError):
            continue
        return str(vendor.id), str(listed.id)
    return provider or "", model


@cache
def _days() -> tuple[datetime.date, ...]:
    return tuple(
        sorted(
            {
                price.constraint.start_date
                for provider in _providers().values()
                for model in provider.models
                if isinstance(model.prices, list)
                for price in model.prices
                if hasattr(price.constraint, "start_date")
            }
        )
    )


def days_of_change(after: datetime.date) -> tuple[datetime.date, ...]:
    """The days after a date on which some price of the package changes, in order."""
    return tuple(day for day in _days() if day > after)


def tuned(base: TokenPrices) -> TokenPrices | None:
    """What the provider lists for a tuned model on this base, or None where the package has no such price."""
    name = f"ft:{base.model}"
    models = {model.id for model in _providers()[base.provider].models}
    return look_up(name, base.on, base.provider) if name in models else None


def _base(price: Any) -> float | None:
    """The price of the first token: of tiers by context length, the lowest."""
    value = getattr(price, "base", price)
    return None if value is None else float(value)


def _find(model: str, provider: str | None) -> tuple[Any, Any]:
    from genai_prices import data_snapshot

    known = _providers()
    sellers = [known[provider]] if provider is not None else list(known.values())
    exact = [(seller, listed) for seller in sellers for listed in seller.models if listed.id == model]
    if len(exact) == 1:
        return exact[0]
    seller: Any = None
    listed: Any = None
    with suppress(LookupError):
        seller, listed = data_snapshot.get_snapshot().find_provider_model(model, None, provider, None)
    # Its rules also take names that merely begin like a model's; a slip is better told than priced.
    if listed is not None and (
        listed.id == model or model.startswith((f"{listed.id}-", f"{listed.id}:", f"{listed.id}@"))
    ):
        return seller, listed
    if exact:
        names = ", ".join(sorted(seller.id for seller, _ in exact))
        raise UserError(Fault("model", f"'{model:.80}' is sold by several", f"provider = one of {names}"))
    where = f" at {provider}" if provider else ""
    raise UserError(
        Fault("model", f"unknown model '{model:.80}'{where}", "", did_you_mean(model, _ids(sellers)))
    )
