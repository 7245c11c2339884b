"""Strategies that are changed and added on the page, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from sim import Scenario
from tests.browser.conftest import Watched
from tests.browser.test_page import downloaded, run
from tests.browser.test_upload import choose
from tests.web.test_made import OWN

pytestmark = pytest.mark.slow


def test_a_changed_strategy_is_compared_linked_and_downloaded(
    watched: Watched, make: list[Watched], browser: Browser, tmp_path: Path
) -> None:
    page = watched.open()
    before = watched.settle()
    page.get_by_text("What strategies are made of").click()
    page.get_by_label("model of RAG", exact=True).select_option("small")
    changed = watched.settle(before)
    assert "costs less than RAG 2, small model" in page.inner_text(".sentence")
    assert page.locator('[aria-label="serving of RAG"] option[value="self_hosted"]').is_disabled()
    page.get_by_label("Add a strategy like").select_option("hybrid")
    page.locator("#parts-hybrid_2").wait_for()
    assert watched.settle() == changed
    watched.slide("median-price.small_input", 800)
    shown = watched.settle(changed)
    page.wait_for_function("location.search.includes('price.small_input')")
    link = page.url.partition("/?")[2]
    assert link.startswith(
        "s=support_bot&strategy.hybrid_2=hybrid&strategy.rag_2=rag~model.small&pair=tuned_hosted-rag_2&only="
    )
    file = downloaded(watched, tmp_path)
    scenario = Scenario.load(file)
    assert scenario.strategy("rag_2").parts.model == "small"
    assert "hybrid_2" in scenario.strategies
    cheaper = run(file)["probability_cheaper"]
    assert isinstance(cheaper, dict)
    assert cheaper["estimate"] == float(shown)
    other = Watched(browser.new_context(), watched.address)
    make.append(other)
    again = other.open(f"?{link}")
    assert other.settle() == shown
    again.locator("#parts-rag_2").get_by_role("button", name="Remove").click()
    other.settle(shown)
    assert "costs less than RAG over" in again.inner_text(".sentence")
    assert again.locator("#parts-rag_2").count() == 0


def test_a_scenario_with_names_of_its_own_is_shown_and_moved(watched: Watched, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(OWN)
    page = watched.open()
    before = watched.settle()
    choose(watched, path)
    opened = watched.settle(before)
    assert "RAG <mini> costs less than RAG" in page.inner_text(".sentence")
    watched.slide("median-mini:price.small_input", 950)
    moved = watched.settle(opened)
    output = page.locator('[id="value-price.output"]')
    at_first = output.text_content()
    watched.slide("median-own.factor", 900)
    watched.settle(moved)
    assert output.text_content() != at_first
    assert page.locator("#problem li").count() == 0
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
