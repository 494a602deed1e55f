"""Training the checker of rephrasings: `make checker`."""
