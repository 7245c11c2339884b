"""`python -m studies.evaluate` is the command `breakeven evaluate`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("evaluate")
