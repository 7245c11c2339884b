"""One server a session, and a real browser that looks at it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.command import patience

ROOT = Path(__file__).parents[2]

DRAWS = 1 << 17
"""Of the answers: twice those that are shown first, where all of them take long."""


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server says on its standard error."""
    return tmp_path_factory.mktemp("server") / "log"


@pytest.fixture(scope="session")
def address(log: Path) -> Iterator[str]:
    """The address that a server printed that was started as a user starts it; it ends in the token."""
    with serving(log) as printed:
        yield printed
    assert "Traceback" not in log.read_text()


@contextmanager
def serving(log: Path, *arguments: str | Path) -> Iterator[str]:
    """The address of a server, while it runs."""
    command = [sys.executable, "-m", "studies", "serve", *map(str, arguments), "--port", "0", "--no-browser"]
    command += ["--draws", str(DRAWS)]
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            printed = re.match(r"Listening on (http://127\.0\.0\.1:\d+/\?token=\S{30,}) ", line)
            assert printed, line + log.read_text()
            yield printed[1]
            assert process.poll() is None, log.read_text()
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the machine; without it the tests are skipped, but not where everything has to be tested."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not installed, and CI has to test the calculator in it")
        pytest.skip("chromium is not installed: the calculator cannot be looked at")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


def with_token(address: str, link: str = "") -> str:
    """The printed address with the query of a link: `?s=support_bot`."""
    return address + (f"&{link[1:]}" if link.startswith("?") else link)


class Watched:
    """A page with what it said on its console, and where it sent requests."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address
        self.said: list[str] = []
        self.hosts: set[str] = set()
        self.page = context.new_page()
        self.page.set_default_timeout(1000 * patience())  # a busy machine is slow, not wrong
        self.page.on(
            "console", lambda m: self.said.append(m.text) if m.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        context.on("request", lambda request: self.hosts.add(urlparse(request.url).netloc))

    def open(self, link: str = "") -> Page:
        """The page of a link (its query, and what stands behind `#`), once it has an answer of all draws."""
        self.page.goto(with_token(self.address, link))
        self.settle()
        return self.page

    @property
    def problems(self) -> list[str]:
        """What the page complains of, once it does."""
        self.page.wait_for_selector("#problem li")
        return self.page.locator("#problem li").all_inner_texts()

    def settle(self, other_than: str | None = None) -> str:
        """The probability of all draws once it is there, as the page holds it; another one than before if asked."""
        self.page.wait_for_function(
            "old => { const d = document.getElementById('probability')?.dataset;"
            f" return d && d.draws === '{DRAWS}' && d.value !== old }}",
            arg=other_than,
        )
        return self.page.get_attribute("#probability", "data-value") or ""

    def slide(self, id: str, position: int) -> None:
        """Move a slider as a hand does: at once there, and let go."""
        self.page.locator(f'[id="{id}"]').evaluate(
            "(slider, to) => { slider.value = to; for (const name of ['input', 'change'])"
            " slider.dispatchEvent(new Event(name, { bubbles: true })) }",
            position,
        )


@pytest.fixture
def make(browser: Browser, address: str) -> Iterator[list[Watched]]:
    """Pages that are checked when the test is over: no error in the console, no request to anywhere else."""
    made: list[Watched] = []
    yield made
    for one in made:
        own = urlparse(address).netloc
        assert one.said == []
        assert one.hosts <= {own, ""}
        one.context.close()


@pytest.fixture
def watched(make: list[Watched], browser: Browser, address: str) -> Watched:
    """One page on a wide screen."""
    one = Watched(
        browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True), address
    )
    make.append(one)
    return one
