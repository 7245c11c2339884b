"""`python -m studies.probability_of_cheaper` is the command `breakeven run`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("run")
