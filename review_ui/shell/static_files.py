"""The folder of the review's own static files; everything in it is public."""

from pathlib import Path

PACKAGE = Path(__file__).parents[1]
STATIC = PACKAGE / "static"
TEMPLATES = PACKAGE.parent  # templates are named from the package on: `review_ui/queue/queue.html`
