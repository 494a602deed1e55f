"""From failed questions to approved entries: rules over ports, no framework."""
