"""The widget on host sites, and the pages in its frame."""
