"""Getting models from the net."""
