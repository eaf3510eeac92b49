"""Ways to read a story that others wrote: one module a format. A read keeps nothing; a run does."""
