"""Which passages must be shown together: one that leans on the one before, or that the next one restricts."""

import re
from collections.abc import Iterable, Sequence

from noa_rag.answering.rephrasing.passages import Passage

_OPENING = r"[\s\"«(*_-]*"
_LEANS = re.compile(
    _OPENING
    + r"(?:elles?|ils?|cela|ça|ceci|celles?|celui|ceux|cette?|ces|celle-ci|celui-ci|les deux|l'un|l'autre|les autres"
    r"|ce (?:délai|montant|taux|seuil|document|contrat|numéro|dernier|cas|n'est|sont)|c'est|ce que|le reste"
    r"|dans (?:ce|ces|les deux)|au-delà|en dessous|en deçà|passé ce|faute de|à défaut|sans (?:cela|elle|lui|cette)"
    r"|sinon|ensuite|puis|enfin|alors|ainsi|donc|aussi|même|de même|il en va|en cas contraire|seule?s?|et|ou)\b",
    re.IGNORECASE,
)
_RESTRICTS = re.compile(
    _OPENING
    + r"(?:sauf|toutefois|cependant|mais|en revanche|attention|exceptions?|par exception|à l'exception|néanmoins"
    r"|pourtant|seulement|uniquement|sous réserve|à condition|au-delà|en dessous|sinon|à défaut|faute de"
    r"|pas de?|pas d'|l'exception|ces? (?:règles?|délais?|montants?|taux|seuils?) (?:ne|n'))(?!\w)",
    re.IGNORECASE,
)
REACH = 2  # passages before that one may lean on: further back it is another subject


def standing_together(chosen: Iterable[Passage], passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Return the chosen passages with those without which they would mislead, in the order of the text."""
    numbers = {passage.number for passage in chosen}
    for number in sorted(numbers):
        for before in range(number, max(number - REACH, 1), -1):
            if not _LEANS.match(passages[before - 1].quote):
                break
            numbers.add(before - 1)
    for number in sorted(numbers):
        if number < len(passages) and _RESTRICTS.match(passages[number].quote):
            numbers.add(number + 1)
    return tuple(passage for passage in passages if passage.number in numbers)
