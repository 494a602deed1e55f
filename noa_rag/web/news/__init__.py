"""What is new, as a page and as feeds."""
