"""A cell of a sweep is a run of its own, to the last bit, on any workers; its axes, tips, tables and bounds."""

from __future__ import annotations

import csv
import io
import math
import threading
import weakref
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from distributions import text
from distributions.errors import UserError
from sim import Scenario, simulate
from sim.draws.job import CHUNK
from sim.engine.cell import Cell, CellPlan, Meter
from sim.engine.cell_tasks import lots
from sim.engine.many import cut, fan_out
from sim.results.dataset import summary
from sim.results.run import Run
from studies.shared.folder import netcdf
from studies.shared.style import rendered
from studies.sweep import figure, results, table
from studies.sweep.analysis import sweep
from studies.sweep.grid import MOST_CELLS, Varied, axes, check_size, names, places
from studies.sweep.results import Sweep
from studies.sweep.text import finding, lines
from tests.command import patience

VOLUME, PRICE, CURATION = "workload.queries_per_month", "price.input", "tune.curation_weeks"
TABLES: dict[str, Any] = {
    "study": {"title": "Bot", "horizon_months": 6, "discount_rate": 0.08, "compare": ["tuned_hosted", "rag"]},
    "inputs": {"workload": {"queries_per_month": {"lognormal": {"p10": 1e5, "p90": 9e6}}}},
}
BOT = Scenario.from_dict(TABLES)
TIED = Scenario.from_dict(
    {
        **TABLES,
        "dependence": [{"inputs": [VOLUME, "serve.peak_to_mean"], "rank_correlation": 0.5}],
    }
)
OTHER = Scenario.from_dict(
    {
        "study": {
            "title": "Other",
            "horizon_months": 3,
            "compare": ["rag", "prompt"],
            "strategies": ["prompt", "rag", "hybrid"],
        }
    }
)
DRAWS = 3 * CHUNK + 7
SLOW = pytest.mark.slow


def everything(run: Run) -> dict[str, Any]:
    """All that a run says, but how long it took: what any figure is made of."""
    found = summary(run)
    del found["timing"]
    return found


@pytest.mark.parametrize("design", ["sobol", "mc", pytest.param("lhs", marks=SLOW)])
def test_a_cell_is_the_run_of_its_scenario_to_the_last_bit(design: str) -> None:
    cells = [Cell(0, {VOLUME: 2e6}), Cell(0), Cell(1, {VOLUME: 1e5, PRICE: 3.5})]
    found = list(fan_out([BOT, TIED], cells, CellPlan(DRAWS, 11, design, everything), threads=2))
    alone = [
        simulate(one, DRAWS, 11, design)
        for one in (BOT.with_values({VOLUME: 2e6}), BOT, TIED.with_values({VOLUME: 1e5, PRICE: 3.5}))
    ]
    assert found == [everything(run) for run in alone]


def test_a_result_is_that_of_the_run() -> None:
    found = sweep({"bot": BOT}, axes([f"{VOLUME}=2e6"]), draws=DRAWS, seed=11).results[0]
    run = simulate(BOT.with_values({VOLUME: 2e6}), DRAWS, 11)
    told = summary(run)
    assert found.cheaper == run.probability_cheaper("tuned_hosted", "rag")
    for name in run.strategies:
        assert found.cheapest[name].to_dict() == told["probability_cheapest"][name]
        for key in ("mean", "mcse"):
            assert found.cost[name].to_dict()[key] == told["cost"][name][key]
        assert list(found.cost[name].ci95) == told["cost"][name]["ci95"]
    assert found.difference.value == told["difference"]["mean"]
    assert list(found.difference.ci95) == told["difference"]["ci95"]
    assert found.reached == 1.0 - told["breakeven_month"]["probability_never"]
    assert found.median_month == told["breakeven_month"]["quantiles"]["0.5"]
    assert found.best == max(
        told["probability_cheapest"], key=lambda n: told["probability_cheapest"][n]["estimate"]
    )


@pytest.mark.parametrize("cells", [pytest.param(1, marks=SLOW), 2, pytest.param(5, marks=SLOW)])
def test_the_answer_does_not_depend_on_threads(cells: int) -> None:
    """Five cells on two or three threads: some whole, the rest cut into chunks, where that is sooner."""
    some = [Cell(0, {VOLUME: 1e5 * (k + 1)}) for k in range(cells)]
    plan = CellPlan(40 * CHUNK if cells == 1 else DRAWS, 3, "sobol", everything)
    one, *others = (list(fan_out([BOT], some, plan, threads=threads)) for threads in (1, 2, 3))
    assert all(one == other for other in others)


def test_few_cells_are_alive_at_once() -> None:
    """However many there are: two threads hold two runs, and results alone wait."""
    runs: list[weakref.ref[Run]] = []
    alive: list[int] = []

    def reduce(run: Run) -> int:
        runs.append(weakref.ref(run))
        alive.append(sum(one() is not None for one in runs))
        return len(runs)

    cells = [Cell(0, {VOLUME: 1e5 * (k + 1)}) for k in range(24)]
    found = list(fan_out([BOT], cells, CellPlan(256, 1, "mc", reduce), threads=2))
    assert sorted(found) == list(range(1, 25))
    assert max(alive) <= 2
    assert not any(one() for one in runs)


def test_no_cell_is_begun_far_ahead_of_the_one_that_is_waited_for() -> None:
    begun: list[int] = []
    hold = threading.Event()

    def reduce(run: Run) -> float:
        value = run.scenario.inputs[VOLUME].value if run.scenario is not None else math.nan
        begun.append(int(value))
        if value == 1:
            assert hold.wait(patience())
        return float(value)

    cells = [Cell(0, {VOLUME: float(k + 1)}) for k in range(20)]
    found: list[float] = []

    def consume() -> None:
        found.extend(fan_out([BOT], cells, CellPlan(16, 1, "mc", reduce), threads=2))

    thread = threading.Thread(target=consume)
    thread.start()
    try:
        for _ in range(100):
            if len(begun) >= 4:
                break
            thread.join(0.1)
        thread.join(0.5)
        assert len(begun) <= 4, "the first is held up, and two for each of two threads may be begun"
    finally:
        hold.set()
        thread.join(patience())
    assert found == [float(k + 1) for k in range(20)]


def test_progress_counts_the_draws_of_all_cells() -> None:
    seen: list[tuple[int, int]] = []
    cells = [Cell(0, {VOLUME: 1e5 * (k + 1)}) for k in range(3)]
    plan = CellPlan(DRAWS, 1, "mc", everything)
    list(fan_out([BOT], cells, plan, threads=2, progress=lambda *now: seen.append(now)))
    assert seen == sorted(seen)
    assert seen[-1] == (3 * DRAWS, 3 * DRAWS)
    meter = Meter(lambda *now: seen.append(now), 100, 4)
    meter.note(2, 30)
    meter.note(3, 40)
    meter.finish(2)
    assert seen[-1] == (140, 400)


def test_whoever_stops_listening_stops_the_work() -> None:
    begun: list[int] = []

    def reduce(run: Run) -> int:
        begun.append(1)
        return 1

    cells = [Cell(0, {VOLUME: 1e5 * (k + 1)}) for k in range(50)]
    before = threading.active_count()
    found = fan_out([BOT], cells, CellPlan(DRAWS, 1, "sobol", reduce), threads=2)
    assert next(found) == 1
    assert threading.active_count() > before
    found.close()
    assert len(begun) <= 4
    assert threading.active_count() == before, "nothing works on"


@pytest.mark.parametrize(
    ("cells", "chunks", "threads", "expected"),
    [
        (8, 4, 2, 0),  # everyone has four
        (9, 4, 2, 1),  # the last one, by both
        (3, 4, 16, 0),  # short: preparing one after another would take longer than one each
        (3, 1_000, 16, 3),  # long: by all
        (15, 1_000, 16, 15),  # a sixteenth is saved
        (300, 100_000, 1_000, 0),  # one client could not merge for a thousand threads
        (1, 10**6, 1, 0),
    ],
)
def test_what_is_cut_into_chunks(cells: int, chunks: int, threads: int, expected: int) -> None:
    assert cut(cells, chunks, threads) == expected


def test_small_cells_go_several_to_a_task_and_never_of_two_scenarios() -> None:
    cells = [Cell(k // 100) for k in range(250)]
    found = lots(cells, 4, 2)
    assert [k for lot in found for k in lot] == list(range(250))
    assert max(map(len, found)) == 15
    assert all(len({cells[k].scenario for k in lot}) == 1 for lot in found)
    assert all(len(lot) == 1 for lot in lots(cells, 128, 2))
    assert all(len(lot) == 1 for lot in lots(cells, 1, 1_000))


def test_a_cell_that_cannot_be_run_is_named() -> None:
    huge = dict.fromkeys((VOLUME, "workload.annual_growth", "price.input"), 1e30)
    long = replace(BOT, horizon=36)
    with pytest.raises(UserError, match=rf"Bot at {VOLUME} = 1e\+30, .*too large") as error:
        list(fan_out([long], [Cell(0), Cell(0, huge)], CellPlan(16, 1, "mc", everything), threads=1))
    assert "price.input = 1e+30: " in str(error.value)
    for wrong in ({"draws": 0}, {"seed": -1}, {"design": "grid"}):
        settings: dict[str, Any] = {"draws": 16, "seed": 1, "design": "mc", **wrong}
        with pytest.raises(UserError, match="--"):
            list(fan_out([BOT], [Cell(0)], CellPlan(**settings, reduce=everything), threads=1))


# --- axes


def test_values_of_an_axis() -> None:
    assert Varied.parse(f"{PRICE}=1:3:5") == Varied(PRICE, (1.0, 1.5, 2.0, 2.5, 3.0))
    assert Varied.parse(f"inputs.{VOLUME} = 1e4:1e8:5:log") == Varied(VOLUME, (1e4, 1e5, 1e6, 1e7, 1e8), True)
    assert Varied.parse(f"{PRICE}=3,1, 2.5") == Varied(PRICE, (1.0, 2.5, 3.0))
    assert Varied.parse(f"{PRICE}=0.1:0.3:3").values == (0.1, 0.2, 0.3), "as one would type them"


WRONG: Sequence[tuple[str, str]] = [
    ("workload.queries=1:2:3", f"did you mean '{VOLUME}'"),
    ("", "KEY=LOW:HIGH:N"),
    ("=1,2", "KEY=LOW:HIGH:N"),
    (VOLUME, "has no values"),
    (f"{VOLUME}=", "has no values"),
    (f"{VOLUME}=1:2", "KEY=LOW:HIGH:N"),
    (f"{VOLUME}=1:2:3:4", "KEY=LOW:HIGH:N"),
    (f"{VOLUME}=1:2:3:lin", "KEY=LOW:HIGH:N"),
    (f"{VOLUME}=1:2:0", "N from 2"),
    (f"{VOLUME}=1:2:-3", "N from 2"),
    (f"{VOLUME}=1:2:1", f"one value is {VOLUME}=1"),
    (f"{VOLUME}=1:2:2.5", "N from 2"),
    (f"{VOLUME}=1:2:1e6", "100,000"),
    (f"{VOLUME}=2:1:5", "LOW < HIGH"),
    (f"{VOLUME}=2:2:5", "LOW < HIGH"),
    (f"{VOLUME}=0:10:5:log", "LOW above 0"),
    (f"{VOLUME}=-5:10:5:log", "LOW above 0"),
    (f"{VOLUME}=one:10:5", "'one' is no number"),
    (f"{VOLUME}=1:inf:5", "up to 1e+30"),
    (f"{VOLUME}=nan,1", "'nan' is no number"),
    (f"{VOLUME}=1,,2", "is no number"),
    (f"{VOLUME}=-5:10:4", "-5 is nothing that it can be"),
    (f"{VOLUME}=1,2,2.0", "lists 2 twice"),
    (f"{PRICE}=1:1.0000000000000002:9", "too narrow"),
]


@pytest.mark.parametrize(("given", "words"), WRONG)
def test_an_axis_that_cannot_be(given: str, words: str) -> None:
    with pytest.raises(UserError, match="--vary") as error:
        axes([given])
    assert words in str(error.value)
    assert len(error.value.faults) == 1


def test_whole_inputs_take_whole_values() -> None:
    from distributions.inputs import registry

    whole = next(key for key, item in registry().items() if item.support.integer)
    assert Varied.parse(f"{whole}=1:7:3").values == (1.0, 4.0, 7.0)
    for wrong in (f"{whole}=1:8:3", f"{whole}=1:50:3:log", f"{whole}=1,2.5"):
        with pytest.raises(UserError, match="whole number") as error:
            axes([wrong])
        assert ("list the values" in str(error.value)) == (":" in wrong)


def test_an_input_is_given_once() -> None:
    with pytest.raises(UserError, match="given twice"):
        axes([f"{PRICE}=1,2", f"inputs.{PRICE}=3,4"])
    with pytest.raises(UserError, match="given to --set as well"):
        axes([f"{PRICE}=1,2"], {PRICE: 3})
    with pytest.raises(UserError) as error:
        axes([f"{PRICE}=1", f"{PRICE}=2", "x=1", f"{VOLUME}=2:1:3"])
    assert len(error.value.faults) == 3, "all at once"


def test_too_many_cells() -> None:
    along = axes([f"{VOLUME}=1:1000:1000", f"{PRICE}=1:100:101"])
    with pytest.raises(UserError, match="101,000 cells"):
        check_size(1, along)
    check_size(1, along[:1])
    with pytest.raises(UserError, match=f"at most {MOST_CELLS:,}"):
        sweep({"bot": BOT}, along)


def test_scenarios_have_different_names(tmp_path: Any) -> None:
    assert names(["a/x.toml", "b/y.toml"]) == ("x", "y")
    assert names(["a/x.toml", "b/x.toml"]) == ("a/x", "b/x")
    with pytest.raises(UserError, match="given twice"):
        names(["a/x.toml", "a/../a/x.toml"])


# --- what comes of it


@pytest.fixture(scope="module")
def swept() -> Sweep:
    along = axes([f"{VOLUME}=1e4:1e8:5:log", f"{PRICE}=1,4"])
    return sweep({"bot": TIED, "other": OTHER}, along, draws=4096, seed=2)


def test_cells_are_all_combinations_in_order(swept: Sweep) -> None:
    assert len(swept.cells) == 20
    assert [cell.scenario for cell in swept.cells] == [0] * 10 + [1] * 10
    assert [cell.values for cell in swept.cells[:10]] == places(swept.axes)
    assert swept.cells[3].values == {VOLUME: 1e5, PRICE: 4.0}


def test_the_dataset_has_each_cell_in_its_place(swept: Sweep, tmp_path: Any) -> None:
    data = swept.to_dataset()
    assert dict(data.sizes) == {"scenario": 2, VOLUME: 5, PRICE: 2, "strategy": 5, "ci_bound": 2}
    one = simulate(TIED.with_values({VOLUME: 1e5, PRICE: 4.0}), 4096, 2)
    here = data.sel({"scenario": "bot", VOLUME: 1e5, PRICE: 4.0})
    assert float(here["probability_cheaper"]) == one.probability_cheaper("tuned_hosted", "rag").estimate
    assert float(here["cost_mean"].sel(strategy="hybrid")) == one.mean("cost", "hybrid").value
    assert here["difference_mean_ci"].values.tolist() == list(one.difference().ci95)
    assert np.isnan(data["cost_mean"].sel(scenario="other", strategy="tuned_hosted")).all()
    assert all("long_name" in variable.attrs for variable in data.variables.values())
    assert all("units" in data[name].attrs for name in data if data[name].dtype.kind == "f")
    assert data[VOLUME].attrs["units"] == "queries/month"
    netcdf.write(data, tmp_path / "x.nc")
    again = netcdf.read(tmp_path / "x.nc")
    assert np.array_equal(again["probability_cheaper"].values, data["probability_cheaper"].values)


def test_the_table_has_a_row_for_each_cell(swept: Sweep) -> None:
    rows = list(csv.DictReader(io.StringIO(table.rows(swept).decode())))
    assert len(rows) == 20
    row, one = rows[13], swept.results[13]
    assert (row["scenario"], row["a"], row["b"]) == ("other", "rag", "prompt")
    assert float(row["probability_cheaper"]) == one.cheaper.estimate
    assert float(row[VOLUME]) == swept.cells[13].values[VOLUME]
    assert row["cost_mean_usd:tuned_hosted"] == ""
    assert float(row["cost_mean_usd:rag"]) == one.cost["rag"].value
    assert row["cheapest"] == one.best


def test_the_record_says_it_all(swept: Sweep) -> None:
    found = swept.to_dict()
    assert found["cells"][3]["values"] == {VOLUME: 1e5, PRICE: 4.0}
    assert found["cells"][13]["probability_cheaper"]["a"] == "rag"
    assert [one["compare"] for one in found["scenarios"]] == [["tuned_hosted", "rag"], ["rag", "prompt"]]
    assert found["untied"] == [{"scenario": "bot", "input": VOLUME}]


def test_a_record_of_very_many_cells_leaves_them_to_the_table(
    swept: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "LISTED", 19)
    found = swept.to_dict()
    assert found["cells"] is None
    assert found["tips"]
    assert len(table.rows(swept).splitlines()) == 21


def test_tips_are_where_one_half_is_crossed(swept: Sweep) -> None:
    data = swept.to_dataset()["probability_cheaper"]
    shares = data.values
    assert swept.tips
    for tip in swept.tips:
        here, there = (
            float(data.sel({"scenario": swept.names[tip.scenario], **tip.at, tip.key: end}))
            for end in tip.between
        )
        assert (here - 0.5) * (there - 0.5) <= 0.0
        assert tip.rising == (there > here)
    above = shares > 0.5
    crossed = int((above[:, 1:] != above[:, :-1]).sum() + (above[:, :, 1:] != above[:, :, :-1]).sum())
    assert len(swept.tips) == crossed


def test_pairs_are_not_mixed_in_silence(swept: Sweep) -> None:
    assert swept.pairs == (("tuned_hosted", "rag"), ("rag", "prompt"))
    said = "\n".join(lines(swept))
    assert "first of each pair" in said
    assert "The scenarios compare different pairs" in said
    assert "tuned_hosted / rag" in said
    assert "not correlated" in said


def test_a_few_cells_are_a_table_and_many_a_summary() -> None:
    few = sweep({"bot": BOT}, axes([f"{VOLUME}=1e4:1e8:5:log"]), draws=1024)
    said = lines(few)
    share = few.results[0].cheaper
    assert any(text.probability(share.estimate, share.ci95) in line and "10,000" in line for line in said)
    assert f"between {few.tips[0].between[0]:,.0f} and {few.tips[0].between[1]:,.0f}" in finding(few)
    many = sweep({"bot": BOT}, axes([f"{VOLUME}=1e4:1e8:31:log"]), draws=256)
    assert len(lines(many)) < 15
    assert any("All 31 cells" in line for line in lines(many))


def test_what_the_interval_leaves_open_is_too_close_to_call() -> None:
    found = sweep({"bot": BOT}, axes([f"{VOLUME}=1e4:1e8:9:log"]), draws=64)
    close = [one.cheaper for one in found.results if one.close]
    assert found.close == len(close) > 0
    assert all(one.ci95 is not None and one.ci95[0] <= 0.5 <= one.ci95[1] for one in close)
    above = sum(one.cheaper.ci95 is not None and one.cheaper.ci95[0] > 0.5 for one in found.results)
    assert f"in {above} of 9 cells, too close to call in {len(close)}" in finding(found)
    assert any("more --draws" in line for line in lines(found))
    single = sweep({"bot": BOT}, axes([f"{VOLUME}=1e4,1e8"]), draws=1)
    assert single.close == 2, "one draw has no interval"


# --- figures


@pytest.mark.parametrize(
    ("scenarios", "vary", "kind"),
    [
        ({"bot": BOT}, [f"{VOLUME}=1e4:1e8:5:log"], "_curves"),
        ({"bot": BOT}, [f"{VOLUME}=1e4:1e8:5:log", f"{PRICE}=2"], "_curves"),
        ({"bot": BOT, "tied": TIED}, [f"{VOLUME}=1e4:1e8:3:log"], "_curves"),
        ({"bot": BOT}, [f"{VOLUME}=1e4:1e8:5:log", f"{PRICE}=1,4"], "_map"),
        ({"bot": BOT}, [], "_dots"),
        ({"bot": BOT, "other": OTHER}, [], "_dots"),
        ({"bot": BOT, "other": OTHER}, [f"{VOLUME}=1e4,1e8"], "_multiples"),
        ({"bot": BOT, "tied": TIED}, [f"{VOLUME}=1e4,1e8", f"{PRICE}=1,4"], "_multiples"),
        pytest.param(
            {"bot": BOT},
            [f"{VOLUME}=1e4,1e8", f"{PRICE}=1,4", f"{CURATION}=1:16:16"],
            "_multiples",
            marks=SLOW,
        ),
    ],
)
def test_each_shape_of_sweep_has_its_picture(
    scenarios: dict[str, Scenario], vary: list[str], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = sweep(scenarios, axes(vary), draws=64)
    drawn: list[str] = []
    for name in ("_dots", "_curves", "_map", "_multiples"):
        real = getattr(figure, name)
        monkeypatch.setattr(figure, name, lambda *a, real=real, name=name: (drawn.append(name), real(*a))[1])
    files = rendered(figure.draw(found.to_dataset(), finding(found)))
    assert drawn == [kind]
    assert files["png"].startswith(b"\x89PNG")
    assert b"seed 20260801" in files["svg"]
    if len(found.pairs) > 1:
        assert b"pair" in files["svg"]


def test_totals_leave_out_break_even_and_nothing_else() -> None:
    along = axes([f"{VOLUME}=1e4:1e8:3:log"])
    full, totals = (sweep({"bot": TIED}, along, draws=20_000, seed=2, totals=flag) for flag in (False, True))
    for one, other in zip(full.results, totals.results, strict=True):
        assert one.cheaper == other.cheaper
        assert one.cheapest == other.cheapest
        assert one.difference.value == other.difference.value
        assert {name: row.mcse for name, row in one.cost.items()} == {
            name: row.mcse for name, row in other.cost.items()
        }
        assert one.reached is not None
        assert (other.reached, other.median_month) == (None, None)
    assert [cell["breakeven"] for cell in totals.to_dict()["cells"]] == [None] * 3
    assert np.isnan(totals.to_dataset()["breakeven_probability"]).all()
    rows = list(csv.DictReader(io.StringIO(table.rows(totals).decode())))
    assert {row["breakeven_probability"] for row in rows} == {""}
    assert "breaks even" in "\n".join(lines(full))
    assert "breaks even" not in "\n".join(lines(totals))
