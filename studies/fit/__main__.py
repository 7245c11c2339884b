"""`python -m studies.fit` is the command `breakeven fit`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("fit")
