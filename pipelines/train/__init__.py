"""Ways to teach a model one character: a file for each family."""
