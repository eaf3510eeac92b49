"""Ways to write a story for others: one module a format."""
