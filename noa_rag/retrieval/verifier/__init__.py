"""Reading a question and a candidate entry together."""
