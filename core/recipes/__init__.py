"""How a picture says it was made: a Recipe, read from and written into files of our own and of other tools."""
