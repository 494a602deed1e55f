"""The monthly editorial committee: its agenda, its decisions, and both as files."""
