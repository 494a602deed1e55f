"""The same questions over the same passages, asked of Noa and of other open hybrid retrievers."""
