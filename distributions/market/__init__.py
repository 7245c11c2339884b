"""Prices that can be looked up: of tokens, from a maintained package; of GPUs, from a table of quantiles."""
