"""Recognises messages of people in distress."""
