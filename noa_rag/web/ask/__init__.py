"""Asking: the start page, a question, its answer, what the visitor thinks of it, and its rephrasing."""
