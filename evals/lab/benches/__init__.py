"""Benchmarks of speed, load and size, one command per module."""
