"""The banner above the public pages."""
