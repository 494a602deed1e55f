"""What Noa speaks of, in the standard library alone."""
