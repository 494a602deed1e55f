"""What every page of the workspace stands in: its frame, who is signed in, errors, lists."""
