"""`python -m studies.quotes` is the command `breakeven quotes`."""

from __future__ import annotations

if __name__ == "__main__":
    from studies.cli import run_as

    run_as("quotes")
