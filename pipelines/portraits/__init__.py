"""Portraits of a character: sets of pictures in which only one thing differs."""
