"""Bringing the studio and another program together, both ways."""
