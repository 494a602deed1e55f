"""The queue: what waits for a verdict, and the preparation of drafts."""
