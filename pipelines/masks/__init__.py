"""Ways to find out where somebody is in a photo: a file for each eye."""
