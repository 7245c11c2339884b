"""The manual says what is true: its commands work and print what it shows, and it names all that there is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import click
import pytest

from distributions import forms, marginal
from studies.cli.group import COMMANDS, breakeven
from tests.docs import pages

ROOT = pages.ROOT
DOCS = ROOT / "docs"
NAMES = [str(page.relative_to(ROOT)) for page in pages.PAGES]
LIVELY = [
    name
    for name in NAMES
    if {"console", "sh", "python", "pycon"}
    & {block.language for block in pages.blocks((ROOT / name).read_text(encoding="utf-8"))}
]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# --- what a reader does


@pytest.mark.slow
@pytest.mark.parametrize("name", LIVELY)
def test_a_page_works_as_it_is_written(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = pages.Reader(tmp_path)
    reader.follow(ROOT / name)
    assert not reader.differences, "write it anew: python -m tests.docs.pages\n" + "\n".join(
        reader.differences
    )


@pytest.mark.parametrize("name", LIVELY)
def test_every_command_shown_has_the_options_it_is_shown_with(name: str) -> None:
    """Also where it cannot be run here, as on a cluster."""
    for block in pages.blocks(text_of(name)):
        if block.language not in ("sh", "console"):
            continue
        for line in re.findall(r"^(?:\$ )?breakeven (.*)$", block.text, flags=re.MULTILINE):
            arguments = pages.words(line)
            assert arguments[0] in COMMANDS, line
            command = breakeven.get_command(click.Context(breakeven), arguments[0])
            assert command is not None
            command.make_context(arguments[0], arguments[1:], resilient_parsing=False)


def test_a_page_that_no_longer_holds_is_found_and_written_anew(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# T\n\n```console\n$ cat a.txt\none\n$ wc -l < a.txt\n3\n```\n\n```python\nx = 2\n```\n")
    reader = pages.Reader(tmp_path)
    again = reader.follow(page)
    assert "$ wc -l < a.txt\n1\n" in again
    assert len(reader.differences) == 1
    page.write_text(again)
    (tmp_path / "other").mkdir()
    reader = pages.Reader(tmp_path / "other")
    assert reader.follow(page) == again
    assert not reader.differences
    page.write_text("```python\nassert 1 == 2\n```\n")
    with pytest.raises(AssertionError):
        reader.follow(page)


def test_names_of_runs_and_times_are_settled() -> None:
    printed = "outputs/bot/20261109T081500Z-0a1b2c3d (3 min 2 s, 340 ms of it for the numbers)"
    assert pages.settled(printed) == pages.settled(pages.settled(printed))
    assert "20261109" not in pages.settled(printed)
    assert "3 min" not in pages.settled(printed)


# --- that it is whole


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    for target in re.findall(r"(?<!`)\]\(([^)#\s]+)\)", text_of(name)):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("name", NAMES)
def test_every_fenced_block_of_toml_is_toml(name: str) -> None:
    for block in pages.blocks(text_of(name)):
        if block.language == "toml":
            tomllib.loads(block.text)


def test_every_page_is_in_the_contents() -> None:
    contents = "\n".join(re.findall(r"```\{toctree\}\n(.*?)```", text_of("docs/index.md"), flags=re.DOTALL))
    listed = set(contents.splitlines())
    pages_there = {
        str(p.relative_to(DOCS).with_suffix("")) for p in [*DOCS.rglob("*.md"), *DOCS.glob("*.ipynb")]
    }
    assert pages_there - {"index"} <= listed


def test_the_page_of_forms_is_that_of_the_registry() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (.*?) \| (.*?) \| `(\{.*\})` \|$", text_of("docs/forms.md"), flags=re.MULTILINE
    )
    assert [row[0] for row in rows] == list(forms.FORMS)
    for name, parameters, _, example in rows:
        sets = [option.summary() for option in forms.form(name).alternatives]
        assert parameters == " or ".join(f"`{one}`" for one in sets), name
        value = tomllib.loads(f"value = {example}")["value"]
        assert list(value) == [name]
        if name != "data":
            distribution = marginal(value)
            assert distribution.cdf(distribution.median()) == pytest.approx(
                0.5, abs=0.25
            )  # a step of the discrete one


def test_the_page_of_quotes_has_every_kind_of_fee() -> None:
    from sim.quotes.fee_kinds import KINDS

    (shown,) = re.findall(r'^per = "month" +# (.*)$', text_of("docs/quotes.md"), flags=re.MULTILINE)
    assert shown.split(", ") == list(KINDS)


def test_the_page_of_strategies_has_every_rhythm() -> None:
    from sim.scenario.own_strategies import PER

    page = text_of("docs/howto/strategy.md")
    (shown,) = re.findall(r"\*\*A line\*\* costs what it says `per`: (.*?)from `from_month`", page, re.DOTALL)
    assert re.findall(r"`(\w+)`", shown) == list(PER)


def test_the_page_of_equations_is_up_to_date() -> None:
    from sim.model.equations import markdown_page

    assert text_of("docs/equations.md") == markdown_page(), (
        "write it again: python -c 'from pathlib import Path; from sim.model.equations import *; "
        'Path("docs/equations.md").write_text(markdown_page(), encoding="utf-8")\''
    )


def test_the_form_of_the_manual_serves_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = (b for b in pages.blocks(text_of("docs/howto/distribution.md")) if b.language == "python")
    module = ModuleType("exponential_of_the_manual")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(block.text, module.__dict__)
    monkeypatch.setitem(forms.FORMS, "exponential", module.__name__)
    distribution = marginal({"exponential": {"mean": 3}})
    assert (distribution.mean(), distribution.std()) == pytest.approx((3, 3))


# --- notebook and build


def test_the_notebook_has_no_outputs() -> None:
    cells = json.loads((DOCS / "tutorial.ipynb").read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) >= 5
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code)


@pytest.mark.slow
def test_the_manual_is_built_without_a_warning_runs_the_notebook_and_fetches_nothing() -> None:
    """Where `make docs` builds it too, which then has little left to do."""
    folder = ROOT / "build" / "docs"
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", str(DOCS), str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    built = {page.name: page.read_text(encoding="utf-8") for page in folder.rglob("*.html")}
    for name in COMMANDS:
        assert f'id="breakeven-{name}"' in built["cli.html"], name
    for name, text in built.items():
        assert not re.search(r'<(script|img|iframe)\b[^>]*\bsrc="(https?:)?//', text), name
        assert not re.search(r'<link\b[^>]*\bhref="(https?:)?//', text), name
    for style in folder.rglob("*.css"):
        assert not re.search(r"(@import|url\()\s*[\"']?(https?:)?//", style.read_text(encoding="utf-8")), (
            style
        )
    tutorial = built["tutorial.html"]
    assert "costs less than rag with probability 48." in tutorial, "as the tutorial has it"
    assert "data:image/png;base64," in tutorial
    assert "rag.upkeep_weeks_per_month" in tutorial
