"""`python -m studies.accuracy` is the command `breakeven accuracy`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("accuracy")
