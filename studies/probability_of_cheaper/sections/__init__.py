"""The sections of a report that a run itself fills."""
