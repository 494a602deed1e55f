"""The way of a call through the files, to hold docs/architecture.md against what happens."""

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parents[1]
_IN_ROOT = len(str(ROOT)) + 1


def told_walk(heading: str) -> list[str]:
    """Return the files, or folders of files, that a section of docs/architecture.md lists in its table, in order."""
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| \d+ \| `([^`]+)` \|", section, flags=re.MULTILINE)


@contextmanager
def walked() -> Iterator[list[str]]:
    """Yield a list that files of ours come into as they are called, each stay once, in threads begun meanwhile too."""
    stays: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        name = frame.f_code.co_filename[_IN_ROOT:]
        if event == "call" and name.startswith(("noa_rag/", "review_ui/")) and stays[-1:] != [name]:
            stays.append(name)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield stays
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def in_order_of_first_stay(stays: list[str], told: list[str]) -> list[str]:
    """Return the told files and folders in the order of the first stay in each; those without one are left out."""

    def first_stay(path: str) -> int | None:
        return next((at for at, stay in enumerate(stays) if stay == path or (path[-1] == "/" and path in stay)), None)

    visited = {path: at for path in told if (at := first_stay(path)) is not None}
    return sorted(visited, key=lambda path: visited[path])
