"""What a notebook shows of a run."""

from __future__ import annotations

import re

import pytest
from scipy import stats

from distributions import text
from sim import Model, Run, Scenario, simulate

STUDY = {
    "title": "<b>Bot & Co</b>",
    "horizon_months": 3,
    "discount_rate": 0.0,
    "compare": ["tuned_hosted", "rag"],
}


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(
        Scenario.from_dict({"study": STUDY, "requirements": {"citations": True}}), draws=4096, seed=1
    )


def cells(html: str) -> list[list[str]]:
    return [re.findall(r"<td.*?>(.*?)</td>", row) for row in re.findall(r"<tr>(<td>.*?)</tr>", html)]


def test_the_sentence_and_the_table_are_those_of_the_run(run: Run) -> None:
    html = run._repr_html_()
    found = run.probability_cheaper("tuned_hosted", "rag")
    said = re.search(
        r"tuned_hosted costs less than rag with probability ([\d.]+) % .*? ([\d.]+) to ([\d.]+) %\)", html
    )
    assert said is not None
    assert found.ci95 is not None
    for shown, value in zip(said.groups(), (found.estimate, *found.ci95), strict=True):
        assert float(shown) == pytest.approx(100 * value, abs=0.51 * 10 ** -len(shown.partition(".")[2]))
    rows = cells(html)
    assert sorted(row[0] for row in rows) == sorted(run.strategies)
    means = [run.mean("cost", row[0]).value for row in rows]
    assert means == sorted(means)
    for name, share, mean, *quantiles in rows:
        measured = run.measure("cost", name, (0.05, 0.5, 0.95))
        assert mean == text.money_with_error(measured.value, measured.mcse)
        assert quantiles == [text.money(value) for value in measured.quantiles]
        if name in run.eligible:
            cheapest = run.probability_cheapest(name)
            assert share == text.probability(cheapest.estimate, cheapest.ci95)
        else:
            assert share == "excluded"
    assert len(run.eligible) < len(run.strategies), "the requirement rules some out"


def test_what_a_user_typed_is_escaped(run: Run) -> None:
    html = run._repr_html_()
    assert "&lt;b&gt;Bot &amp; Co&lt;/b&gt;" in html
    assert "<b>" not in html
    model = Model({"x": stats.norm(2, 1)}, ("<a>", "b"), lambda x: {"<a>": x["x"], "b": 1.5})
    html = simulate(model, draws=1024, seed=1)._repr_html_()
    assert "&lt;a&gt; costs less than b" in html
    assert "<a>" not in html
    assert "USD" not in html


@pytest.mark.slow
def test_one_draw_claims_no_interval() -> None:
    model = Model({"x": stats.norm(2, 1)}, ("a", "b"), lambda x: {"a": x["x"], "b": 1.5})
    html = simulate(model, draws=1, seed=1)._repr_html_()
    assert "no interval can be given" in html
    assert "nan" not in html
    assert "± unknown" in html
