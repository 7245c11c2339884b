"""`python -m studies.tornado` is the command `breakeven tornado`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("tornado")
