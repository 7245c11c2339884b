"""No connections, no files written elsewhere, no code made of the user's text, no pickles of ours: seen, not said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.security.watched import MARK, ROOT

SCENARIO = f"""
[study]
title = "__import__('os').system('true') {MARK}"
horizon_months = 3
[inputs.price]
input = {{ scipy = {{ name = "expon", loc = 1, scale = 2 }}, source = "{MARK}()" }}
[inputs.price.training]
data = {{ file = "prices.csv", column = "{MARK}" }}
"""
QUOTE = f'[quote]\nvendor = "{MARK}"\nstrategy = "rag"\n[[quote.fee]]\nname = "{MARK}"\nper = "month"\namount = 5\n'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("watched")
    (place / "bot.toml").write_text(SCENARIO)
    (place / "quote.toml").write_text(QUOTE)
    (place / "prices.csv").write_text(f"{MARK}\n" + "".join(f"{1 + k / 10}\n" for k in range(30)))
    return place


def watched(place: Path, *command: str) -> list[str]:
    """What commands did that they must not; they have to succeed."""
    report = place / "report.json"
    cache = os.environ.get("BREAKEVEN_CACHE_DIR") or str(Path.home() / ".cache")
    allowed = os.pathsep.join((str(place), cache))
    done = subprocess.run(
        [sys.executable, "-m", "tests.security.watched", str(report), allowed, *command],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(place), "MPLCONFIGDIR": str(place / "mpl")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(report.read_text())
    return found


@pytest.mark.slow
def test_commands_keep_to_what_they_may(place: Path) -> None:
    few = ("--draws", "2048", "--quiet", "--out")
    run, quotes = ("run", "bot.toml", *few, "run"), ("quotes", "bot.toml", "quote.toml", *few, "quotes-1")
    report = ("report", "run", "quotes-1")
    assert watched(place, "check", "bot.toml", "then", *run, "then", *quotes, "then", *report) == []


@pytest.mark.slow
def test_the_hook_sees(place: Path) -> None:
    """The watch itself: a file written elsewhere is told."""
    outside = place.parent / "outside"
    done = subprocess.run(
        [
            sys.executable, "-c",
            "import sys; from tests.security import watched; import studies.cli\n"
            f"studies.cli.main = lambda arguments: open({str(outside)!r}, 'w').close() or 0\n"
            f"sys.exit(watched.main({str(place / 'seen.json')!r}, {str(place)!r}, []))",
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )  # fmt: skip
    assert done.returncode == 0
    (seen,) = json.loads((place / "seen.json").read_text())
    assert seen.startswith("open")
