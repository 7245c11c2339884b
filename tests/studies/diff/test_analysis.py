"""What changed: shares that are known by hand, Shapley's axioms, both sides in the same futures, and the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from distributions import text
from distributions.inputs import registry
from sim import Scenario, evaluate, simulate
from sim.results.records import Estimate
from sim.scenario.reader import default_marginals
from studies.cli import main
from studies.diff import analysis
from studies.diff import text as diff_text
from studies.diff.analysis import METRICS, diff, found_edits

DRAWS = 1 << 10


def certain(**changes: float) -> Scenario:
    """Every input at its median but for some: costs are those of `evaluate`."""
    inputs: dict[str, dict[str, Any]] = {}
    given = {key.replace("__", "."): value for key, value in changes.items()}
    for key, item in registry().items():
        value = given.get(key, default_marginals()[key].median())
        inputs.setdefault(item.group, {})[item.name] = int(value) if item.support.integer else value
    return Scenario.from_dict({"study": {"title": "t"}, "inputs": inputs})


def uncertain(*edits: tuple[str, Any], **study: Any) -> Scenario:
    inputs: dict[str, dict[str, Any]] = {}
    for key, value in edits:
        group, name = key.split(".")
        inputs.setdefault(group, {})[name] = value
    return Scenario.from_dict({"study": {"title": "t", **study}, "inputs": inputs})


def test_two_edits_that_interact_share_it_evenly() -> None:
    before = certain()
    base = evaluate(before)
    # retrieval costs volume times price: both together add more than each by itself
    q, p = base.inputs["workload.queries_per_month"], base.inputs["rag.search_price"]
    after = certain(workload__queries_per_month=2 * q, rag__search_price=3 * p)
    found = diff(before, after, draws=16)

    def cost(**values: float) -> float:
        return evaluate(before, {key.replace("__", "."): value for key, value in values.items()}).cost["rag"]

    nothing, both = cost(), cost(workload__queries_per_month=2 * q, rag__search_price=3 * p)
    volume, price = cost(workload__queries_per_month=2 * q), cost(rag__search_price=3 * p)
    expected = {
        "workload.queries_per_month": ((volume - nothing) + (both - price)) / 2,
        "rag.search_price": ((price - nothing) + (both - volume)) / 2,
    }
    shares = {one.edit.name: one.shares["cost_b"].value for one in found.contributions}
    assert shares == pytest.approx(expected, rel=1e-12)
    assert found.changes["cost_b"].change.value == pytest.approx(both - nothing, rel=1e-12)


def test_shares_add_up_to_the_change_and_an_edit_without_effect_gets_nothing() -> None:
    before = uncertain()
    after = uncertain(
        ("rag.search_price", 0.4), ("tune.runs", 5), ("serve.min_replicas", 2), horizon_months=18
    )
    found = diff(before, after, draws=DRAWS)
    for name in METRICS:
        total = sum(one.shares[name].value for one in found.contributions)
        assert total == pytest.approx(
            found.changes[name].change.value, abs=1e-9 * max(1.0, abs(found.changes[name].after))
        )
    (idle,) = (one for one in found.contributions if one.edit.name == "serve.min_replicas")
    assert all(share == Estimate(0.0, (0.0, 0.0)) for share in idle.shares.values())


def test_swapped_sides_mirror_the_change() -> None:
    before, after = uncertain(), uncertain(("rag.search_price", 0.4), ("price.training", 30))
    there, back = diff(before, after, draws=DRAWS), diff(after, before, draws=DRAWS)
    for name in METRICS:
        assert there.changes[name].change.value == -back.changes[name].change.value
    shares = {one.edit.name: one.shares["probability"].value for one in back.contributions}
    for one in there.contributions:
        assert one.shares["probability"].value == pytest.approx(-shares[one.edit.name], abs=1e-15)


def test_nothing_changed_is_nothing() -> None:
    found = diff(uncertain(), uncertain(), draws=DRAWS)
    assert found.contributions == ()
    assert all(one.change == Estimate(0.0, (0.0, 0.0)) for one in found.changes.values())
    renamed = uncertain(title="another")
    assert diff(uncertain(), renamed, draws=DRAWS).silent == ("title",)


def test_a_source_is_no_edit() -> None:
    one = uncertain(("price.training", {"lognormal": {"p10": 3, "p90": 9}, "source": "mail"}))
    other = uncertain(
        ("price.training", {"lognormal": {"p10": 3, "p90": 9}, "source": "call", "owner": "me"})
    )
    assert found_edits(one, other) == ()
    assert diff(one, other, draws=DRAWS).silent == ("source, owner or date of price.training",)


def test_another_file_of_the_same_name_is_an_edit(tmp_path: Path) -> None:
    sides = []
    for name, volumes in (("before", range(1000, 1100)), ("after", range(3000, 3300, 3))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "volume.csv").write_text("v\n" + "\n".join(map(str, volumes)) + "\n")
        text = '[inputs.workload]\nqueries_per_month = { data = { file = "volume.csv", column = "v" } }\n'
        (tmp_path / name / "same.toml").write_text(text)
        sides.append(Scenario.load(tmp_path / name / "same.toml"))
    (edit,) = found_edits(*sides)
    assert edit.name == "workload.queries_per_month"
    # what tells them apart is said: the file and its column are called the same
    assert edit.before["mean"] == pytest.approx(1049.5)
    assert edit.after["mean"] == pytest.approx(3148.5)
    assert diff_text.value(edit.name, edit.before) == "data(file volume.csv column v) mean 1,050"
    cost = diff(*sides, draws=DRAWS).changes["cost_b"]
    alone = [simulate(side, draws=DRAWS) for side in sides]
    for value, run in zip((cost.before, cost.after), alone, strict=True):
        assert value == pytest.approx(run.mean("cost", "rag").value, rel=1e-12)
    assert found_edits(sides[0], sides[0]) == ()


def test_a_correlation_is_an_edit_and_goes_with_its_spread() -> None:
    pair = {"inputs": ["price.input", "price.output"], "rank_correlation": 0.9}
    loose = Scenario.from_dict({"study": {"title": "t"}})
    tied = Scenario.from_dict(
        {"study": {"title": "t"}, "dependence": [pair], "inputs": {"tune": {"runs": 4}}}
    )
    found = diff(loose, tied, draws=DRAWS)
    assert {one.edit.name for one in found.contributions} == {"dependence", "tune.runs"}
    certain_price = Scenario.from_dict({"study": {"title": "t"}, "inputs": {"price": {"input": 2.0}}})
    assert len(diff(tied, certain_price, draws=DRAWS).contributions) == 3


@pytest.mark.slow
def test_many_edits_are_sampled_within_their_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "EXACT", 5)
    keys = [
        "rag.search_price", "price.input", "tokens.output", "tune.curation_weeks", "labor.weekly_rate",
        "observability.monthly",
    ]  # fmt: skip
    before = uncertain()
    edits = [(key, float(default_marginals()[key].ppf(0.6))) for key in keys]
    sampled = diff(before, uncertain(*edits), draws=256)
    assert not sampled.exact
    total = sum(one.shares["difference"].value for one in sampled.contributions)
    assert total == pytest.approx(sampled.changes["difference"].change.value, rel=1e-9)
    # one edit is nothing to either cost, so that the five others give all subsets
    exact = diff(before, uncertain(*edits[:-1]), draws=256)
    assert exact.exact
    known = {one.edit.name: one.shares["difference"].value for one in exact.contributions}
    for one in sampled.contributions:
        share = one.shares["difference"]
        if one.edit.name in known:
            # three times the 95 % half-width of 5 shares: one in 1e7
            assert abs(share.value - known[one.edit.name]) <= 1.5 * (share.ci95[1] - share.ci95[0]) + 1e-6


@pytest.mark.slow
def test_the_error_of_the_draws_is_in_the_intervals_of_sampled_orders(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What training costs stands by itself, so that its share and interval are those of this edit alone."""
    monkeypatch.setattr(analysis, "EXACT", 3)
    keys = ["price.training", "price.input", "rag.search_price", "tokens.retrieved"]
    edits = [(key, float(default_marginals()[key].ppf(0.4))) for key in keys]
    alone = diff(uncertain(), uncertain(edits[0]), draws=256)
    many = diff(uncertain(), uncertain(*edits), draws=256)
    assert not many.exact
    (only,) = alone.contributions
    (share,) = (one.shares["cost_a"] for one in many.contributions if one.edit.name == "price.training")
    expected = only.shares["cost_a"]
    assert expected.ci95[1] - expected.ci95[0] > 0.01 * abs(expected.value)
    assert share.value == pytest.approx(expected.value, rel=1e-9)
    assert share.ci95 == pytest.approx(expected.ci95, rel=1e-6)


@pytest.mark.slow
def test_the_command_on_run_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = tmp_path / "a.toml", tmp_path / "b.toml"
    before.write_text('[study]\ntitle = "a | <b>"\n')
    after.write_text('[study]\ntitle = "b"\n[inputs.rag]\nsearch_price = 0.3\n')
    run = tmp_path / "run"
    assert (
        main(
            [
                "run",
                str(before),
                "--draws",
                "1024",
                "--seed",
                "11",
                "--no-figures",
                "--quiet",
                "--out",
                str(run),
            ]
        )
        == 0
    )
    out = tmp_path / "out"
    capsys.readouterr()
    assert main(["diff", str(run), str(after), "--draws", "1024", "--json", "--out", str(out)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["seed"] == 11
    assert [edit["edit"] for edit in record["edits"]] == ["rag.search_price"]
    stored = json.loads((run / "run.json").read_text())["probability_cheaper"]
    assert record["before"]["run"]["estimate"] == stored["estimate"]
    assert "run" not in record["after"]
    # the same seed, draws and design: the very number
    assert record["changes"]["probability"]["before"] == stored["estimate"]
    (said,) = (note for note in diff_text.notes(record) if note.startswith("Before is a run"))
    assert "1,024 draws, sobol, seed 11" in said
    assert "the same to the last bit" in said
    assert {"diff.json", "diff.nc", "diff.md", "scenario.toml", "figures"} <= {
        path.name for path in out.iterdir()
    }
    assert (
        main(
            ["diff", str(before), str(after), "--draws", "1024", "--markdown", "--out", str(tmp_path / "md")]
        )
        == 0
    )
    shown = capsys.readouterr().out
    tables = [line for line in shown.splitlines() if line.startswith("|")]
    assert {line.count(" | ") for line in tables} == {4}


def test_printed_shares_add_up_to_the_printed_change() -> None:
    parts = [1.26, 1.26, 1.26, -0.5, 0.0]
    shown = diff_text.apportioned(parts, sum(parts), 1)
    assert sum(shown) == pytest.approx(3.3, abs=1e-12)
    assert shown[-1] == 0.0
    assert all(abs(one - part) < 0.1 for one, part in zip(shown, parts, strict=True))
    assert diff_text.apportioned([12_345.0, -2_222.0], 10_123.0, -2) == [12_300.0, -2_200.0]
    before = uncertain()
    after = uncertain(("rag.search_price", 0.4), ("tune.runs", 5), ("price.input", 2.0), horizon_months=18)
    _, *rows, total = diff_text.edits(diff(before, after, draws=DRAWS).to_dict())
    for column in (3, 4):
        numbers = [
            float(row[column].removesuffix(" points").replace("$", "").replace(",", "")) for row in rows
        ]
        whole = total[column].removesuffix(" points").replace("$", "").replace(",", "")
        assert sum(numbers) == pytest.approx(float(whole), abs=1e-9)


def test_a_change_that_no_draw_shows_is_not_said_to_be_none() -> None:
    """RAG is next to never cheaper here: P(Fine-tuning cheaper) is 1 in nearly every sample of 1,024, on both sides."""
    busy = ("workload.queries_per_month", {"lognormal": {"p10": 2e7, "p90": 9e7}})
    found = diff(
        uncertain(busy, ("rag.search_price", 51)), uncertain(busy, ("rag.search_price", 50)), draws=DRAWS
    )
    one = found.changes["probability"].change
    assert one.value == 0.0
    # a score interval of no event in n draws ends at z^2 / (n + z^2)
    assert one.ci95[1] == pytest.approx(3.8415 / (DRAWS + 3.8415), rel=1e-4)
    assert one.ci95[0] == -one.ci95[1]
    assert "no change distinguishable" in diff_text.finding(found.to_dict())


def test_requirements_change_who_may_be_cheapest() -> None:
    free = uncertain()
    bound = Scenario.from_dict({"study": {"title": "t"}, "requirements": {"citations": True}})
    found = diff(free, bound, draws=DRAWS)
    assert found.contributions == ()
    assert found.before.excluded == ()
    assert "tuned_hosted" in found.after.excluded
    for side, scenario in ((found.before, free), (found.after, bound)):
        run = simulate(scenario, draws=DRAWS)
        assert side.probability_cheapest == {
            name: run.probability_cheapest(name).estimate for name in run.strategies
        }
        assert sum(side.probability_cheapest.values()) == pytest.approx(1.0, abs=1e-12)
    (said,) = (note for note in diff_text.notes(found.to_dict()) if note.startswith("P(cheapest)"))
    assert "→ ruled out" in said


def test_markdown_stays_text() -> None:
    assert text.markdown("<b>|`x`*_[](@y)") == "&lt;b&gt;\\|\\`x\\`\\*\\_\\[\\](&#64;y)"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.toml", "nowhere.toml"], "no such file"),
        (["a.toml", "empty"], "AFTER"),
        (["a.toml", "other.toml"], "--compare"),
        (["a.toml", "a.toml", "--compare", "rag"], "two strategies"),
        (["a.toml", "a.toml", "--compare", "rag,raf"], "'raf' is not in both"),
        (["a.toml", "a.toml", "--json", "--markdown"], "--markdown"),
    ],
)
def test_bad_input(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.toml").write_text('[study]\ntitle = "a"\n')
    (tmp_path / "other.toml").write_text('[study]\ncompare = ["prompt", "rag"]\n')
    before = set(tmp_path.rglob("*"))
    assert main(["diff", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("before", "after", "shares"), [(0.4, 0.9, [0.7, -0.2]), (0.5, 0.1, [-0.6, 0.2]), (0.3, 0.6, [0.3, 0.0])]
)
def test_every_bar_is_within_the_picture(before: float, after: float, shares: list[float]) -> None:
    """On the way from before to after, shares may add up to more than 100 % or less than nothing."""
    import xarray as xr

    from studies.diff import figure

    data = xr.Dataset(
        {"probability": ("edit", shares), "before": ((), before), "after": ((), after)},
        coords={"edit": ["price.input", "tokens.output"]},
        attrs={"title": "a → b", "finding": "P rises", "draws": 1000, "seed": "1", "design": "sobol"},
    )
    (axes,) = figure.draw(data).axes
    left, right = axes.get_xlim()
    for bar in axes.patches:
        low, high = sorted((bar.get_x(), bar.get_x() + bar.get_width()))  # type: ignore[attr-defined]
        assert left <= low + 1e-12
        assert high - 1e-12 <= right
    assert left == pytest.approx(-0.1 if before == 0.5 else 0.0)
    assert right == pytest.approx(1.1 if before == 0.4 else 1.0)
