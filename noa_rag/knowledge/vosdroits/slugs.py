"""Keys made of words, which stay the same as long as the words do."""

import re
from collections.abc import Iterable

from noa_rag.french.words import fold

LENGTH_LIMIT = 60  # Keys appear in addresses of pages; sixty characters tell the headings of one fiche apart.


def slug(text: str) -> str:
    """The words in lower-case ASCII joined by hyphens; `partie` when nothing is left of them."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")
    return words[:LENGTH_LIMIT].rstrip("-") or "partie"


def distinct_slugs(texts: Iterable[str]) -> list[str]:
    """One slug for each text; a repeated one is numbered from 2."""
    slugs: list[str] = []
    numbers: dict[str, int] = {}
    for text in texts:
        base = candidate = slug(text)
        number = numbers.get(base, 0) + 1
        while number > 1 and (candidate := f"{base}-{number}") in numbers:
            number += 1
        numbers[base] = number
        numbers.setdefault(candidate, 1)
        slugs.append(candidate)
    return slugs
