"""Coverage-guided fuzzing of the two readers of files: whatever the bytes, an answer or the user's error.

    python tests/fuzz/loaders.py CORPUS -max_total_time=600

needs atheris, which `make fuzz` installs in an environment of its own. What it finds is kept in `found/`, and every
ordinary run of the tests reads it (`tests/invariants/test_changed_files.py`).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
READERS = (
    "distributions.tables.reading", "distributions.tables.text_file", "distributions.tables.lines",
    "distributions.tables.hints", "distributions.tables.faults", "distributions.tables.kinds",
    "distributions.tables.declaration", "sim.scenario.reader", "sim.scenario.scenario", "sim.scenario.stress",
    "sim.scenario.market", "sim.quotes.reader", "sim.quotes.fees", "sim.quotes.terms",
    "sim.quotes.quote", "distributions.spec", "distributions.parameters", "distributions.provenance",
    "distributions.units", "distributions.forms",
)  # fmt: skip
"""What coverage is looked at: instrumented code cannot be compiled by numba."""

with atheris.instrument_imports(include=list(READERS), enable_loader_override=False):
    from distributions.errors import UserError
    from sim.quotes.quote import Quote
    from sim.scenario.scenario import Scenario

FOLDER = Path(tempfile.mkdtemp())
FILE = FOLDER / "file.toml"


def one(data: bytes) -> None:
    """The first byte chooses the reader."""
    if not data:
        return
    FILE.write_bytes(data[1:])
    try:
        (Quote if data[0] % 2 else Scenario).load(FILE)
    except UserError as error:
        if any("\n" in str(fault) for fault in error.faults):
            raise AssertionError("a message of more than one line") from error


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
