"""The starter model: the artist that draws its world and its training. No task, so no catalog entry."""
