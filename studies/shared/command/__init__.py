"""What the commands have in common: options, progress, how an answer is shown."""
