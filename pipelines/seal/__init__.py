"""Ways to sign pictures, so that others can tell where they come from."""
