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
from distributions.market.endings import NEW_TUNING, SERVICE, TUNING, announced
from distributions.spec import marginal
from sim import Scenario
from sim.scenario.market_notes import notes
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
    found = _scenario({"small_model": "gpt-4o-mini", "prices_on": "2026-11-01"}).inputs
    assert found["price.small_input"].value == float(base.input_mtok)
    assert found["price.small_output"].value == float(base.output_mtok)
    premium = 1 + found["price.tuned_premium"].value
    assert premium == pytest.approx(float(dearer.input_mtok) / float(base.input_mtok))
    assert premium == pytest.approx(float(dearer.output_mtok) / float(base.output_mtok))
    unlisted = _scenario({"small_model": "claude-sonnet-4-5", "prices_on": "2026-11-01"})
    assert "price.tuned_premium" in unlisted.defaulted


def test_without_a_date_prices_are_todays() -> None:
    today = datetime.date.today()
    found = _scenario({"model": "gpt-4o"})
    # once more, lest midnight has struck in between
    assert found.market["prices_on"] in {today.isoformat(), datetime.date.today().isoformat()}
    assert found.inputs["price.input"].value == _base(_listed("openai", "gpt-4o", str(today)).input_mtok)
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
        distribution = marginal(rates.value, support=registry()["gpu.hourly_rate"].support)
        assert rates.least <= rates.p10 < rates.p50 < rates.p90 <= rates.greatest
        assert float(distribution.mean()) == pytest.approx(rates.p50, rel=0.35)
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
    # five points at the even quantiles of a distribution are at most a fifth of a step away from it, and no less than
    # a tenth
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


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_a_runs_scenario_reads_again_to_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bot.toml"
    path.write_text(
        '[market]\nmodel = "gpt-4o"\nsmall_model = "gpt-4o-mini"\nprices_on = 2026-11-01\n'
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


def test_an_embedding_model_is_looked_up_at_the_provider() -> None:
    found = _scenario(
        {"embedding_model": "text-embedding-3-small", "provider": "openai", "prices_on": "2026-11-01"}
    )
    assert found.inputs["price.embedding"].value == 0.02
    assert "openai text-embedding-3-small" in (found.inputs["price.embedding"].source or "")


def test_a_provider_counts_for_every_model_that_it_sells() -> None:
    market = {"model": "gpt-4o", "embedding_model": "text-embedding-3-small", "prices_on": "2026-11-01"}
    for provider in ("openai", "azure"):
        found = _scenario({**market, "provider": provider}).inputs
        assert f"{provider} gpt-4o" in (found["price.input"].source or "")
        assert f"{provider} text-embedding-3-small" in (found["price.embedding"].source or "")
    # one that it does not sell is its maker's
    other = _scenario({"model": "claude-sonnet-4-6", "small_model": "gpt-4o-mini", "provider": "anthropic",
                       "prices_on": "2026-11-01"}).inputs  # fmt: skip
    assert "openai gpt-4o-mini" in (other["price.small_input"].source or "")
    # the first has to be sold there
    with pytest.raises(UserError, match="unknown model 'gpt-4o' at anthropic"):
        _scenario({"model": "gpt-4o", "provider": "anthropic", "prices_on": "2026-11-01"})


def test_what_is_not_listed_is_said() -> None:
    tuned = notes(_scenario({"small_model": "mistral-large-latest", "prices_on": "2026-11-01"}))
    (said,) = [note for note in tuned if "price.tuned_premium" in note]
    assert "no fine-tuned price of mistral-large-latest" in said
    assert "stays at its default" in said
    listed = notes(_scenario({"small_model": "gpt-4o-mini", "prices_on": "2026-11-01"}))
    assert not [note for note in listed if "price.tuned_premium" in note]
    # a model with a price of what it reads alone
    half = notes(
        _scenario({"model": "text-embedding-3-small", "provider": "openai", "prices_on": "2026-11-01"})
    )
    assert [note for note in half if "price.output" in note and "default" in note]


def _known(model: str) -> bool:
    try:
        _scenario({"model": model, "prices_on": "2026-11-27"})
    except UserError:
        return False
    return True


LISTED = pytest.mark.skipif(
    not _known("gemini-3.8-flash"),
    reason="the lowest version of the prices that is allowed is older than the models",
)


@LISTED
@pytest.mark.parametrize(
    ("market", "horizon", "said", "silent"),
    [
        ({"small_model": "gpt-4o-mini"}, 12, ["2026-05-07", "2027-01-06", "2027-01-14, in month 2"], []),
        ({"small_model": "gpt-4o-mini"}, 1, ["2026-05-07"], ["2027-01-06", "2027-01-14"]),
        ({"model": "gpt-4o"}, 12, ["2027-01-14"], ["2026-05-07", "2027-01-06"]),
        ({"model": "gpt-4o-2024-05-13"}, 12, ["2026-10-23, before setup"], ["2027-01-14"]),
        ({"model": "gpt-4o", "provider": "azure"}, 12, [], ["2027-01-14"]),
        ({"small_model": "command-r", "provider": "cohere"}, 12, ["2025-09-15"], []),
        ({"model": "gemini-3.8-flash"}, 12, [], ["ends gemini"]),
    ],
)
def test_what_ends_within_the_horizon_is_said_with_date_and_source(
    market: dict[str, Any], horizon: int, said: list[str], silent: list[str]
) -> None:
    table = {**market, "prices_on": "2026-11-27"}
    text = "\n".join(notes(Scenario.from_dict({"study": {"horizon_months": horizon}, "market": table})))
    for part in said:
        (line,) = [line for line in text.splitlines() if part in line]
        assert "https://" in line
    for part in silent:
        assert part not in text


def test_endings_are_dated_and_sourced() -> None:
    for ending in announced():
        assert ending.ends in (SERVICE, TUNING, NEW_TUNING)
        assert ending.source.startswith("https://")
        assert datetime.date(2024, 1, 1) < ending.on < datetime.date(2030, 1, 1)
        assert ending.models or ending.ends != SERVICE


@pytest.mark.slow
@LISTED
@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("command", ["check", "run", "advise"])
def test_the_commands_say_what_is_to_be_known_of_prices(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bot.toml"
    path.write_text(
        '[market]\nmodel = "gemini-3.8-flash"\nsmall_model = "gpt-4.1-mini"\nprices_on = 2026-11-27\n'
    )
    more = {
        "check": [],
        "advise": ["--draws", "1024"],
        "run": ["--draws", "1024", "--no-figures", "--out", str(tmp_path / "run")],
    }[command]
    assert main([command, str(path), *more]) == 0
    shown = capsys.readouterr().out
    assert "price.input changes from 0.75 to 1.5" in shown
    assert "openai ends gpt-4.1-mini on 2027-01-14, in month 2 of 12" in shown
    if command == "run":
        page = (tmp_path / "run" / "report.html").read_text()
        assert "openai ends gpt-4.1-mini on 2027-01-14" in page
        again = Scenario.load(tmp_path / "run" / "scenario.toml")
        assert again == Scenario.load(path)
        assert again.price_changes == Scenario.load(path).price_changes
    record = json.loads(_json(capsys, [command, str(path), *more[:2], "--json"], tmp_path))
    assert any("2027-01-14" in note for note in record["market_notes"])


def _json(capsys: pytest.CaptureFixture[str], arguments: list[str], folder: Path) -> str:
    if arguments[0] == "run":
        arguments += ["--no-figures", "--out", str(folder / "again")]
    assert main(arguments) == 0
    return capsys.readouterr().out
