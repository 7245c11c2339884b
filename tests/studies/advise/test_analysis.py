"""Requirements rule strategies out by sourced rules; the recommendation is the least regret of the rest."""

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from distributions.inputs import documents
from sim import Mean, Probability
from sim.model.strategies import REGISTRY
from sim.scenario.eligibility import leanings, rules
from sim.scenario.requirements import REQUIREMENTS
from studies.advise.analysis import Eligibility, advise, eligibility, median_latency

STRATEGIES = ["prompt", "rag", "tuned_hosted", "tuned_self_hosted", "hybrid"]
LATENCY = {"prompt": 540.0, "rag": 600.0, "tuned_hosted": 200.0, "tuned_self_hosted": 200.0, "hybrid": 340.0}
NOTHING = Eligibility({}, {})


def ruled_out(**requirements: object) -> set[str]:
    return set(eligibility(requirements, LATENCY).excluded)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_is_whole_and_sourced(rule: Any) -> None:
    requirement = REQUIREMENTS[rule.requirement]
    assert rule.effect in ("exclude", "warn")
    assert bool(rule.when.text) != rule.exceeded_by_latency  # that rule falls on whatever is too slow
    fallen = [name for name, strategy in REGISTRY.items() if rule.when.holds(strategy.parts.flags())]
    assert fallen
    assert rule.exceeded_by_latency or len(fallen) < len(REGISTRY)
    assert rule.document in documents()
    number = rule.below is not None or rule.exceeded_by_latency
    assert number == (requirement.kind.schema().get("type") == "number")
    assert [
        rule.equals is not None,
        bool(rule.any_of),
        rule.below is not None,
        rule.exceeded_by_latency,
    ].count(True) == 1
    for value in (*rule.any_of, *([rule.equals] if rule.equals is not None else [])):
        assert requirement.kind.convert(value) is not None
    assert set(rule.contradicts) <= {other.id for other in rules()}


@pytest.mark.parametrize("leaning", leanings(), ids=lambda leaning: leaning.says)
def test_advice_by_volume_is_whole_and_sourced(leaning: Any) -> None:
    assert leaning.towards
    assert set(leaning.towards) <= set(STRATEGIES)
    assert leaning.document in documents()
    assert 0 <= leaning.at_least < leaning.below


def test_rules_have_names_of_their_own_and_every_requirement_has_one() -> None:
    assert len({rule.id for rule in rules()}) == len(rules())
    assert {rule.requirement for rule in rules()} == set(REQUIREMENTS)


def test_no_requirements_rule_nothing_out() -> None:
    assert eligibility({}, LATENCY) == NOTHING
    flags = {key: False for key, item in REQUIREMENTS.items() if item.kind.schema().get("type") == "boolean"}
    assert eligibility(flags, LATENCY) == NOTHING


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        ({"citations": True}, {"prompt", "tuned_hosted", "tuned_self_hosted"}),
        ({"knowledge_changes": "hourly"}, {"prompt", "tuned_hosted", "tuned_self_hosted"}),
        ({"knowledge_changes": "daily"}, {"prompt", "tuned_hosted", "tuned_self_hosted"}),
        ({"knowledge_changes": "weekly"}, {"prompt", "tuned_hosted", "tuned_self_hosted"}),
        ({"knowledge_changes": "monthly"}, set()),
        ({"knowledge_changes": "quarterly"}, set()),
        ({"knowledge_changes": "yearly"}, set()),
        ({"per_tenant_data": True}, {"prompt", "tuned_hosted", "tuned_self_hosted"}),
        ({"data_residency": True}, {"prompt", "rag", "tuned_hosted", "hybrid"}),
        ({"max_first_token_ms": 1000}, set()),
        ({"max_first_token_ms": 600}, set()),
        ({"max_first_token_ms": 599}, {"rag"}),
        ({"max_first_token_ms": 250}, {"prompt", "rag", "hybrid"}),
        ({"max_first_token_ms": 100}, set(STRATEGIES)),
        ({"strict_format": True}, set()),
        ({"stable_persona": True}, set()),
        ({"data_residency": True, "per_tenant_data": True}, set(STRATEGIES)),
    ],
    ids=lambda value: str(sorted(value)) if isinstance(value, set) else str(value),
)
def test_what_a_requirement_rules_out(requirements: dict[str, object], expected: set[str]) -> None:
    assert ruled_out(**requirements) == expected


def test_every_reason_names_its_requirement_and_its_document() -> None:
    found = eligibility({"citations": True, "max_first_token_ms": 250}, LATENCY)
    titles = [document.title for document in documents().values()]
    reasons = []
    for side in (found.excluded, found.warnings):
        for each in side.values():
            reasons += each
    assert len(reasons) > 10
    for reason in reasons:
        assert reason.startswith(("citations: ", "max_first_token_ms: "))
        assert any(title in reason for title in titles)


def test_a_latency_exclusion_says_both_figures() -> None:
    found = eligibility({"max_first_token_ms": 250}, LATENCY)
    assert "median 600 ms against 250 ms" in found.excluded["rag"][0]


@pytest.mark.parametrize("requirement", ["strict_format", "stable_persona"])
def test_form_and_persona_warn_against_prompting(requirement: str) -> None:
    assert {"prompt", "rag"} <= set(eligibility({requirement: True}, LATENCY).warnings)


def test_documents_that_contradict_each_other_are_both_shown() -> None:
    weekly = eligibility({"knowledge_changes": "weekly"}, LATENCY)
    assert any("Aiinfox" in reason for reason in weekly.excluded["tuned_hosted"])
    assert any("Deploybase" in reason for reason in weekly.warnings["tuned_hosted"])
    assert any("Aiinfox" in one and "Deploybase" in other for one, other in weekly.contradictions)
    assert eligibility({"knowledge_changes": "daily"}, LATENCY).contradictions == ()
    assert len(eligibility({"strict_format": True}, LATENCY).contradictions) == 2


def test_latency_of_both_tuned_strategies_is_that_of_the_tuned_model() -> None:
    inputs = {
        f"latency.{name}": SimpleNamespace(median=lambda ms=ms: ms)
        for name, ms in (("prompt", 1.0), ("rag", 2.0), ("tuned", 3.0), ("hybrid", 4.0))
    }
    assert median_latency(inputs) == {
        "prompt": 1, "rag": 2, "tuned_hosted": 3, "tuned_self_hosted": 3, "hybrid": 4,
    }  # fmt: skip


def test_eligibility_needs_no_engine() -> None:
    code = (
        "import sys, studies.advise; sys.exit(bool({'sim.results.run', 'numba', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def a_run(cost: list[list[float]], queries: float = 1e5) -> Any:
    """What `advise` reads of a run, from the costs of prompt, rag and tuned_hosted by draw."""
    names = STRATEGIES[:3]
    sample = np.array(cost).T
    least = sample.min(axis=0)
    shares = ((sample == least) / (sample == least).sum(axis=0)).mean(axis=1)
    values = {"cost": sample.mean(axis=1), "regret": (sample - least).mean(axis=1)}

    def cheapest(name: str) -> Probability:
        share = float(shares[names.index(name)])
        return Probability(share, (share - 0.01, share + 0.01), 0.0)

    def mean(measure: str, name: str) -> Mean:
        value = float(values[measure][names.index(name)])
        return Mean(value, (value - 0.02, value + 0.02), mcse=0.01, sd=1.0)

    return SimpleNamespace(
        strategies=names,
        positions={name: k for k, name in enumerate(names)},
        draws=len(cost),
        sample_costs=sample,
        scenario=SimpleNamespace(
            medians={"workload.queries_per_month": queries}, labels={}, definitions=REGISTRY
        ),
        mean=mean,
        probability_cheapest=cheapest,
    )


# prompt is the cheapest more often, rag on average.
COSTS = [[10.0, 11.0, 30.0], [10.0, 11.0, 30.0], [20.0, 11.0, 5.0]]


def test_the_recommendation_is_the_least_expected_regret() -> None:
    advice = advise(a_run(COSTS), NOTHING)
    assert [standing.strategy for standing in advice.eligible] == ["rag", "prompt", "tuned_hosted"]
    assert advice.recommendation == "rag"
    assert advice.eligible[0].expected_regret == pytest.approx((1 + 1 + 6) / 3)
    assert advice.eligible[1].probability_cheapest == pytest.approx(2 / 3)
    assert advice.eligible[1].ci95 == pytest.approx((2 / 3 - 0.01, 2 / 3 + 0.01))
    assert any("Prompting is the cheapest more often (67 %)" in reason for reason in advice.reasons)


def test_what_is_excluded_is_neither_counted_nor_recommended() -> None:
    excluded = {"tuned_hosted": ["citations: …"], "hybrid": ["not in this run"]}
    advice = advise(a_run(COSTS), Eligibility(excluded, {}))
    assert [standing.strategy for standing in advice.eligible] == ["rag", "prompt"]
    assert advice.eligible[0].probability_cheapest == pytest.approx(1 / 3)
    assert advice.eligible[0].expected_regret == pytest.approx(2 / 3)
    assert advice.eligible[0].ci95 is None
    assert advice.excluded == {"tuned_hosted": ["citations: …"]}


def test_ties_share_the_first_place() -> None:
    advice = advise(a_run([[1.0, 1.0, 0.5]]), Eligibility({"tuned_hosted": ["…"]}, {}))
    assert [standing.probability_cheapest for standing in advice.eligible] == [0.5, 0.5]


def test_nothing_left_is_an_answer() -> None:
    advice = advise(a_run(COSTS), Eligibility({name: ["…"] for name in STRATEGIES}, {}))
    assert advice.recommendation is None
    assert advice.eligible == ()
    assert "no strategy" in advice.reasons[0]


def test_one_left_needs_no_comparison() -> None:
    advice = advise(a_run(COSTS), Eligibility({"prompt": ["…"], "rag": ["…"]}, {}))
    assert advice.recommendation == "tuned_hosted"
    assert advice.eligible[0].probability_cheapest == 1
    assert "only strategy" in advice.reasons[0]


def test_a_lead_within_the_noise_is_said() -> None:
    advice = advise(a_run([[10.0, 10.001, 30.0]]), NOTHING)
    assert any("less than this many draws resolve" in reason for reason in advice.reasons)


def test_published_advice_by_volume_stands_beside_the_runs_own() -> None:
    opinions = advise(a_run(COSTS, queries=1e5), NOTHING).opinions
    towards = {opinion.towards for opinion in opinions}
    assert ("rag",) in towards
    assert ("tuned_hosted", "tuned_self_hosted") in towards
    assert all(opinion.agrees == ("rag" in opinion.towards) for opinion in opinions)
    few = advise(a_run(COSTS, queries=500), NOTHING).opinions
    assert all("rag" in opinion.towards for opinion in few)
    without = Eligibility({"tuned_hosted": ["…"], "tuned_self_hosted": ["…"]}, {})
    assert any(opinion.agrees is None for opinion in advise(a_run(COSTS), without).opinions)
