"""Benchmarks: run one with `python -m tests.bench.<name>`; each prints a table of medians and ratios."""
