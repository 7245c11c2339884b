"""`python -m studies.plan_eval` is the command `breakeven plan-eval`."""

from studies.cli import run_as

if __name__ == "__main__":
    run_as("plan-eval")
