"""`python -m studies.advise` is the command `breakeven advise`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("advise")
