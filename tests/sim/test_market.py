"""Prices looked up: those of the package on the date, what is given wins, and a run's scenario reads again."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from distributions.errors import UserError
from distributions.inputs import registry
from distributions.market import gpu_rates, token_prices, training
from distributions.spec import marginal
from sim import Scenario
from studies.cli import main


def _scenario(market: dict[str, Any], **inputs: Any) -> Scenario:
    return Scenario.from_dict(
        {"study": {"compare": ["tuned_hosted", "rag"]}, "market": market, "inputs": inputs}
    )


def _listed(provider: str, model: str, on: str) -> Any:
    """The package's own prices, found without our code."""
    from genai_prices.data import providers

    (seller,) = [item for item in providers if item.id == provider]
    (found,) = [item for item in seller.models if item.id == model]
    return found.get_prices(datetime.datetime.fromisoformat(f"{on}T12:00:00+00:00"))


def _base(price: Any) -> float:
    return float(price if isinstance(price, Decimal) else price.base)


@pytest.mark.parametrize(
    ("model", "provider"),
    [("claude-sonnet-4-5", "anthropic"), ("gpt-4o", "openai"), ("claude-opus-4-6", "anthropic")],
)
@pytest.mark.parametrize("on", ["2026-02-01", "2026-11-01"])
def test_prices_are_the_packages_on_that_date(model: str, provider: str, on: str) -> None:
    listed = _listed(provider, model, on)
    found = _scenario({"model": model, "prices_on": on})
    plain = _base(listed.input_mtok)
    assert found.inputs["price.input"].value == plain
    assert found.inputs["price.output"].value == _base(listed.output_mtok)
    assert found.inputs["cache.read_multiplier"].value == pytest.approx(_base(listed.cache_read_mtok) / plain)
    written = 1.0 if listed.cache_write_mtok is None else _base(listed.cache_write_mtok) / plain
    assert found.inputs["cache.write_multiplier"].value == pytest.approx(written)
    assert f"{provider} {model} on {on}" in (found.inputs["price.input"].source or "")
    assert not {"price.input", "cache.write_multiplier"} & set(found.defaulted)
    assert found.market == {
        "model": model,
        "prices_on": on,
        "prices_from": f"genai-prices {token_prices.version()}",
    }


def test_a_tuned_model_has_its_base_prices_and_its_premium() -> None:
    base, dearer = (_listed("openai", name, "2026-11-01") for name in ("gpt-4o-mini", "ft:gpt-4o-mini"))
    found = _scenario({"tuned_model": "gpt-4o-mini", "prices_on": "2026-11-01"}).inputs
    assert found["price.tuned_input"].value == float(base.input_mtok)
    assert found["price.tuned_output"].value == float(base.output_mtok)
    premium = 1 + found["price.tuned_premium"].value
    assert premium == pytest.approx(float(dearer.input_mtok) / float(base.input_mtok))
    assert premium == pytest.approx(float(dearer.output_mtok) / float(base.output_mtok))
    unlisted = _scenario({"tuned_model": "claude-sonnet-4-5", "prices_on": "2026-11-01"})
    assert "price.tuned_premium" in unlisted.defaulted


def test_without_a_date_prices_are_the_latest_that_the_package_knows() -> None:
    from genai_prices.data import providers

    found = _scenario({"model": "gpt-4o"}).market["prices_on"]
    days = [
        price.constraint.start_date.isoformat()
        for seller in providers
        for model in seller.models
        for price in (model.prices if isinstance(model.prices, list) else [])
        if type(price.constraint).__name__ == "StartDateConstraint"
    ]
    assert found == max(days)
    assert _scenario({"gpu": "h100"}).market == {"gpu": "h100", "gpu_market": "on_demand"}


def test_what_is_given_wins_and_is_not_looked_up() -> None:
    market = {"model": "gpt-4o", "prices_on": "2026-11-01", "gpu": "h100", "gpu_market": "spot"}
    found = _scenario(market, price={"input": 9.0}, gpu={"hourly_rate": 1.0})
    assert found.inputs["price.input"].value == 9.0
    assert found.inputs["price.output"].value != 9.0
    assert found.inputs["gpu.hourly_rate"].value == 1.0
    # all of it given: a model that the package no longer has is no fault
    old = {"input": 1.0, "output": 2.0}
    cache = {"read_multiplier": 0.5, "write_multiplier": 1.0}
    assert _scenario({"model": "forgotten-1"}, price=old, cache=cache).market["model"] == "forgotten-1"


def test_a_gpus_rates_are_those_of_the_table() -> None:
    rates = gpu_rates.rates("H100", "spot")
    found = _scenario({"gpu": "h-100", "gpu_market": "spot"}).inputs["gpu.hourly_rate"]
    assert [float(found.ppf(q)) for q in (0.1, 0.5, 0.9)] == pytest.approx([rates.p10, rates.p50, rates.p90])
    assert found.support()[0] == 0.0
    assert f"{rates.offers} offers" in (found.source or "")
    assert "placeholders" in (found.source or "")
    assert _scenario({"gpu": "h100"}).market["gpu_market"] == "on_demand"
    assert float(_scenario({"gpu": "h100"}).inputs["gpu.hourly_rate"].median()) > 2 * rates.p50


def test_every_row_of_the_table_is_a_distribution_near_its_offers() -> None:
    for row in gpu_rates._document()["rates"]:
        rates = gpu_rates.rates(row["accelerator"], row["market"])
        law = marginal(rates.value, support=registry()["gpu.hourly_rate"].support)
        assert rates.least <= rates.p10 < rates.p50 < rates.p90 <= rates.greatest
        assert float(law.mean()) == pytest.approx(rates.p50, rel=0.35)
        # the Kolmogorov-Smirnov bound at 0.1 % for so many offers
        assert rates.ks < 1.95 / rates.offers**0.5


def _offer(price: float, kind: str = "on_demand", cloud: str = "aws", instance: str = "p5") -> dict[str, str]:
    return {
        "cloud": cloud, "region": "r", "instance": instance, "accelerator": "X1", "kind": kind,
        "per_gpu_usd_per_hour": str(price),
    }  # fmt: skip


def test_offers_are_summarised_by_market_and_placeholders_counted() -> None:
    offers = [_offer(price, instance=f"i{k}") for k, price in enumerate((8.0, 9.0, 10.0, 11.0, 12.0))]
    offers += [
        _offer(price, "spot", instance=f"i{k} (zone)") for k, price in enumerate((2.0, 2.5, 3.0, 3.5, 4.0))
    ]
    offers += [_offer(8.0, "spot", instance="i0 (zone-b)"), _offer(0.9, "spot", instance="i1 (zone-b)")]
    offers += [_offer(price, cloud="small") for price in (1.0, 2.0, 3.0)]
    found = {row.market: row for row in gpu_rates.summarise(offers)}
    assert set(found) == {"on_demand", "spot"}
    assert (found["on_demand"].p10, found["on_demand"].p50, found["on_demand"].p90) == (8.4, 10.0, 11.6)
    assert (found["spot"].offers, found["spot"].left_out) == (5, 2)
    # five points at the even quantiles of a law are at most a fifth of a step away from it, and no less than a tenth
    assert 0.1 <= found["on_demand"].ks <= 0.2


@pytest.mark.parametrize("price", ["-1", "0", "nan", "cheap"])
def test_an_offer_without_a_price_is_named(price: str) -> None:
    with pytest.raises(UserError, match="row 2"):
        gpu_rates.summarise([{**_offer(1.0), "per_gpu_usd_per_hour": price}])


def test_training_between_two_sizes_follows_a_power() -> None:
    small, large = (training.gpu_hours(size)[0]["lognormal"] for size in (7, 70))
    middle, source = training.gpu_hours((7 * 70) ** 0.5)
    assert middle["lognormal"]["p10"] == pytest.approx((small["p10"] * large["p10"]) ** 0.5, rel=0.01)
    assert "log-log" in source
    assert training.gpu_hours(7, "full")[0]["lognormal"]["p90"] == pytest.approx(6 * small["p90"])
    assert training.gpu_hours(7, examples=20_000)[0]["lognormal"]["p10"] == pytest.approx(2 * small["p10"])
    assert (
        training.tokens_per_second(70)[0]["lognormal"]["p90"]
        < training.tokens_per_second(7)[0]["lognormal"]["p10"]
    )


def test_a_runs_scenario_reads_again_to_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bot.toml"
    path.write_text(
        '[market]\nmodel = "gpt-4o"\ntuned_model = "gpt-4o-mini"\nprices_on = 2026-11-01\n'
        'gpu = "l40s"\nmodel_size_b = 13\n'
    )
    assert (
        main(["run", str(path), "--draws", "4096", "--no-figures", "--json", "--out", str(tmp_path / "run")])
        == 0
    )
    record = json.loads(capsys.readouterr().out)
    assert record["market"]["prices_on"] == "2026-11-01"
    assert record["market"]["gpu_market"] == "on_demand"
    again = Scenario.load(tmp_path / "run" / "scenario.toml")
    assert again == Scenario.load(path)
    assert again.market == Scenario.load(path).market
