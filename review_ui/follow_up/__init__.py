"""The follow-up's pages: figures of a day, a week or a month, with charts and tables."""
