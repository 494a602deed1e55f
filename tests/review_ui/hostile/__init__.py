"""Hostile input through every field of the public pages, of the API and of the workspace."""
