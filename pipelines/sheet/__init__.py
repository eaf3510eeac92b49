"""Ways of laying several pictures out on one sheet."""
