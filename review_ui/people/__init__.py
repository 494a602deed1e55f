"""Accounts with their roles, and the rules of agencies."""
