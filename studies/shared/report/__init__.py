"""What the sections of a report are made of."""
