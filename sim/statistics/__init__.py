"""From counts and moments to estimates with the interval that a design calls for."""
