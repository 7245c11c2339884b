"""`python -m studies.information` is the command `breakeven information`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("information")
