"""Backups of the records and of what a node needs beside them to answer at once, and their return."""
