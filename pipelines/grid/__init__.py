"""Ways of making many pictures from one request and laying them out."""
