"""Speed, memory, and what a service stands: one command a module."""
