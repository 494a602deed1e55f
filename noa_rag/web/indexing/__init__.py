"""What search engines read: which pages there are, which to leave alone, and what an entry holds."""
