"""Writes the shipped scenarios and quotes as the corpus to start from; the first byte chooses the reader."""

from __future__ import annotations

import sys
from pathlib import Path

STUDIES = Path(__file__).resolve().parents[2] / "studies"

if __name__ == "__main__":
    for first, kind in ((b"0", "scenarios"), (b"1", "quotes")):
        for path in (STUDIES / kind).glob("*.toml"):
            Path(sys.argv[1], f"{kind}-{path.stem}").write_bytes(first + path.read_bytes())
