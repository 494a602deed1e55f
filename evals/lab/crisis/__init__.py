"""The spring of 2020 replayed day by day on a base that knows nothing of it: questions, groups, drafts, verdicts."""
