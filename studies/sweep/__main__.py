"""`python -m studies.sweep` is the command `breakeven sweep`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("sweep")
