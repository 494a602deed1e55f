"""Entries: their list, their history, the editor of their text, and their variants."""
