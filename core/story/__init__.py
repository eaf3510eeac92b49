"""A story: what it is made of, how it plays, is checked and edited. Foreign files are read and written elsewhere."""
