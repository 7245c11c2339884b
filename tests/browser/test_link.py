"""Links: what they hold comes back on any server, and what they do not hold is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Watched, serving
from tests.browser.test_upload import choose

pytestmark = pytest.mark.slow

MINE = """[study]
title = "Mine"
compare = ["prompt", "rag"]
[inputs.price]
input = { lognormal = { p10 = 1, p90 = 2 } }
"""


def test_a_link_to_what_is_not_there_says_so_and_is_not_applied(watched: Watched) -> None:
    page = watched.open()
    plain = watched.settle()
    watched.open("?s=upload-0123456789&price.input=9~0.1&months=3")
    assert watched.settle() == plain
    assert watched.problems == [
        "the link: s: 'upload-0123456789' is not on this server, nor is it in the link; nothing of the link is "
        "applied; open the scenario's file, or ask for the whole link"
    ]
    page.wait_for_function("location.search === '?s=support_bot'")
    assert page.locator(".row.edited").count() == 0


def test_a_link_to_an_opened_file_works_on_another_server(
    watched: Watched, make: list[Watched], browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    page = watched.open()
    before = watched.settle()
    choose(watched, path)
    opened = watched.settle(before)
    watched.slide("median-price.input", 900)
    shown = watched.settle(opened)
    page.wait_for_function("location.search.includes('price.input') && location.hash.length > 100")
    link = page.url.partition("/?")[2]
    assert watched.page.locator("#problem li").count() == 0
    with serving(tmp_path / "log") as address:
        other = Watched(browser.new_context(), address)
        other.open(f"?{link[:-200]}")
        assert other.problems == [
            "the link: the scenario in it is damaged, perhaps cut off; nothing of the link is applied"
        ]
        assert other.page.locator(".row.edited").count() == 0
        other.page.goto("about:blank")
        other.open(f"?{link}")
        assert other.settle() == shown
        assert "Prompting costs less than RAG" in other.page.inner_text(".sentence")
        assert other.page.locator("#scenario option:checked").inner_text() == "Mine"
        assert "edited" in (other.page.get_attribute('[id="row-price.input"]', "class") or "")
        assert other.page.locator("#problem li").count() == 0
        other.context.close()


def test_what_a_link_asks_for_and_does_not_get_is_said(watched: Watched) -> None:
    page = watched.open(
        "?s=support_bot&months=999&price.input=-5&tokens.output=many&price.imput=3&only=rag-oracle"
    )
    assert watched.problems == [
        "the link: price.imput: unknown; did you mean 'price.input'?",
        "the link: only: found 'rag-oracle', not taken; allowed: two or more of prompt, rag, tuned_hosted, "
        "tuned_self_hosted, hybrid, as in rag-hybrid",
        "the link: months: found 999, held to 120; allowed: a whole number from 1 to 120",
        "the link: tokens.output: found 'many', not taken; allowed: MEDIAN, MEDIAN~SPREAD or ~SPREAD in numbers, as in "
        "2.5~0.3",
        "the link: price.input: found a median of -5, held to 0; allowed: ≥ 0",
    ]
    assert page.inner_text("#months-out") == "120 months"
    assert page.inner_text('[id="value-price.input"]') == "0 USD/M tokens"


def test_without_the_token_the_page_asks_for_it_and_goes_on_to_the_link(watched: Watched) -> None:
    bare, _, token = watched.address.partition("?token=")
    watched.page.goto(f"{bare}?s=internal_kb&months=24")
    assert "Breakeven" in watched.page.inner_text("h1")
    assert all("403 (Forbidden)" in said for said in watched.said)
    watched.said.clear()
    watched.page.get_by_label("Token").fill(token)
    watched.page.get_by_role("button", name="Open").click()
    watched.settle()
    watched.page.wait_for_function("location.search === '?s=internal_kb&months=24'")
    assert "over 24 months" in watched.page.inner_text(".sentence")
