"""Figures with their counts and 95 % intervals; each module is one family of them."""
