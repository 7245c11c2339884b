"""Text of users through every door: terminal, report, page, workbook, notebook and figure show the same of it."""

from __future__ import annotations

import html
import io
import re
import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace
from typing import Any, cast

import openpyxl
import pytest
import xarray as xr

from distributions import text
from sim.results import notebook
from studies import report
from studies.cli import _say
from studies.shared import style
from studies.web import controls, panels
from studies.workbook.book import Book

NASTY = {
    "plain": "Support bot",
    "line breaks": "one\ntwo\r\nthree\u2028four\u2029five\x85six\tseven",
    "terminal": "\x1b[31mred\x1b]0;title\x07\x9b2J\x7f",
    "bidi": "abc\u202etxt.exe\u2066x\u2069\u200f",
    "unseen": "a\u200bb\ufeffc\u00add\U000e0041",
    "no characters": "\ud800 \ufffe \uffff \x00",
    "markup": "<script>alert('1')</script> & \"quoted\" &amp; ]]> <!--",
    "formulas": '=HYPERLINK("http://example.org") +1 -1 @SUM(A1)',
    "cell of XML": "<r><t>x</t></r>",
    "mathematics": "$x_1$ costs $5 \\frac{1}{2} \\$",
    "template": "{{ 7 * 7 }} {% raw %} ${7} %s {0}",
    "shown as it is": "Ωmega é 日本 \u00a0 👩\u200d👩\u200d👧",
    "long": "word " * 30_000,
}


@pytest.fixture(params=NASTY)
def nasty(request: pytest.FixtureRequest) -> str:
    return NASTY[request.param]


def harmless(shown: str) -> bool:
    return not re.search(
        r"[\x00-\x1f\x7f-\x9f\u200b\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff\ufeff]", shown
    )


def test_the_terminal(nasty: str, capsys: pytest.CaptureFixture[str]) -> None:
    _say(nasty)
    shown = capsys.readouterr().err
    assert shown == text.clean(nasty) + "\n"
    assert harmless(shown[:-1])


def test_the_report(nasty: str) -> None:
    material = SimpleNamespace(
        record={"study": {"title": nasty}, "version": nasty}, warnings=[nasty], run=SimpleNamespace(log="")
    )
    page = report._page(cast(Any, material), {}).decode()
    assert [html.unescape(found) for found in re.findall(r"<li>(.*?)</li>", page)] == [text.clean(nasty)]
    assert html.unescape(re.findall(r'<p class="study">(.*?)</p>', page)[0]) == text.clean(nasty, 300)
    assert "<script>" not in page
    assert harmless(page.replace("\n", ""))


def test_the_page(nasty: str) -> None:
    page = panels.problem([nasty]) + controls.header({"name": nasty}, "name")
    for tag in ("li", "option"):
        (shown,) = re.findall(rf"<{tag}[^>]*>([^<]*)</{tag}>", page)
        assert html.unescape(shown) == text.clean(nasty)
    assert harmless(page)


def test_the_workbook(nasty: str) -> None:
    file = io.BytesIO()
    book = Book(file, title=nasty[:200], version="1")
    book.sheet("Sheet", [10]).text(0, 0, nasty)
    book.close()
    cell = openpyxl.load_workbook(file)["Sheet"]["A1"]
    assert cell.data_type == "s"
    assert cell.value == text.cell(nasty)
    # the blank that keeps it from being a cell's own XML
    assert cell.value.removeprefix(" " * (nasty == NASTY["cell of XML"])) == text.clean(nasty, 32_000)


def test_the_notebook(nasty: str) -> None:
    estimate = SimpleNamespace(estimate=0.5, ci95=(0.4, 0.6))
    run = SimpleNamespace(
        compare=(nasty, "b"), strategies=(nasty,), positions={nasty: 0}, title=nasty, draws=9, design="mc", seed=1,
        scenario=None, eligible=(nasty,), probability_cheaper=lambda a, b: estimate,
        probability_cheapest=lambda name: estimate,
        measure=lambda name, strategy, levels: SimpleNamespace(value=1.0, mcse=0.1, quantiles=[0.5, 1.0, 1.5]),
    )  # fmt: skip
    page = notebook.html(cast(Any, run))
    for pattern in (r"<strong>(.*?)</strong>", r"<td>(.*?)</td>", r"<br>(.*?) costs less than b with"):
        assert html.unescape(re.findall(pattern, page)[0]) == text.clean(nasty)
    assert "<script>" not in page
    assert harmless(page)


def test_a_figure(nasty: str) -> None:
    with style.settings():
        figure = style.canvas(nasty, "", xr.Dataset(attrs={"title": nasty}))
    root = ElementTree.fromstring(style.rendered(figure)["svg"])
    shown = ["".join(item.itertext()) for item in root.iter("{http://www.w3.org/2000/svg}text")]
    lines = [item.get_text() for item in figure.texts if item.get_gid() == "title"]
    assert " ".join(" ".join(lines).split()) == " ".join(style.drawable(nasty).split())
    # the very characters, and no formula
    assert [" ".join(line.split()) for line in lines if line] == [
        " ".join(line.split()) for line in shown[: len(lines)]
    ]
    assert all(map(harmless, shown))


def test_markdown_shows_text_as_text() -> None:
    assert text.markdown("a|b <i> *c*\n@d") == "a\\|b &lt;i&gt; \\*c\\*\\\\n&#64;d"


@pytest.mark.parametrize("limit", [1, 2, 5, 40])
def test_no_escape_is_cut(nasty: str, limit: int) -> None:
    shown = text.clean(nasty, limit)
    assert len(shown) <= limit
    whole = text.clean(nasty)
    assert shown == whole or (shown[-1] == "…" and whole.startswith(shown[:-1]))
    kept = shown.removesuffix("…")
    assert any(text.clean(nasty[:end]) == kept for end in range(limit + 1))
