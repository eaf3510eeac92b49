"""Ways to give a story its pictures: one module a way."""
