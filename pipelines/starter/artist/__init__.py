"""The artist: draws characters and places from a recipe. Only the drawing needs skia."""
