"""Host sites: whose pages carry the widget."""
