"""Scenario files opened on the page: the good, the bad and the hostile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, Watched

pytestmark = pytest.mark.slow


def choose(watched: Watched, path: Path) -> None:
    with watched.page.expect_file_chooser() as waiting:
        watched.page.get_by_role("button", name="Open file").click()
    waiting.value.set_files(path)


def test_a_scenario_can_be_opened_and_its_title_is_only_text(watched: Watched, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[study]\ntitle = "<img src=x onerror=alert(1)></title><script>alert(2)</script>"\n'
        'compare = ["prompt", "rag"]\n[inputs.price]\ninput = { lognormal = { p10 = 1, p90 = 2 }, '
        'source = "<b onclick=alert(3)>quote</b>" }\n'
    )
    page = watched.open()
    before = watched.settle()
    choose(watched, path)
    watched.settle(before)
    assert "Prompting costs less than RAG" in page.inner_text(".sentence")
    assert page.locator("#scenario option:checked").inner_text().startswith("<img src=x onerror=alert(1)>")
    assert page.locator("img[src=x]").count() == 0
    assert "<b onclick=alert(3)>quote</b>" in (page.text_content('[id="row-price.input"]') or "")
    page.wait_for_function("location.search.startsWith('?s=upload-')")


def test_a_bad_scenario_gets_the_words_of_the_command_line(watched: Watched, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("[inputs.price]\nimput = 3\noutput = { lognormal = { p10 = 9, p90 = 2 } }\n")
    page = watched.open()
    before = watched.settle()
    choose(watched, path)
    page.wait_for_selector("#problem li")
    shown = page.locator("#problem li").all_inner_texts()
    command = [sys.executable, "-m", "studies", "check", path.name]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert [f"error: {line}" for line in shown] == done.stderr.splitlines()
    assert watched.settle() == before
    page.get_by_role("button", name="Dismiss").click()
    page.wait_for_selector("#problem li", state="detached")


def test_a_large_file_is_refused_with_the_limit(watched: Watched, tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_bytes(b"# " + b"x" * 1_000_001)
    page = watched.open()
    choose(watched, path)
    page.wait_for_selector("#problem li")
    assert page.inner_text("#problem li") == "the file is too large; allowed: at most 1,000,000 bytes"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("photo.png", b"\x89PNG\r\n", "photo.png: is a PNG image, not a scenario"),
        ("usage.csv", b"x\n1\n", "usage.csv: is a table (CSV), not a scenario"),
        ("notes", b"x", "notes: is a folder, or a file whose name has no ending, not a scenario"),
        ("big.pdf", b"%PDF" + bytes(1_100_000), "big.pdf: is a PDF document, not a scenario"),
    ],
)
def test_a_file_of_another_kind_is_named_as_what_it_is(
    watched: Watched, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    page = watched.open()
    path = tmp_path / name
    path.write_bytes(content)
    allowed = "; allowed: a scenario: a TOML file, whose name ends in .toml"
    choose(watched, path)
    assert watched.problems == [said + allowed]
    page.get_by_role("button", name="Dismiss").click()
    page.wait_for_selector("#problem li", state="detached")
    drop(watched, name, content[:100])
    assert watched.problems == [said + allowed]


def drop(watched: Watched, *files: str | bytes) -> None:
    """Drop files, given as name, content, name, content ..., on the middle of the page."""
    pairs = [
        [name, bytes(content).decode("latin-1")]
        for name, content in zip(files[::2], files[1::2], strict=True)
    ]
    watched.page.evaluate(
        """files => {
            const dataTransfer = new DataTransfer();
            for (const [name, content] of files)
                dataTransfer.items.add(new File([Uint8Array.from(content, c => c.charCodeAt(0))], name));
            document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        }""",
        pairs,
    )


def test_a_scenario_dropped_on_the_page_is_opened_and_two_are_not(watched: Watched) -> None:
    page = watched.open()
    before = watched.settle()
    content = b'[study]\ntitle = "Dropped"\ncompare = ["prompt", "rag"]\n'
    drop(watched, "one.toml", content, "two.toml", content)
    assert watched.problems == ["several files were dropped; allowed: one scenario at a time"]
    drop(watched, "image.toml", b"\x89PNG\r\n\x1a\n")
    page.wait_for_function("document.querySelector('#problem li')?.textContent.includes('PNG')")
    assert watched.problems[0].startswith("image.toml: is a PNG image, not text")
    drop(watched, "one.toml", content)
    watched.settle(before)
    assert page.locator("#scenario option:checked").inner_text() == "Dropped"
