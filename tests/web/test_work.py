"""What a server does for its pages has a bound: nothing for who is gone, so many pages, so many lines of log."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from studies.web import messages, words
from studies.web.alive import make_room
from studies.web.compute import Latest, Superseded, aside
from studies.web.log import LONGEST, MOST, OneLine
from studies.web.messages import Moved


def test_nothing_is_computed_for_who_is_gone() -> None:
    done: list[str] = []

    async def work(request: str, wanted: object) -> None:
        done.append(request)

    async def all_of_it() -> None:
        here = False
        latest = Latest(work, lambda: here)
        latest.ask("gone")
        await asyncio.sleep(0)
        here = True
        latest.ask("here")
        await asyncio.sleep(0)
        with pytest.raises(Superseded):
            await aside(lambda: False, done.append, "not wanted")
        await aside(lambda: True, done.append, "wanted")

    with ThreadPoolExecutor(1) as aside_of_a_loop_of_playwright:
        aside_of_a_loop_of_playwright.submit(lambda: asyncio.run(all_of_it())).result()
    assert done == ["here", "wanted"]


@dataclass
class FakeClient:
    """What of a page is looked at."""

    created: float
    has_socket_connection: bool

    def delete(self) -> None:
        from nicegui import Client

        for key in [key for key, one in Client.instances.items() if one is self]:  # type: ignore[comparison-overlap]
            del Client.instances[key]


@pytest.mark.parametrize(
    ("open_pages", "unseen", "room", "left"),
    [(2, 1, True, 3), (2, 5, True, 3), (4, 0, False, 4), (4, 2, False, 4)],
)
def test_pages_that_nobody_came_for_make_room(
    monkeypatch: pytest.MonkeyPatch, open_pages: int, unseen: int, room: bool, left: int
) -> None:
    from nicegui import Client

    fakes = [FakeClient(k, k < open_pages) for k in range(open_pages + unseen)]
    monkeypatch.setattr(Client, "instances", {str(k): one for k, one in enumerate(fakes)})
    assert make_room(4) == room
    assert len(Client.instances) == left
    assert {str(k) for k in range(open_pages)} <= set(Client.instances)


def test_a_fault_in_a_library_is_a_short_line_and_one_of_ours_keeps_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("nicegui")
    short = OneLine()
    logger.addFilter(short)
    try:
        for text in ("x" * 9000, "a\nb", "\x1b[31m"):
            try:
                raise KeyError(text)
            except KeyError:
                logger.exception("a handler\nfailed: %s", text)
        try:
            words.value("many", "1")  # type: ignore[arg-type]
        except TypeError:
            logger.exception("ours")
        for k in range(2 * MOST):
            logger.error("line %d", k)
    finally:
        logger.removeFilter(short)
    ours = [record for record in caplog.records if record.exc_info]
    assert [record.getMessage() for record in ours] == ["ours"]
    lines = [record.getMessage() for record in caplog.records if not record.exc_info]
    assert lines[1].startswith("a handler: KeyError: ")
    assert all(len(line) <= LONGEST and line.isprintable() for line in lines)
    assert MOST <= len(lines) <= 2 * MOST


@pytest.mark.parametrize(
    "sent",
    [
        None, "x", [], ["median"], ["median", "k", "1", 1], [["median"], "k", "1", True], ["median", {}, "1", True],
        ["strategy", "", ["rag"], True], ["strategy", "", [["rag"], True], True], ["median", "k", 1.0, True],
    ],
)  # fmt: skip
def test_what_the_page_does_not_send_is_ignored_with_a_line(
    sent: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert messages.moved(sent) is None
    assert messages.rejected(sent) is None
    assert messages.arrived(sent) == (False, "")
    assert len(caplog.records) == 3


def test_what_the_page_sends_is_read() -> None:
    assert messages.moved(["median", "price.input", "500", False]) == Moved(
        "median", "price.input", "500", False, False
    )
    assert messages.moved(["strategy", "", ["rag", True], True]) == Moved("strategy", "", "rag", True, True)
    assert messages.clicked(["map", ""]) == ("map", "")
    assert messages.arrived([True, "#x"]) == (True, "#x")
