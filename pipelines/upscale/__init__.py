"""Ways of making pictures larger."""
