"""`python -m studies.elicit` is the command `breakeven elicit`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("elicit")
