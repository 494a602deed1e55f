"""The figures of a day, a week or a month, with charts and tables."""
