"""The pages of one entry and of one theme."""
