"""Ways of taking pictures out of what moves."""
