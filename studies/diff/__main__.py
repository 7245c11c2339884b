"""`python -m studies.diff` is the command `breakeven diff`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("diff")
