"""`python -m studies.drivers` is the command `breakeven drivers`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("drivers")
