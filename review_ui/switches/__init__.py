"""The switches: what of the service can be suspended at once, by whom it was and why."""
