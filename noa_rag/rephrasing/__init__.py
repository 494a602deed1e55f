"""Assisted mode, optional as a whole: language models, what is checked of what they write, and their certificate."""
