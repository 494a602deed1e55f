"""The pages of the QA teams: suites, runs, cases, marks and recorded questions."""
