"""Ratios measured in one run against a named peer; `make bench` writes docs/benchmarks.md."""
