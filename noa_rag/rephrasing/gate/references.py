"""References to rules, forms and articles: they are in the passage letter by letter, or not at all."""

import re

from noa_rag.rephrasing.gate.facts import Fact
from noa_rag.rephrasing.gate.finding import Check
from noa_rag.rephrasing.gate.plain_text import plain


def is_in_text(fact: Fact, quote: str) -> bool:
    """Tell whether the passage has a label (a reference, a number without a unit) letter by letter."""
    if fact.kind is Check.LEGAL_REFERENCE and fact.unit == "code":
        return re.search(rf"(?<!\w){fact.value}(?!\w)", re.sub(r"(?<=\w)[.-](?=\d)", "", plain(quote))) is not None
    if fact.unit == "norm":
        return re.search(_NORM_KEPT.get(fact.value, re.escape(fact.value)), plain(quote)) is not None
    if fact.kind is Check.LEGAL_REFERENCE and not fact.value.startswith("code "):
        wanted = re.sub(r"[\s.*°-]", "", fact.value)
        return (
            len(wanted) > 1
            and re.search(rf"(?<!\d){re.escape(wanted)}(?!\d)", re.sub(r"[\s.*°-]", "", plain(quote))) is not None
        )
    return False


_NORM_KEPT = {
    "loi": r"\bloi|\bléga|\bcodes?\b|\barticle|\blégis|\brègle",
    "accord collectif": r"accord|convention",
    "accord de branche": r"accord|convention|branche",
    "accord d'entreprise": r"accord",
    "convention collective": r"convention|conventionnel|branche",
}
