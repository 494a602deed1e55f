"""Invisible characters, which no text for people may contain."""

import re

# Control characters, zero-width ones, and those that turn the direction of writing; tabs and line ends are text.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
LINE_END = re.compile(r"[\r\n]")


def code_point(char: str) -> str:
    """Return how a character is named in words to people, such as `U+202E`."""
    return f"U+{ord(char):04X}"
