"""Following a question that was not answered by its number."""
