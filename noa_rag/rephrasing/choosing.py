"""A base model that chooses: a grammar lets it write nothing but the beginning of one of the official sentences.

Why no more than a beginning: as soon as it can only go on in one way, the rest is known and need not be generated.
"""

import re
from collections.abc import Sequence

LEAST_WORDS = 1


def beginnings(texts: Sequence[str]) -> tuple[str, ...]:
    """Return for each text its first words, as few as tell it from all others; all of it where one begins another."""
    split = [re.findall(r"\S+\s*", text) for text in texts]
    found = []
    for own, words in enumerate(split):
        others = [other for number, other in enumerate(split) if number != own]
        count = LEAST_WORDS
        while count < len(words) and any(other[:count] == words[:count] for other in others):
            count += 1
        found.append("".join(words[:count]).strip())
    return tuple(found)


def choice_grammar(starts: Sequence[str]) -> str:
    """Return GBNF for "a space, then one of these"."""
    return 'root ::= " " (' + " | ".join(_literal(start) for start in starts) + ")"


def chosen(written: str, starts: Sequence[str]) -> int | None:
    """Return the place of the text whose beginning was written, the longest where several fit; None when none was."""
    fitting = [place for place, start in enumerate(starts) if written.strip().startswith(start)]
    return max(fitting, key=lambda place: len(starts[place]), default=None)


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "")
    return f'"{escaped}"'
