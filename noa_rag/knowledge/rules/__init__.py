"""Rules for entries beyond their form: sources, figures, years, questions, sentences; each finding has its line."""
