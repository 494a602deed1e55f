"""The gate of assisted mode: what a rephrased sentence may say, measured against the passage it cites."""
