"""Assisted mode, optional as a whole: language models, what they are asked, and the gate on what they write."""
