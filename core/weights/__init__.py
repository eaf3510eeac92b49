"""Model files seen from outside: what they are, their hashes, where they lie, how they get here. Never their numbers."""
