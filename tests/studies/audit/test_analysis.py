"""The audit's verdicts come of its calculations, and the page and the command show them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from distributions.inputs import registry
from distributions.spec import marginal
from sim import Scenario, simulate
from studies.audit import analysis
from studies.audit.analysis import VERDICTS, Audit, ClaimFinding, audit
from studies.audit.evidence import reader
from studies.audit.page import page
from tests.command import Invoke

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def found() -> Audit:
    return audit(reader.load())


def claim(found: Audit, name: str) -> ClaimFinding:
    return next(one for one in found.findings if one.claim.id == name)


def judged(name: str, **changes: object) -> ClaimFinding:
    """One shipped claim audited alone, its first figure changed."""
    shipped = next(one for one in reader.load() if one.id == name)
    first = replace(shipped.figures[0], **changes)  # type: ignore[arg-type]
    alone = replace(shipped, figures=(first,), supports=())
    return audit([alone], scenarios=False).findings[0]


# --- the shipped claims, by hand


def test_the_enterprise_bill_does_not_follow_from_its_price(found: Audit) -> None:
    one = claim(found, "s1-large-rag")
    assert one.verdict == "does_not_follow"
    assert one.first.derived == (pytest.approx(1e6 * 0.11),) * 2
    assert one.first.ratio == pytest.approx(3300 / 110_000)
    year, parity = one.figures[1:]
    assert year.derived[0] == pytest.approx(12 * (500 + 110_000))
    assert parity.derived[0] == pytest.approx(12 * 110_500 / (1500 + 15_000 + 12_000))
    assert parity.verdict == "does_not_follow"
    assert "s1-crossover" in one.falls


def test_a_hundred_a_day_holds(found: Audit) -> None:
    one = claim(found, "s1-100-a-day")
    assert one.verdict == "holds"
    assert one.first.derived == (pytest.approx(100 * 365 * 0.11),) * 2
    assert one.first.ratio == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "derived"),
    [
        ("s1-small-tune", 100 + 1000 + 12 * 50),
        ("s1-small-rag", 1000 * 0.11),
        ("s1-large-tune", 1500 + 15_000 + 12 * 1000),
        ("s3-classifier", 2200 / (250_000 * 0.0014) * 52 / 12),
        ("s3-dsl", 730 * 0.65),
        ("s3-breakeven-b", 5000 / 0.0015 / 100_000),
    ],
)
def test_what_follows_by_hand(found: Audit, name: str, derived: float) -> None:
    assert claim(found, name).first.derived == (pytest.approx(derived),) * 2


def test_the_token_price_that_a_bill_implies_is_below_its_prior(found: Audit) -> None:
    one = claim(found, "s0-context-cost")
    tokens = 1e6 * 365 / 12 * 500 / 1e6
    assert one.verdict == "does_not_follow"
    needed = one.first.needed
    assert needed is not None
    assert needed.ends == (pytest.approx(200 / tokens, rel=1e-6), pytest.approx(400 / tokens, rel=1e-6))
    assert "below P0.1" in one.first.condition


def test_the_gpu_rate_that_a_training_bill_implies_is_placed_in_its_prior(found: Audit) -> None:
    one = claim(found, "s0-train-7b")
    entry = registry()["gpu.hourly_rate"]
    distribution = marginal(entry.default, unit=entry.unit, support=entry.support)
    assert one.verdict == "holds"
    assert one.first.percentile == (pytest.approx(float(distribution.cdf(12 / 4))),) * 2


def test_documents_disagree_on_the_cost_of_a_query(found: Audit) -> None:
    one = claim(found, "x-rag-per-query")
    assert one.verdict == "sources_disagree"
    low, high = one.first.published
    assert (low, high) == (pytest.approx(6000 / 3.65e8), pytest.approx(8000 / 3.65e8))
    assert one.first.derived == (pytest.approx(3500 * 12 / 3.65e7), 0.11)


def test_every_claim_has_a_verdict_and_the_sources_that_fail_say_why(found: Audit) -> None:
    assert {one.claim.id for one in found.findings} == {one.id for one in reader.load()}
    for one in found.findings:
        assert one.verdict in VERDICTS
        assert one.verdict == "holds" or one.deciding.condition
    assert {one.verdict for one in found.findings if one.claim.kind == "result"} == set(VERDICTS)


# --- the rules


@pytest.mark.parametrize(
    ("published", "verdict"),
    [
        ((4015.0, 4015.0), "holds"),
        ((4015 * 1.04, 4015 * 1.04), "holds"),
        ((4015 * 1.06, 4015 * 1.06), "does_not_follow"),
        ((1000.0, 4000.0), "holds"),
        ((1000.0, 3800.0), "does_not_follow"),
    ],
)
def test_another_published_figure_is_another_verdict(published: tuple[float, float], verdict: str) -> None:
    assert judged("s1-100-a-day", published=published).verdict == verdict


@pytest.mark.parametrize(
    ("level", "verdict"),
    [(0.5, "holds"), (0.97, "holds_only_if"), (0.998, "holds_only_if"), (0.9995, "does_not_follow")],
)
def test_the_prior_decides_where_the_document_leaves_it_open(level: float, verdict: str) -> None:
    entry = registry()["gpu.hourly_rate"]
    distribution = marginal(entry.default, unit=entry.unit, support=entry.support)
    bill = 4 * float(distribution.ppf(level))
    assert judged("s0-train-7b", published=(bill, bill)).verdict == verdict


@pytest.mark.parametrize(
    ("bound", "published", "verdict"),
    [
        ("at_least", 0.6, "holds"),
        ("at_least", 1.0, "holds_only_if"),
        ("at_least", 80.0, "does_not_follow"),
        ("at_most", 70.0, "holds"),
        ("at_most", 0.5, "does_not_follow"),
    ],
)
def test_a_bound_holds_for_all_of_the_derived_range(bound: str, published: float, verdict: str) -> None:
    # The shipped claim's own range is 60k/15 over 2 * 15k/5 to 180k/5 over 8k/15: 0.67 to 67.5.
    assert judged("s2-lever-costs", bound=bound, published=(published, published)).verdict == verdict


def test_a_toss_up_is_no_bound_kept(found: Audit) -> None:
    bot, base = (claim(found, name).figures[2] for name in ("s0-tco-support", "s0-tco-kb"))
    assert bot.verdict == "holds"
    scenario = Scenario.load(ROOT / "studies" / "scenarios" / "internal_kb.toml")
    apart = simulate(scenario, 1 << 16, 99, "mc").probability_cheaper(*scenario.compare).estimate
    # Four standard errors of a share of 2^16 independent draws, which those of the design are below.
    assert base.derived[0] == pytest.approx(apart, abs=0.008)
    assert base.verdict == ("holds" if base.derived[0] >= 0.5 else "does_not_follow")


def test_documents_may_differ_by_a_factor_of_two() -> None:
    shipped = next(one for one in reader.load() if one.id == "x-rag-per-query")
    for factor, verdict in ((1.9, "holds"), (2.1, "sources_disagree")):
        figures = tuple(
            replace(shipped.figures[k], published=(value, value)) for k, value in enumerate((1.0, factor))
        )
        assert audit([replace(shipped, figures=figures)], scenarios=False).findings[0].verdict == verdict


# --- the scenarios


def test_published_totals_are_placed_in_what_is_simulated(found: Audit) -> None:
    places = {(one.scenario, one.strategy): one for one in found.totals}
    assert len({one.scenario for one in found.totals}) == 9
    assert places["support_bot", "rag"].percentile == (0.0, 0.0)
    mid = places["mid_tier_rag", "rag"]
    assert mid.simulated[0] < mid.published[1] < mid.simulated[2]
    assert mid.percentile[1] == pytest.approx(0.455, abs=0.01)


# --- as it is shown


@pytest.fixture
def done(found: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped claims' audit, which the command need not make again."""
    monkeypatch.setattr(analysis, "audit", lambda claims, scenarios: found)


def test_the_page_is_up_to_date(found: Audit) -> None:
    assert (ROOT / "docs" / "audit.md").read_text(encoding="utf-8") == page(found), (
        "write it again: breakeven audit --out DIR, then copy DIR/audit.md to docs/audit.md"
    )


@pytest.mark.usefixtures("done")
def test_the_json_has_the_published_names(found: Audit, invoke: Invoke) -> None:
    status, out, err = invoke("audit", "--json")
    assert (status, err) == (0, "")
    said = json.loads(out)
    assert [one["id"] for one in said["claims"]] == [one.claim.id for one in found.findings]
    (large,) = [one for one in said["claims"] if one["id"] == "s1-large-rag"]
    assert (large["published"], large["verdict"]) == (3300.0, "does_not_follow")
    assert large["derived"] == pytest.approx(110_000)
    assert large["ratio"] == pytest.approx(0.03)
    (context,) = [one for one in said["claims"] if one["id"] == "s0-context-cost"]
    assert context["published"] == [200.0, 400.0]
    assert said == json.loads(json.dumps(found.to_dict()))


@pytest.mark.usefixtures("done")
def test_the_command_shows_the_finding_and_the_reasons(found: Audit, invoke: Invoke) -> None:
    status, out, _ = invoke("audit")
    assert status == 0
    assert out.startswith(found.headline())
    for one in found.findings:
        assert one.claim.id in out


@pytest.mark.usefixtures("done")
def test_the_command_explains_one_claim(invoke: Invoke) -> None:
    status, out, _ = invoke("audit", "s1-large-rag")
    assert status == 0
    assert "queries * per_query" in out
    assert "110,000 USD/month" in out
    status, out, err = invoke("audit", "s1-lage-rag")
    assert (status, out) == (2, "")
    assert "did you mean 's1-large-rag'?" in err


def test_claims_of_ones_own(tmp_path: Path, invoke: Invoke) -> None:
    path = tmp_path / "mine.toml"
    text = (
        '[[claim]]\nid = "mine"\ndocument = "me"\nkind = "result"\nsays = "x"\n[claim.quantities]\na = [1, 2]\n'
        'b = "3 * a"\n[[claim.figure]]\npublished = 5\nunit = "USD"\nderive = "b"\n'
    )
    path.write_text(text)
    status, out, err = invoke("audit", "--claims", path, "--json")
    assert (status, err) == (0, "")
    (said,) = json.loads(out)["claims"]
    assert (said["derived"], said["verdict"]) == ([3.0, 6.0], "holds")
    path.write_text(text.replace('"3 * a"', '"3 * b"'))
    status, out, err = invoke("audit", "--claims", path, "--out", tmp_path / "never")
    assert (status, out) == (2, "")
    assert "mine.toml:8: mine.quantities.b: is worked out from itself: b -> b" in err
    assert "Traceback" not in err
    assert not (tmp_path / "never").exists()


@pytest.mark.usefixtures("done")
def test_the_folder_holds_figure_page_and_data(tmp_path: Path, invoke: Invoke, found: Audit) -> None:
    status, _, _ = invoke("audit", "--out", tmp_path / "result", "--quiet")
    assert status == 0
    names = {str(path.relative_to(tmp_path / "result")) for path in (tmp_path / "result").rglob("*.*")}
    assert names == {"audit.json", "audit.md", "run.log", "figures/audit.svg", "figures/audit.png"}
    assert found.headline() in (tmp_path / "result" / "figures" / "audit.svg").read_text(encoding="utf-8")
