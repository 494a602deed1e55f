"""What of an approved text may be left out for a question without misleading: whole blocks that restrict nothing.

A block is a paragraph with the list it leads into. What is kept stands in the order of the text. Of 60 selections that
put sentences in another order and left out what was far from the question, 16 misled (docs/measures.md): a limit or a
case was missing, or a list stood under another heading.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise

from noa_rag.answering.rephrasing.passages import Passage
from noa_rag.answering.verification.plain_text import paragraph_number

_OPENING = r"[\s\"«(*_-]*"
_LEANS = re.compile(
    _OPENING
    + r"(?:elles?|ils?|cela|ça|ceci|celles?|celui|ceux|cette?|ces|celle-ci|celui-ci|les deux|l'un|l'autre|les autres"
    r"|s'ils?|s'elles?|si elles?|son|sa|ses|leurs?|le même|la même|les mêmes"
    r"|ce (?:délai|montant|taux|seuil|document|contrat|numéro|dernier|cas|n'est|sont)|c'est|ce que|le reste"
    r"|dans (?:ce|cet|cette|ces|tous|les deux)|au-delà|en dessous|en deçà|passé ce|faute de|à défaut"
    r"|sans (?:cela|elle|lui|cette)|sinon|ensuite|puis|enfin|alors|ainsi|donc|aussi|même|de même|il en va"
    r"|en cas contraire|seule?s?|et|ou|après|s'ajoutent?)\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\s*(?:[-*•]|\d+[.)])[ \t]")
_LEADS_ON = re.compile(r"[:?][\s*_]*$|^\*\*[^*\n]+\*\*[^.!?\n]{0,60}$")
_HEADING = re.compile(r"^#{1,6}[ \t]", re.MULTILINE)
_DECIDES = re.compile(
    r"\b(?:sauf|except\w*|hors|hormis|toutefois|cependant|néanmoins|pourtant|mais|en revanche|attention"
    r"|ne|n'\w+|pas|aucune?s?|jamais|ni|rien|sans|interdi\w*|exclu\w*|refus\w*"
    r"|seule?s?|seulement|uniquement|limit\w*|plafon\w*|maxim\w*|minim\w*|dépass\w*|seuils?|jusqu\w*"
    r"|au-delà|moins de|plus de|à partir de|au plus|au moins|entre"
    r"|dispens\w*|exon[ée]r\w*|déroge\w*|dérogation\w*|condition\w*|réserve|si|s'ils?|cas|selon"
    r"|certaine?s?|quelques|autres?|propres?|particuli\w*|spéci\w+|différ\w*|qui \?|chang\w+|varie\w*)(?!\w)",
    re.IGNORECASE,
)


def has_headings(official_text: str) -> bool:
    """Tell whether the text stands under headings, which are no passages: taken from under them, blocks mislead."""
    return _HEADING.search(official_text) is not None


def kept_passages(passages: Sequence[Passage], wanted: Iterable[Passage], official_text: str) -> tuple[Passage, ...]:
    """Return the passages to show, whole blocks in the order of the text: all but those that may be left out.

    Kept are the first block, which says what the text is about; the blocks of the passages wanted; every block that
    denies, limits, excepts, obliges or names a case; and what one of these leans on or leads into.
    """
    blocks = [
        tuple(block) for _, block in groupby(passages, key=lambda one: paragraph_number(one.quote, official_text))
    ]
    numbers = {passage.number for passage in wanted}
    kept = {
        at: at == 0 or _decides(block) or any(passage.number in numbers for passage in block)
        for at, block in enumerate(blocks)
    }
    grown = _with_neighbours(kept, blocks)
    return tuple(passage for at, block in enumerate(blocks) if grown[at] for passage in block)


def _decides(block: Sequence[Passage]) -> bool:
    return any(_DECIDES.search(passage.quote) for passage in block)


def _with_neighbours(kept: Mapping[int, bool], blocks: Sequence[Sequence[Passage]]) -> Mapping[int, bool]:
    """Return what is kept with the block before one that leans on it, and the block that a kept heading leads into."""
    grown = dict(kept)
    for at, (before, block) in reversed(list(enumerate(pairwise(blocks), start=1))):
        if grown[at] and _belongs_to(block[0].quote, before[-1].quote):
            grown[at - 1] = True
    for at, (before, block) in enumerate(pairwise(blocks), start=1):
        if grown[at - 1] and _belongs_to(block[0].quote, before[-1].quote):
            grown[at] = True
    return grown


def _belongs_to(quote: str, before: str) -> bool:
    return bool(_LEANS.match(quote) or _ITEM.match(quote) or _LEADS_ON.search(before))
