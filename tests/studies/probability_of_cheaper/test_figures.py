"""Every figure renders, says what it found, and comes out the same to the byte."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg

from distributions import text as digits
from sim import STRATEGIES
from studies.probability_of_cheaper import figures
from studies.shared import looks, style
from studies.shared.names import label
from tests.studies.synthetic import synthetic_run

STUDIES = Path(__file__).parents[3] / "studies"

MANY = (*STRATEGIES, *(f"own_{k:02}" for k in range(1, 20)))

CASES = {
    "usual": {},
    "hundred and twenty months": {"months": 120, "spread": 0.9},
    "one month, one draw": {"months": 1, "draws": 1},
    "two strategies": {"strategies": ("rag", "tuned_hosted")},
    "certain": {"spread": 0.0},
    "twelve strategies": {"strategies": MANY[:12], "compare": ("own_02", "rag")},
    "two dozen strategies": {"strategies": MANY, "compare": ("own_12", "own_19")},
    "hostile title": {"title": "<script>alert(1)</script> $x_1$ 😀 \x1b[31m \u202e " + "long " * 1000},
}


@pytest.fixture(scope="module")
def data() -> xr.Dataset:
    return synthetic_run()


def text_of(figure: mpl.figure.Figure, gid: str) -> str:
    return " ".join(item.get_text() for item in figure.texts if item.get_gid() == gid)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", figures.OF_A_RUN)
def test_a_figure_renders_with_its_finding_units_and_source(name: str, case: str) -> None:
    figure = figures.draw(name, synthetic_run(**CASES[case]))
    assert text_of(figure, "title")
    assert "n = " in text_of(figure, "footer")
    axes = figure.axes[0]
    assert axes.has_data()
    assert axes.get_xlabel()
    assert axes.get_ylabel() or name in ("line_items", "waterfall")
    files = style.rendered(figure)
    assert files["png"].startswith(b"\x89PNG")
    ElementTree.fromstring(files["svg"])
    assert b"<script" not in files["svg"]


@pytest.mark.slow
@pytest.mark.parametrize("name", figures.OF_A_RUN)
def test_the_same_data_give_the_same_bytes(name: str, data: xr.Dataset) -> None:
    first, second = (style.rendered(figures.draw(name, data)) for _ in range(2))
    assert first == second
    assert not re.search(rb"<dc:date>|20\d\d-\d\d-\d\d", first["svg"])


def test_the_title_states_the_probability(data: xr.Dataset) -> None:
    estimate = float(data["probability_cheaper"].sel(strategy="tuned_hosted", other="rag"))
    interval = (
        data["probability_cheaper_by_month_ci"].sel(strategy="tuned_hosted", other="rag").values[-1].tolist()
    )
    title = text_of(figures.draw("probability_by_month", data), "title")
    shown = digits.probability(estimate, interval)
    assert title == f"Fine-tuning (hosted) costs less than RAG with probability {shown}"


def test_a_fan_says_of_how_many_draws_it_is(data: xr.Dataset) -> None:
    kept = data.sizes["draw"]
    for draws, said in ((kept, False), (250 * kept, True)):
        figure = figures.draw("cumulative_cost", data.assign_attrs(draws=draws))
        written = " ".join(item.get_text() for item in figure.texts)
        assert (f"from the first {kept:,} draws" in " ".join(written.split())) == said


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 5, 12, 24])
def test_text_stays_within_the_figure_and_names_do_not_overlap(count: int) -> None:
    """No label may be cut off at the edge."""
    chosen = MANY[1 : count + 1] if count < 24 else MANY
    data = synthetic_run(strategies=chosen, compare=(chosen[1], chosen[0]))
    for name in figures.OF_A_RUN:
        figure = figures.draw(name, data)
        style.rendered(figure)
        canvas = FigureCanvasAgg(figure)
        renderer = canvas.get_renderer()
        width, height = canvas.get_width_height()
        everything = [*figure.texts, *(item for axes in figure.axes for item in axes.texts)]
        everything += [label for axes in figure.axes for label in (axes.xaxis.label, axes.yaxis.label)]
        for item in everything:
            if item.get_text():
                box = item.get_window_extent(renderer)
                assert box.x0 >= 0, (name, item)
                assert box.x1 <= width, (name, item)
                assert box.y0 >= 0, (name, item)
                assert box.y1 <= height, (name, item)
        if name in ("cost_curves", "cumulative_cost", "line_items"):
            axes = figure.axes[-1]
            named = axes.get_yticklabels() if name == "line_items" else axes.texts
            words = [label(strategy) for strategy in chosen]
            shown = [item for item in named if item.get_text().replace("\n", " ").startswith(tuple(words))]
            assert len(shown) >= count
            boxes = sorted((item.get_window_extent(renderer) for item in shown), key=lambda box: box.y0)
            assert all(low.y1 <= high.y0 + 1.5 for low, high in pairwise(boxes)), name


@pytest.mark.slow
def test_settings_of_the_machine_change_nothing(data: xr.Dataset) -> None:
    usual = style.rendered(figures.draw("convergence", data))
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path"}):
        assert style.rendered(figures.draw("convergence", data)) == usual
        assert mpl.rcParams["font.size"] == 30


def test_every_figure_file_is_in_the_registry() -> None:
    files = {path.stem for path in Path(figures.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == set(figures.OF_A_RUN)


@pytest.mark.parametrize(
    "path",
    [*STUDIES.glob("*/figure.py"), *STUDIES.glob("*/figures/[a-z]*.py")],
    ids=lambda path: "/".join(path.parts[-3:]),
)
def test_every_figure_is_drawn_by_its_questions_command(path: Path) -> None:
    question = path.relative_to(STUDIES).parts[0]
    if question in ("probability_of_cheaper", "web"):  # drawn through registries of their own
        return
    command = (STUDIES / question / "command.py").read_text()
    # By name, as it is drawn in a process of its own, or imported.
    named = (
        (rf"studies\.{question}\.figures\b", rf"\b{path.stem}\b")
        if path.parent.name == "figures"
        else (rf"studies\.{question}\.figure\b|from studies\.{question} import (\w+, )*figure\b",)
    )
    assert all(re.search(pattern, command) for pattern in named), f"{path} is drawn by no command"


def test_looks_of_strategies_differ_in_grey() -> None:
    """Each pair of strategies differs in line style, so that a print without colour can be read."""
    found = [looks.look(name) for name in STRATEGIES]
    assert len({look.line for look in found}) == len({look.colour for look in found}) == len(found)


def test_two_dozen_strategies_look_different_in_figures_and_workbook() -> None:
    found = [looks.numbered(position) for position in range(24)]
    assert len({(look.line, look.marker) for look in found}) == 24  # in grey
    assert len({(look.dash, look.marker) for look in found}) == 24
    assert len({(look.colour, look.marker) for look in found}) == 24


def test_own_strategies_are_numbered_by_their_order_and_shipped_ones_stay_as_they_are() -> None:
    many = looks.looks(MANY)
    assert [many[name] for name in MANY] == [looks.numbered(position) for position in range(24)]
    few = looks.looks(["own_07", "rag", "own_03"])
    assert few == {"own_07": looks.numbered(5), "rag": looks.look("rag"), "own_03": looks.numbered(6)}


@pytest.mark.parametrize("seed", range(20))
def test_labels_are_moved_apart_within_the_axes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wanted = rng.uniform(-0.2, 1.2, 6)
    placed = np.array(style.spread(list(wanted), 0.1, 0.0, 1.0))
    assert placed.min() >= -1e-9
    assert placed.max() <= 1 + 1e-9
    assert np.diff(np.sort(placed)).min() >= 0.1 - 1e-9
    assert (np.argsort(placed) == np.argsort(wanted)).all()


def test_labels_with_room_stay_where_they_are() -> None:
    assert style.spread([0.8, 0.2, 0.5], 0.1, 0.0, 1.0) == [0.8, 0.2, 0.5]
