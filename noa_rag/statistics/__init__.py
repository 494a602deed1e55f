"""The follow-up: figures of a day, a week or a month, counted from the recorded questions; ports only."""
