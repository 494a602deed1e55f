"""Adapting the bundled embedding model to what entrepreneurs ask: `make encoder`."""
