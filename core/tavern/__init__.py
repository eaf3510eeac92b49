"""SillyTavern as a neighbour: where its data lies, what was the same at the last sync, and how its words compare."""
