"""Ways to put photos into words: a file for each reader."""
