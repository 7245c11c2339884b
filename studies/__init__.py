"""One question per file, each answered with a record; figures, files and the command line show them."""
