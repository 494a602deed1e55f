"""Drafts: what was asked, the text with its evidence, and the verdicts."""
