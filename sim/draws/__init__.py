"""A scenario's inputs, draw by draw: which draws a design makes, in which pieces, and what of them is kept."""
