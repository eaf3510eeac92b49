"""Model files seen from outside: what they are, their hashes, where they lie. Never their numbers."""
