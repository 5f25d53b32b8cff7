"""The stylist domain in Python: the same budget, brands, prompt and hard checks as `src/style`."""
