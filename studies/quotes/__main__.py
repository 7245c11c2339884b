"""`python -m studies.quotes` is the command `breakeven quotes`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("quotes")
