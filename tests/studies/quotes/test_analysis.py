"""Quotes: ties with what they equal, draws of a run, walk-away values that are known, stresses, the command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from distributions.errors import UserError
from sim import Model, Scenario, simulate
from sim.engine.simulate import meeting_requirements
from sim.quotes.quote import Quote
from sim.scenario.stress import registered
from studies import quotes as study
from studies.cli import main
from studies.quotes import analysis
from studies.quotes.command import lines
from studies.quotes.comparison import compare
from studies.quotes.questions import questions, texts
from studies.quotes.reliability import agrees, design_points
from studies.quotes.stressed import ADVERSE, stressed
from studies.quotes.walk_away import iso_curve, safe_minimum, walk_away

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = sorted((ROOT / "studies" / "quotes").glob("*.toml"))
SUPPORT_BOT = ROOT / "studies" / "scenarios" / "support_bot.toml"
DRAWS = 1 << 14

VOLUME = {"lognormal": {"median": 1e6, "sigma": 0.4}}


def quote(tmp_path: Path, text: str, name: str = "q") -> Quote:
    path = tmp_path / f"{name}.toml"
    path.write_text(text)
    return Quote.load(path)


def scenario(**study: object) -> Scenario:
    return Scenario.from_dict(
        {"study": {"title": "t", **study}, "inputs": {"workload": {"queries_per_month": VOLUME}}}
    )


def test_a_quote_equal_to_its_baseline_ties_in_every_draw(tmp_path: Path) -> None:
    for strategy in ("rag", "tuned_self_hosted"):
        same = quote(tmp_path, f'[quote]\nvendor = "V"\nstrategy = "{strategy}"\n')
        run = compare(scenario(), [same], draws=DRAWS).run
        found = run.probability_cheaper("V", strategy)
        assert (found.estimate, found.ci95, found.ties) == (0.5, (0.5, 0.5), 1.0)


def test_quotes_meet_the_draws_of_a_run(tmp_path: Path) -> None:
    subject = scenario()
    same = quote(tmp_path, '[quote]\nvendor = "V"\nstrategy = "rag"\n')
    found = compare(subject, [same], draws=DRAWS).run
    plain = simulate(subject, draws=DRAWS)
    assert (
        found.probability_cheaper("tuned_hosted", "rag").estimate
        == plain.probability_cheaper("tuned_hosted", "rag").estimate
    )
    np.testing.assert_allclose(
        found.difference("tuned_hosted", "rag").value,
        plain.difference("tuned_hosted", "rag").value,
        rtol=1e-12,
    )


def test_line_items_add_up_to_the_mean_cost() -> None:
    subject = Scenario.load(SUPPORT_BOT)
    found = compare(subject, [Quote.load(path) for path in SHIPPED], draws=DRAWS, budget=3e5)
    for vendor, detail in found.detail.items():
        mean = found.run.mean("cost", vendor).value
        assert sum(detail.items.values()) == pytest.approx(mean, rel=1e-9)
        assert detail.over_budget is not None
        assert detail.over_budget.value == pytest.approx(_share_above(found, vendor, 3e5), abs=1e-3)


def _share_above(found: study.Comparison, vendor: str, budget: float) -> float:
    costs = found.run.sample_costs[found.run.positions[vendor]]
    return float((costs > budget).mean())


@pytest.mark.slow
def test_no_bits_hang_on_threads() -> None:
    subject, offered = Scenario.load(SUPPORT_BOT), [Quote.load(path) for path in SHIPPED[:2]]
    one, two = (compare(subject, offered, draws=20_000, threads=threads) for threads in (1, 2))
    assert one.detail == two.detail
    assert stressed(one, threads=1) == stressed(two, threads=2)


FLAT = """\
[quote]
vendor = "Flat"
strategy = "rag"
replaces = ["input tokens", "output tokens"]
[[quote.fee]]
name = "flat"
per = "month"
amount = 1000
[[quote.fee]]
name = "use"
per = "query"
amount = 0.004
"""


def certain_but_volume() -> Scenario:
    """Only the volume is uncertain, and a query costs 0.01 USD in tokens at the scenario's own prices."""
    from distributions.inputs import registry
    from sim.scenario.reader import default_marginals

    inputs: dict[str, dict[str, object]] = {}
    fixed = {
        "workload.annual_growth": 0.0, "price.annual_decline": 0.0, "cache.answer_hit_rate": 0.0,
        "cache.prompt_hit_rate": 0.0, "cache.retrieved_hit_rate": 0.0, "cache.write_multiplier": 1.0,
        "tokens.system": 0.0, "tokens.retrieved": 500.0, "tokens.question": 500.0, "tokens.output": 500.0,
        "price.input": 5.0, "price.output": 10.0, "quality.cost_per_error": 0.0,
    }  # fmt: skip
    for key, item in registry().items():
        median = default_marginals()[key].median()
        value = fixed.get(key, median)
        inputs.setdefault(item.group, {})[item.name] = int(value) if item.support.integer else value
    inputs["workload"]["queries_per_month"] = VOLUME
    return Scenario.from_dict({"study": {"title": "t", "horizon_months": 12}, "inputs": inputs})


@pytest.mark.slow
def test_walk_away_price_against_its_closed_form(tmp_path: Path) -> None:
    # cheaper where flat + use q < 0.01 q, so where q > flat / (0.01 - use); q has a median of 1e6 and sigma 0.4
    comparison = compare(certain_but_volume(), [quote(tmp_path, FLAT)], draws=DRAWS)
    (offer,) = comparison.offers
    expected = norm.sf(np.log(1000 / 0.006 / 1e6) / 0.4)
    assert comparison.run.probability_cheaper("Flat", "rag").estimate == pytest.approx(expected, abs=2e-4)
    lowest = 1e6 * np.exp(0.4 * norm.ppf(0.2))
    flat = walk_away(comparison, offer, "fee.flat", 0.8)
    assert flat.value == pytest.approx(0.006 * lowest, rel=2e-3)
    assert flat.ci95[0] is not None
    assert flat.ci95[1] is not None
    assert flat.ci95[0] <= 0.006 * lowest <= flat.ci95[1]
    use = walk_away(comparison, offer, "fee.use", 0.8)
    assert use.value == pytest.approx(0.01 - 1000 / lowest, rel=1e-3)
    both = walk_away(comparison, offer, "fees.multiple", 0.8)
    assert both.value == pytest.approx(0.01 / (1000 / lowest + 0.004), rel=1e-3)


@pytest.mark.slow
def test_iso_curve_against_its_closed_form(tmp_path: Path) -> None:
    comparison = compare(certain_but_volume(), [quote(tmp_path, FLAT)], draws=DRAWS)
    (offer,) = comparison.offers
    found = iso_curve(comparison, offer, ("fee.flat", "fee.use"), 0.8, draws=1 << 13)
    lowest = 1e6 * np.exp(0.4 * norm.ppf(0.2))
    expected = 0.01 - found.first / lowest
    there = np.isfinite(found.second)
    assert there.sum() >= 8
    np.testing.assert_allclose(found.second[there], expected[there], rtol=5e-3)


def test_the_minimum_that_can_be_signed_is_a_quantile_of_the_least_month(tmp_path: Path) -> None:
    comparison = compare(certain_but_volume(), [quote(tmp_path, FLAT)], draws=1 << 15)
    (offer,) = comparison.offers
    found = safe_minimum(comparison, offer, 0.1)
    assert found is not None
    expected = 0.004 * 1e6 * np.exp(0.4 * norm.ppf(0.1))
    assert found.value == pytest.approx(expected, rel=2e-3)
    assert found.ci95[0] <= expected <= found.ci95[1]


def test_stresses_shift_what_they_say(tmp_path: Path) -> None:
    comparison = compare(certain_but_volume(), [quote(tmp_path, FLAT)], draws=DRAWS)
    found = stressed(comparison)["Flat"]
    assert set(found) == {stress.name for stress in registered()} | {ADVERSE}
    # three times the volume: the threshold is a third as far
    expected = norm.sf(np.log(1000 / 0.006 / 3e6) / 0.4)
    assert found["volume_times_3"].probability_cheaper == pytest.approx(expected, abs=2e-4)
    third = norm.sf(np.log(1000 / 0.006 / (1e6 / 3)) / 0.4)
    assert found["volume_third"].probability_cheaper == pytest.approx(third, abs=2e-4)
    assert found["gpu_shortage"].probability_change.value == 0.0
    # a price war makes only the scenario's own tokens cheaper
    assert found["price_war"].cost_change.value == pytest.approx(0.0, abs=1e-6)
    assert found["price_war"].difference_change.value > 0.0
    assert set(found[ADVERSE].stresses) == {"volume_third", "price_war"}
    assert found[ADVERSE].probability_cheaper < third


def test_one_more_training_is_what_a_withdrawn_model_costs() -> None:
    from sim import evaluate

    (stress,) = (stress for stress in registered() if stress.name == "model_deprecated")
    subject = Scenario.load(SUPPORT_BOT)
    before = evaluate(subject)
    shifted = stress.shifted({key: np.array([value]) for key, value in before.inputs.items()})
    after = evaluate(subject, {key: float(shifted[key][0]) for key in stress.inputs})
    v = before.inputs
    people = (v["tune.curation_weeks"] + v["eval.weeks"]) * v["labor.weekly_rate"]
    training = (
        v["tune.runs"]
        * v["tune.examples"]
        * v["tune.tokens_per_example"]
        * v["tune.epochs"]
        * v["price.training"]
        / 1e6
    )
    assert after.cost["tuned_hosted"] - before.cost["tuned_hosted"] == pytest.approx(
        people + training, rel=1e-9
    )
    assert after.breakdown["tuned_hosted"]["retrains"] == pytest.approx(
        before.breakdown["tuned_hosted"]["retrains"]
    )


def test_a_scenario_adds_its_own_stress(tmp_path: Path) -> None:
    own = {"name": "peak", "times": {"workload.queries_per_month": 4}, "to": {"cache.prompt_hit_rate": 0.1}}
    subject = Scenario.from_dict({"study": {"title": "t"}, "stress": [own]})
    assert Scenario.from_dict(subject.tables()).stresses == subject.stresses
    comparison = compare(subject, [quote(tmp_path, FLAT)], draws=DRAWS)
    assert "peak" in stressed(comparison)["Flat"]
    with pytest.raises(UserError, match="names two stresses"):
        Scenario.from_dict({"study": {"title": "t"}, "stress": [{**own, "name": "price_war"}]})


@pytest.mark.slow
def test_questions_are_about_what_the_quote_leaves_open() -> None:
    subject = Scenario.load(SUPPORT_BOT)
    hosted = next(path for path in SHIPPED if path.stem == "hosted_tuning")
    comparison = compare(subject, [Quote.load(hosted)], draws=DRAWS)
    (offer,) = comparison.offers
    asked = questions(comparison, offer, 1 << 12)
    assert len(asked) == 3
    assert not {question.term for question in asked} & set(offer.quote.pins)
    # its fees stand for the tokens, so the list price of a token is no question to this vendor
    assert not {"price.small_input", "price.small_output"} & {question.term for question in asked}


def test_every_question_is_about_an_input() -> None:
    from distributions.inputs import registry

    assert set(texts()) <= set(registry())


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "old.toml"
    old.write_text(FLAT.replace("[quote]", "[quote]\nvalid_until = 2020-01-31"))
    out = tmp_path / "out"
    status = main(
        [
            "quotes",
            str(SUPPORT_BOT),
            str(SHIPPED[2]),
            str(old),
            "--draws",
            "4096",
            "--json",
            "--out",
            str(out),
            "--budget",
            "4e5",
        ]
    )
    said = capsys.readouterr()
    assert status == 0
    assert "lapsed on 2020-01-31" in said.err
    record = json.loads(said.out)
    assert record == json.loads((out / "quotes.json").read_text())
    first = record["quotes"]["Acme Tuning"]
    assert len(first["fees_by_month"]) == 13
    assert {"probability_cheaper", "cost", "stresses", "walk_away"} <= set(first)
    assert first["probability_cheaper"]["a"] == "Acme Tuning"
    assert {path.name for path in (out / "figures").glob("*.svg")} == {
        "quote_costs.svg", "quote_stresses.svg", "quote_unit_price.svg",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (["--against", "ragg"], "did you mean 'rag'"),
        (["--target", "1"], "--target"),
        (["--waste-risk", "0"], "--waste-risk"),
        (["--budget", "0"], "--budget"),
        (["--for", "fee.platfrom"], "did you mean 'fee.platform'"),
        (["--for", "fee.platform", "--for", "fee.platform"], "named twice"),
        (["nowhere.toml"], "no such file"),
    ],
)
def test_bad_input(extra: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hosted = next(str(path) for path in SHIPPED if path.stem == "hosted_tuning")
    out = tmp_path / "out"
    assert main(["quotes", str(SUPPORT_BOT), hosted, "--draws", "1024", "--out", str(out), *extra]) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


@pytest.fixture
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Points of a small model in place of a quote's own, which take longest to find and are not looked at here."""
    inputs = {key: {"normal": {"mean": 0.0, "sd": 1.0}} for key in ("price.input", "price.output")}
    small = Model(inputs, ("a", "b"), lambda v: {"a": v["price.input"], "b": v["price.output"] + 2.0})
    points = design_points(small, "a", "b")
    monkeypatch.setattr(analysis, "design_points", lambda *_: points)


@pytest.mark.slow
@pytest.mark.usefixtures("near", "small")
@pytest.mark.parametrize("quotes", [1, 2])
def test_the_cheapest_is_asked_of_all_that_is_compared(tmp_path: Path, quotes: int) -> None:
    # at ten times the price of its own strategy a quote is never the cheapest, however few quotes there are
    offered = [
        quote(
            tmp_path,
            f'[quote]\nvendor = "V{k}"\nstrategy = "rag"\n[[quote.fee]]\nname = "much"\nper = "month"\n'
            f"amount = 1e6\n",
            f"q{k}",
        )
        for k in range(quotes)
    ]
    record = study.analyse(scenario(), offered, draws=1024).to_dict()
    chances = record["probability_cheapest"]
    assert {*chances} == {"rag", "tuned_hosted", *(f"V{k}" for k in range(quotes))}
    assert sum(one["estimate"] for one in chances.values()) == pytest.approx(1.0)
    for k in range(quotes):
        assert record["quotes"][f"V{k}"]["probability_cheapest"] == chances[f"V{k}"]
        assert chances[f"V{k}"]["estimate"] == 0.0
    shown = list(lines(record))
    table = [line for line in shown if "no quote" in line]
    assert all("%" in line for line in table)
    (first,) = [line for line in shown if "without a quote with probability" in line]
    assert first.endswith(
        f"of {quotes} quote{'s' * (quotes > 1)} and 2 strategies without one it is the cheapest with 0 %"
    )


@pytest.mark.slow
@pytest.mark.usefixtures("near", "small")
def test_what_the_requirements_rule_out_is_not_asked(tmp_path: Path) -> None:
    subject = Scenario.from_dict({"study": {"title": "t"}, "requirements": {"citations": True}, "inputs": {}})
    ruled_out = meeting_requirements(subject)
    assert "tuned_hosted" not in ruled_out
    same = quote(tmp_path, '[quote]\nvendor = "V"\nstrategy = "rag"\n')
    other = quote(tmp_path, '[quote]\nvendor = "W"\nstrategy = "tuned_hosted"\n', "w")
    found = study.analyse(subject, [same, other], draws=1024).to_dict()
    chances = found["probability_cheapest"]
    assert (chances["W"], chances["tuned_hosted"]) == (None, None)
    assert (chances["V"]["estimate"], chances["rag"]["estimate"]) == (0.5, 0.5)
    assert [line for line in lines(found) if line.startswith("W") and "excluded" in line]


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_form_is_left_out_where_the_run_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = quote(tmp_path, '[quote]\nvendor = "V"\nstrategy = "rag"\n[quote.fixes]\n"price.output" = 5\n')

    def far_off(*arguments: object) -> object:
        return replace(design_points(*arguments), probability=0.999, left_out="")  # type: ignore[arg-type]

    monkeypatch.setattr(analysis, "design_points", far_off)
    found = study.analyse(scenario(), [same], draws=1024).to_dict()
    reverse = found["quotes"]["V"]["reverse_stress"]
    assert reverse["probability_sampled"]["ci95"][1] < 0.99
    assert reverse["probability_form"] is None
    assert "sampling" in reverse["form_left_out"]
    text = "\n".join(lines(found))
    assert "FORM's is left out" in text
    assert "99.9 %" not in text


def test_form_is_given_where_it_is_near_what_was_sampled() -> None:
    assert agrees(0.1, 0.09, 0.12)
    assert agrees(1e-5, 0.0, 2e-4)
    # 99.9 % where the draws say 76 %, and the other way round
    assert not agrees(0.999, 0.75, 0.77)
    assert not agrees(0.2, 0.95, 0.97)
