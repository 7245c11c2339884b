"""`python -m studies.solve` is the command `breakeven solve`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("solve")
