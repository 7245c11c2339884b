"""A scenario: what a file says, read once with all its faults, and what follows from it for strategies and prices."""
