"""`make docs` swaps the manual when the new one is whole, and not before."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.command import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def built(folder: Path, status: int) -> int:
    """The exit status of `make docs` with a builder that writes two pages, or one and then ends with a status."""
    builder = folder / "bin" / "sphinx-build"
    builder.parent.mkdir(exist_ok=True)
    lines = ['for to; do :; done; mkdir -p "$to"', 'echo new > "$to/one.html"']
    lines += [f"exit {status}"] if status else ['echo new > "$to/two.html"']
    builder.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n")
    builder.chmod(0o755)
    line = ["make", "-f", str(ROOT / "Makefile"), "-o", ".venv/.ready", "docs", "BIN=bin"]
    own = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(line, cwd=folder, env=own, capture_output=True, check=False).returncode


def manual(folder: Path) -> dict[str, str]:
    return {page.name: page.read_text().strip() for page in (folder / "build" / "docs").iterdir()}


def test_a_manual_that_cannot_be_built_leaves_the_one_before(tmp_path: Path) -> None:
    assert built(tmp_path, 0) == 0
    assert manual(tmp_path) == {"one.html": "new", "two.html": "new"}
    for page in ("one.html", "two.html"):
        (tmp_path / "build" / "docs" / page).write_text("old")
    assert built(tmp_path, 3) != 0
    assert manual(tmp_path) == {"one.html": "old", "two.html": "old"}
    assert built(tmp_path, 0) == 0
    assert manual(tmp_path) == {"one.html": "new", "two.html": "new"}
    assert [entry.name for entry in (tmp_path / "build").iterdir()] == ["docs"]
