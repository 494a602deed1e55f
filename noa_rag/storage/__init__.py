"""The records: entries and their versions, questions and their outcomes."""
