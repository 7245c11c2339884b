"""`python -m studies.discover` is the command `breakeven discover`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("discover")
