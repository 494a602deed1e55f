"""Suites, metrics and reports over the answer path; never through the web."""
