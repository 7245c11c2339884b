"""`python -m studies.drivers` is the command `breakeven drivers`."""

from __future__ import annotations

if __name__ == "__main__":
    from studies.cli import run_as

    run_as("drivers")
