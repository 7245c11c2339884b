"""The registry has every input of the cost model, with a default that makes sense and names its source."""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from distributions import inputs
from distributions.inputs import ASSUMPTION, cited, documents, markdown_table, registry
from distributions.spec import marginal
from sim.scenario.reader import scenario_schema
from tests.command import Invoke
from tests.sim.neutral import NEUTRAL

NAMES = {
    "workload": "queries_per_month annual_growth active_hours calls_per_query deferrable_share",
    "tokens": "system examples tuned_system question retrieved output history reasoning",
    "cache": (
        "prompt_hit_rate retrieved_hit_rate read_multiplier write_multiplier answer_hit_rate history_hit_rate "
        "min_tokens"
    ),
    "price": (
        "input output small_input small_output tuned_premium training embedding annual_decline batch_share "
        "batch_multiplier"
    ),
    "labor": "weekly_rate",
    "prompt": "setup_weeks migration_weeks",
    "rag": (
        "setup_weeks upkeep_weeks_per_month vector_db_monthly search_price corpus_tokens "
        "monthly_refresh_share searches_per_query"
    ),
    "observability": "monthly per_query",
    "tune": (
        "curation_weeks pipeline_weeks deploy_weeks examples tokens_per_example epochs "
        "runs gpu_hours_per_run hosting_monthly share_with_retrieval base_life_months later_life_months "
        "retune_share"
    ),
    "eval": "weeks",
    "drift": "retrain_interval_months retrain_interval_retrieval_months refresh_share",
    "gpu": "hourly_rate annual_decline dedicated_rate",
    "serve": (
        "tokens_per_second target_utilisation peak_to_mean min_replicas ops_weeks_per_month gpus_per_replica "
        "hours_per_month context_tokens_per_second"
    ),
    "fallback": "rate setup_weeks auroc",
    "quality": (
        "accuracy_prompt accuracy_rag accuracy_tuned accuracy_hybrid loss_per_quarter cost_per_error "
        "gain_per_quarter"
    ),
    "latency": "prompt rag tuned hybrid",
}
CHOICES = {"tokens.reasoning", "price.batch_share", "serve.gpus_per_replica", "serve.hours_per_month"}
KEYS = [f"{group}.{name}" for group, names in NAMES.items() for name in names.split()]

SUPPORTS = {
    "workload.annual_growth": (-1, math.inf, True, False, False),
    "cache.prompt_hit_rate": (0, 1, False, False, False),
    "cache.retrieved_hit_rate": (0, 1, False, False, False),
    "cache.read_multiplier": (0, 1, False, False, False),
    "cache.write_multiplier": (1, math.inf, False, False, False),
    "cache.answer_hit_rate": (0, 1, False, False, False),
    "price.annual_decline": (-math.inf, 1, False, True, False),
    "gpu.annual_decline": (-math.inf, 1, False, True, False),
    "drift.retrain_interval_months": (0, math.inf, True, False, False),
    "drift.retrain_interval_retrieval_months": (0, math.inf, True, False, False),
    "serve.tokens_per_second": (0, math.inf, True, False, False),
    "serve.target_utilisation": (0, 1, True, False, False),
    "serve.peak_to_mean": (1, math.inf, False, False, False),
    "serve.min_replicas": (1, math.inf, False, False, True),
    "workload.deferrable_share": (0, 1, False, False, False),
    "cache.history_hit_rate": (0, 1, False, False, False),
    "price.batch_share": (0, 1, False, False, False),
    "tune.base_life_months": (0, math.inf, True, False, False),
    "tune.later_life_months": (0, math.inf, True, False, False),
    "fallback.auroc": (0.5, 1, False, True, False),
    "workload.active_hours": (0, 730, False, False, False),
    "serve.gpus_per_replica": (1, math.inf, False, False, True),
    "serve.hours_per_month": (0, 730, True, False, False),
    "serve.context_tokens_per_second": (0, math.inf, True, False, False),
    "fallback.rate": (0, 1, False, False, False),
    "quality.accuracy_prompt": (0, 1, False, False, False),
    "quality.accuracy_rag": (0, 1, False, False, False),
    "quality.accuracy_tuned": (0, 1, False, False, False),
    "quality.accuracy_hybrid": (0, 1, False, False, False),
}  # every other input is ≥ 0


def test_every_input_of_the_cost_model_is_there_and_no_other() -> None:
    assert sorted(registry()) == sorted(KEYS)
    assert len(set(KEYS)) == len(KEYS) == 84


@pytest.mark.parametrize("key", KEYS)
def test_supports_are_those_of_the_cost_model(key: str) -> None:
    support = registry()[key].support
    found = (support.lower, support.upper, support.lower_open, support.upper_open, support.integer)
    assert found == SUPPORTS.get(key, (0, math.inf, False, False, False))


@pytest.mark.parametrize("key", KEYS)
def test_defaults_lie_within_their_support_and_have_mean_and_spread(key: str) -> None:
    entry = registry()[key]
    value = marginal(entry.default, key=key, unit=entry.unit, support=entry.support)
    low, high = value.support()
    assert entry.support.lower <= low <= high <= entry.support.upper
    assert math.isfinite(value.mean())
    assert value.certain == (key == "quality.cost_per_error" or key in NEUTRAL)
    assert value.certain or 0 < value.std() < math.inf


@pytest.mark.parametrize("key", KEYS)
def test_every_input_says_what_it_means_and_where_its_default_comes_from(key: str) -> None:
    entry = registry()[key]
    assert entry.key == key == f"{entry.group}.{entry.name}"
    assert entry.meaning
    assert entry.unit
    assert "\n" not in entry.meaning + entry.source + entry.reading
    if entry.assumed:
        assert len(entry.source) > len(ASSUMPTION) + 10, "an assumption says why"
    else:
        first = entry.source.partition(":")[0]
        known = {*documents(), "genai-prices 0.2.3"}
        assert first in known or first.startswith("gpu-price-feed"), "a source names a document or a dataset"


def test_quality_is_left_out_of_cost_by_default() -> None:
    assert registry()["quality.cost_per_error"].default == 0


def test_a_citation_writes_the_document_out() -> None:
    text = cited("aiinfox: 1-2 weeks; deploybase: 1-5")
    assert text.startswith("Manjeet Singh, Aiinfox, “RAG vs Fine-Tuning")
    assert "2026-06-02: 1-2 weeks; Deploybase, “" in text
    assert cited("assumption: a guess") == "assumption: a guess"


@pytest.mark.parametrize("key", KEYS)
def test_every_input_says_how_its_default_follows_and_names_whose_figures_it_draws(key: str) -> None:
    entry = registry()[key]
    assert len(entry.reading) > 10
    for reading in entry.readings:
        assert reading.low <= reading.high
        assert reading.low in entry.support
        assert reading.high in entry.support
        assert reading.source in documents() or reading.source in ("genai-prices", "gpu-price-feed")
        assert reading.source in entry.source + entry.reading


POOLED = ("rag.vector_db_monthly", "tune.curation_weeks", "drift.retrain_interval_months")


@pytest.mark.parametrize("key", KEYS)
def test_a_mixture_is_the_pool_of_what_the_documents_say(key: str) -> None:
    entry = registry()[key]
    assert (key in POOLED) == (isinstance(entry.default, dict) and "mixture" in entry.default)
    if key not in POOLED:
        return
    ranges: dict[str, tuple[float, float]] = {}
    for reading in entry.readings:
        low, high = ranges.get(reading.source, (reading.low, reading.high))
        ranges[reading.source] = (min(low, reading.low), max(high, reading.high))
    pool = entry.default["mixture"]  # type: ignore[index]
    assert pool["weights"] == [1] * len(ranges)
    found = [(part["lognormal"]["p05"], part["lognormal"]["p95"]) for part in pool["parts"]]
    assert found == list(ranges.values())
    distribution = marginal(entry.default, support=entry.support)
    # A linear pool: at any value the probability of less is the mean of what the documents say.
    z = 1.6448536269514722
    for x in (min(low for low, _ in found), 3.0 * found[0][0], max(high for _, high in found)):
        said = [
            0.5 * math.erfc(-z * math.log(x * x / low / high) / math.log(high / low) / math.sqrt(2))
            for low, high in found
        ]
        assert distribution.cdf(x) == pytest.approx(sum(said) / len(said), rel=1e-9)


def test_the_page_of_inputs_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "inputs.md"
    assert page.read_text(encoding="utf-8") == markdown_table(), (
        "write it again: python -c 'from pathlib import Path; from distributions.inputs import *; "
        'Path("docs/inputs.md").write_text(markdown_table(), encoding="utf-8")\''
    )


@pytest.mark.parametrize("key", KEYS)
def test_every_input_is_on_the_page(key: str) -> None:
    assert f"| `{key}` |" in markdown_table()


# --- what an input is to whoever decides


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Adds a line to serve.min_replicas in the registry, for this test alone."""
    head, text = '[inputs."serve.min_replicas"]\n', inputs._FILE.read_text(encoding="utf-8")
    cached = (inputs._tables, inputs.registry, inputs.grouped)

    def edit(line: str) -> None:
        path = tmp_path / "inputs.toml"
        path.write_text(text.replace(head, head + line), encoding="utf-8")
        monkeypatch.setattr(inputs, "_FILE", path)
        for function in cached:
            function.cache_clear()

    assert text.count(head) == 1
    yield edit
    for function in cached:
        function.cache_clear()


def test_an_input_is_uncertain_unless_it_says_that_it_is_a_choice(
    edited: Callable[[str], None], invoke: Invoke
) -> None:
    edited('role = "choice"\n')
    chosen = {key for key, item in registry().items() if item.role != "uncertain"}
    assert chosen - CHOICES == {"serve.min_replicas"}
    for key, role, words in (
        ("serve.min_replicas", "choice", "yours to set"),
        ("serve.peak_to_mean", "uncertain", "what nobody knows beforehand"),
    ):
        assert f"role     {role}: {words}\n" in invoke("inputs", key)[1]
        assert json.loads(invoke("inputs", key, "--json")[1])[key]["role"] == role
        assert f"| `{key}` | {role} |" in markdown_table()
        group, name = key.split(".")
        described = scenario_schema()["properties"]["inputs"]["properties"][group]["properties"][name]
        assert f"]. {role.capitalize()}: {words}. Source" in described["description"]


def test_a_role_that_there_is_not_is_a_fault_of_the_registry(edited: Callable[[str], None]) -> None:
    edited('role = "guess"\n')
    with pytest.raises(
        ValueError, match=r"serve\.min_replicas: role is one of uncertain, choice, found 'guess'"
    ):
        registry()
