"""The spring of 2020 played again: a base that knows nothing of it, questions, groups, drafts, verdicts, day by day."""
