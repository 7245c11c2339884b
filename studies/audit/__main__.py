"""`python -m studies.audit` is the command `breakeven audit`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("audit")
