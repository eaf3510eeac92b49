"""Ways to say how alike a picture is to a character: a file for each eye."""
