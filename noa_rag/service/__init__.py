"""Settings turned into working objects; the only place that picks implementations."""
