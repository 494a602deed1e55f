"""Benchmarks of speed, memory and resilience, one command per module."""
