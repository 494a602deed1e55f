"""Searching the entries."""
