"""The journal: the audit of everything that was done."""
