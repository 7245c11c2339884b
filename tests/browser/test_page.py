"""The calculator as a user meets it, in a real browser."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from sim import Scenario
from tests.browser.conftest import DRAWS, ROOT, Watched

pytestmark = pytest.mark.slow


def run(scenario: Path) -> dict[str, object]:
    """What `breakeven run` says of a scenario."""
    command = [sys.executable, "-m", "studies", "run", str(scenario), "--json", "--quiet", "--no-figures"]
    command += ["--draws", str(DRAWS)]
    done = subprocess.run(
        [*command, "--out", str(scenario.parent / "run")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def downloaded(watched: Watched, folder: Path) -> Path:
    with watched.page.expect_download() as waiting:
        watched.page.get_by_role("button", name="Download").click()
    path = folder / "downloaded.toml"
    waiting.value.save_as(path)
    return path


def test_the_page_answers_with_the_number_of_the_command_line(watched: Watched, tmp_path: Path) -> None:
    page = watched.open()
    scenario = tmp_path / "support_bot.toml"
    scenario.write_bytes((ROOT / "studies/scenarios/support_bot.toml").read_bytes())
    cheaper = run(scenario)["probability_cheaper"]
    assert isinstance(cheaper, dict)
    assert float(page.get_attribute("#probability", "data-value") or "") == cheaper["estimate"]
    text = page.inner_text(".answer")
    assert f"{100 * cheaper['estimate']:.2f} %" in text
    assert "Fine-tuning (hosted) costs less than RAG over 12 months" in text
    assert f"{DRAWS:,} draws" in text


def test_a_move_changes_the_number_the_row_and_says_by_how_much(watched: Watched) -> None:
    page = watched.open()
    before = watched.settle()
    watched.slide("median-price.input", 900)
    after = watched.settle(before)
    assert float(after) > float(before)  # dearer retrieval makes fine-tuning cheaper
    row = page.locator('[id="row-price.input"]')
    assert "edited" in (row.get_attribute("class") or "")
    assert row.locator("output").first.inner_text() == "14.1 USD/M tokens"
    points = page.locator(".change strong").first.inner_text()
    assert points == f"+{100 * (float(after) - float(before)):.1f} points"
    assert "price.input median 14.1 USD/M tokens" in page.inner_text(".changes")


def test_no_spread_makes_an_input_certain_and_reset_brings_it_back(watched: Watched) -> None:
    page = watched.open()
    before = watched.settle()
    watched.slide("spread-rag.search_price", 0)
    watched.settle(before)
    assert page.inner_text('[id="span-rag.search_price"]') == "certain"
    page.get_by_role("button", name="Reset rag.search_price to the scenario").click()
    page.wait_for_function("old => document.getElementById('probability').dataset.value === old", arg=before)
    assert page.inner_text('[id="span-rag.search_price"]') == "P10–P90 0.25 – 4"
    assert page.locator('[id="spread-rag.search_price"]').input_value() == "100"


def test_a_link_brings_back_what_was_on_the_page(
    watched: Watched, make: list[Watched], browser: Browser
) -> None:
    page = watched.open()
    before = watched.settle()
    watched.slide("median-price.input", 700)
    middle = watched.settle(before)
    watched.slide("spread-workload.queries_per_month", 50)
    after = watched.settle(middle)
    page.wait_for_function("location.search.includes('~0.5')")
    query = page.url.partition("/?")[2]
    assert query == "s=support_bot&price.input=5.62&workload.queries_per_month=~0.5"
    other = Watched(browser.new_context(), watched.address)
    make.append(other)
    again = other.open(f"?{query}")
    assert again.get_attribute("#probability", "data-value") == after
    assert again.locator('[id="median-price.input"]').input_value() == "700"
    assert again.locator('[id="spread-workload.queries_per_month"]').input_value() == "50"


def test_what_is_downloaded_gives_the_number_of_the_page(watched: Watched, tmp_path: Path) -> None:
    page = watched.open("?s=internal_kb&pair=tuned_self_hosted-rag&months=24&price.input=1.5~1.4"
                        "&cache.prompt_hit_rate=0.6&tune.curation_weeks=4~0.5&serve.min_replicas=2")  # fmt: skip
    shown = float(page.get_attribute("#probability", "data-value") or "")
    file = downloaded(watched, tmp_path)
    defaulted = set(Scenario.load(ROOT / "studies/scenarios/internal_kb.toml").defaulted)
    moved = {"price.input", "cache.prompt_hit_rate", "tune.curation_weeks", "serve.min_replicas"}
    assert set(Scenario.load(file).defaulted) == defaulted - moved
    answer = run(file)
    cheaper = answer["probability_cheaper"]
    assert isinstance(cheaper, dict)
    assert (cheaper["a"], cheaper["b"]) == ("tuned_self_hosted", "rag")
    assert cheaper["estimate"] == shown


def test_the_pair_can_be_swapped_and_another_scenario_chosen(watched: Watched) -> None:
    page = watched.open()
    before = watched.settle()
    page.get_by_role("button", name="Swap the two").click()
    after = watched.settle(before)
    assert float(after) == pytest.approx(1 - float(before), abs=1e-9)
    page.locator("#scenario").select_option("internal_kb")
    watched.settle(after)
    page.wait_for_function("location.search === '?s=internal_kb'")
    assert "RAG" in page.inner_text(".sentence")


def test_the_arrow_keys_move_a_slider(watched: Watched) -> None:
    page = watched.open()
    before = watched.settle()
    slider = page.locator('[id="median-price.output"]')
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    watched.settle(before)
    assert slider.input_value() == "515"
    assert slider.get_attribute("aria-valuetext") == "7.19 USD/M tokens"


def test_the_map_is_drawn_when_asked_for(watched: Watched) -> None:
    page = watched.open()
    assert not page.locator(".mapcard .chart").is_visible()
    page.get_by_role("button", name="Draw the map").click()
    page.locator(".mapcard .chart svg").wait_for()
    assert "of the map; at the medians P(cheaper)" in page.inner_text(".mapcard")


def test_each_chart_has_its_finding_and_a_table(watched: Watched) -> None:
    page = watched.open()
    page.wait_for_selector(".charts section:nth-child(3) h3")
    labels = page.locator(".charts .chart").evaluate_all(
        "charts => charts.map(c => c.getAttribute('aria-label'))"
    )
    assert "rag.search_price moves the difference most" in labels[2]
    assert "costs $239k at the median, RAG $1.37M" in labels[0]
    assert page.locator(".charts details.data").count() == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_scrolling_sideways(
    make: list[Watched], browser: Browser, address: str, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True,
        color_scheme="dark" if scheme == "dark" else "light",
    )  # fmt: skip
    one = Watched(context, address)
    make.append(one)
    page = one.open("?price.input=4~0.5")
    page.wait_for_selector(".charts section:nth-child(3) h3")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.evaluate("window.scrollTo(0, 2000)")
    assert page.locator("#probability").is_visible()
    assert page.locator("#probability").bounding_box()["y"] < 200  # type: ignore[index]


def test_two_people_do_not_disturb_each_other(make: list[Watched], browser: Browser, address: str) -> None:
    pair = [Watched(browser.new_context(), address) for _ in range(2)]
    make.extend(pair)
    before = [one.open() and one.settle() for one in pair]
    assert before[0] == before[1]
    pair[0].slide("median-price.input", 900)
    pair[1].slide("median-price.input", 300)
    after = [one.settle(old) for one, old in zip(pair, before, strict=True)]
    assert float(after[0]) > float(before[0]) > float(after[1])


def test_a_browser_that_leaves_in_the_middle_does_no_harm(
    make: list[Watched], browser: Browser, address: str
) -> None:
    gone = Watched(browser.new_context(), address)
    shown = gone.open().inner_text("#probability")
    for position in range(0, 1000, 200):
        gone.slide("median-price.input", position)
    gone.context.close()
    here = Watched(browser.new_context(), address)
    make.append(here)
    assert here.open().inner_text("#probability") == shown
