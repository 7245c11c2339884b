"""From data to a distribution: columns of files, families fitted, and how well they fit."""
