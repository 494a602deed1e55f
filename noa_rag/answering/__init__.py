"""From a question to an answer, one step a file."""
