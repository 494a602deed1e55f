"""Asking suites of a base, judging what came of them, and holding the figures against the gates."""
