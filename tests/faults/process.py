"""What the command may leave behind in surroundings that a test makes worse."""

from __future__ import annotations

from pathlib import Path

from studies.shared.folder import stored
from studies.shared.folder.run_folder import PARTIAL
from tests.shared import SCENARIO

FIGURES = 18
"""Files in the folder of figures."""


def written(folder: Path) -> Path:
    """A scenario in a folder."""
    path = folder / "bot.toml"
    path.write_text(SCENARIO)
    return path


def assert_whole(run: Path, *, figures: int = FIGURES) -> None:
    """Every file is there and is what was written."""
    assert stored.read(run).record["draws"] > 0
    assert len(list((run / "figures").glob("*"))) == figures if figures else not (run / "figures").exists()


def assert_nothing_half(place: Path, *, figures: int = FIGURES) -> list[Path]:
    """Whatever has a final name is whole; returns the temporary folders, which alone may be left beside it."""
    left = []
    for entry in sorted(place.iterdir()):
        if PARTIAL.match(entry.name):
            left.append(entry)
        else:
            assert_whole(entry, figures=figures)
    return left
