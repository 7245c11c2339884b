"""Where a scenario's figures come from: sources, owners, dates, and what is flagged."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from distributions import marginal
from distributions.errors import UserError
from distributions.inputs import registry
from sim import Scenario
from sim.scenario.sources import ASSUMED, SOURCED, UNSOURCED, ledger, summary
from studies.cli import main

DAY = datetime.date(2026, 7, 1)
QUOTED = {
    "value": 2.5,
    "source": "quote 17",
    "owner": "ann",
    "as_of": datetime.date(2026, 1, 1),
    "expires": "2026-06-30",
}


def _scenario(**inputs: Any) -> Scenario:
    return Scenario.from_dict({"study": {"compare": ["tuned_hosted", "rag"]}, "inputs": inputs})


def test_each_input_is_sourced_assumed_or_neither() -> None:
    scenario = _scenario(
        price={"input": QUOTED, "output": 9.0}, tune={"runs": {"value": 2, "source": "assumption: two"}}
    )
    found = {entry.key: entry for entry in ledger(scenario, DAY)}
    assert list(found) == list(registry())
    assert (found["price.input"].kind, found["price.input"].owner) == (SOURCED, "ann")
    assert found["price.output"].kind == UNSOURCED
    assert found["tune.runs"].kind == ASSUMED
    assert found["price.training"].kind == ASSUMED
    assert found["price.annual_decline"].kind == SOURCED
    assert summary(tuple(found.values()))["without_source"] == ["price.output"]


@pytest.mark.parametrize(("day", "stale"), [(datetime.date(2026, 6, 30), False), (DAY, True)])
def test_a_figure_is_stale_after_the_day_it_expires(day: datetime.date, stale: bool) -> None:
    found = summary(ledger(_scenario(price={"input": QUOTED}), day))["stale"]
    assert found == ([{"key": "price.input", "owner": "ann", "expires": "2026-06-30"}] if stale else [])


def test_a_number_with_a_source_is_certain_and_converted() -> None:
    distribution = marginal({"value": 2.0, "unit": "USD/day", "source": "bill"}, unit="USD/month")
    assert distribution.certain
    assert distribution.value == pytest.approx(2 * 365.25 / 12, rel=0.01)
    assert marginal(distribution.spec, unit="USD/month").value == distribution.value


def test_a_scenario_as_run_reads_again_with_all_its_sources(tmp_path: Path) -> None:
    scenario = _scenario(price={"input": QUOTED})
    again = Scenario.from_dict(scenario.tables())
    assert again == scenario
    assert again.defaulted == scenario.defaulted
    assert [entry.kind for entry in ledger(again, DAY)] == [entry.kind for entry in ledger(scenario, DAY)]


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"value": "x"}, "value"),
        ({"value": 3, "lognormal": {"p10": 1, "p90": 2}}, "unknown key beside value"),
        ({"value": 3, "sorce": "x"}, "did you mean 'source'"),
        ({"value": 3, "as_of": "last year"}, "as_of.*2026-11-01"),
        ({"value": 3, "as_of": "2026-02-01", "expires": "2026-01-01"}, "before as_of"),
        ({"uniform": {"min": 1, "max": 2}, "owner": 3}, "owner"),
        ({"uniform": {"min": 1, "max": 2}, "expires": datetime.datetime(2026, 1, 1)}, "expires"),
    ],
)
def test_what_is_no_provenance_is_refused(value: Any, named: str) -> None:
    with pytest.raises(UserError, match=named):
        marginal(value)


@pytest.mark.slow
def test_check_and_run_say_what_has_no_source_and_what_is_stale(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bot.toml"
    path.write_text(
        '[study]\ncompare = ["tuned_hosted", "rag"]\n[inputs.price]\noutput = 9\n'
        'input = { value = 2.5, source = "quote", owner = "ann", expires = 2020-01-01 }\n'
    )
    assert main(["check", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "Given without a source (1)\n  price.output" in shown
    assert "price.input  2020-01-01  ann" in shown
    assert main(["run", str(path), "--draws", "4096", "--no-figures", "--out", str(tmp_path / "run")]) == 0
    shown = capsys.readouterr().out
    assert "1 given input has no source: price.output" in shown
    assert "price.input expired on 2020-01-01, ann" in shown
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["ledger"]["stale"] == [{"key": "price.input", "owner": "ann", "expires": "2020-01-01"}]
