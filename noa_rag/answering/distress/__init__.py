"""Recognising that somebody writes who cannot go on."""
