"""Figures with their counts and 95 % intervals; each module is one family of them."""

from evals.metrics.figure import Figure, Share, share

__all__ = ["Figure", "Share", "share"]
