"""What a run found: its tally, its numbers by name, and the Dataset made of them."""
