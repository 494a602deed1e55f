"""Who does what: a party that the passage does not name, and a body told for what the passage sends to another one."""

import re
from collections.abc import Iterator

from noa_rag.rephrasing.gate.clauses_read import bare, read_clauses
from noa_rag.rephrasing.gate.finding import Check, Finding
from noa_rag.rephrasing.gate.lexicon import table
from noa_rag.rephrasing.gate.meaning_words import meaning
from noa_rag.rephrasing.gate.plain_text import stem

_PARTIES = "|".join(table("lexicon.toml")["parties"])
_ARTICLE = r"(?:l|le|la|les|un|une|votre|vos|au|aux|du|des|chaque|de l|de la)"
# Who pays, owes or has to: "c'est le salarié qui paie", "à la charge du client", "le vendeur doit".
_WHO = re.compile(
    rf"\bc est (?:a )?{_ARTICLE} ({_PARTIES})\b|\b(?:charge|frais|nom|place) (?:d )?{_ARTICLE} ({_PARTIES})\b"
    rf"|(?:^|\b(?:et|mais|car) ){_ARTICLE} ({_PARTIES}) (?:\w+ ){{0,2}}?(?:doi(?:t|vent)|pai\w*|verse\w*"
    r"|rembourse\w*|regle\w*|declare\w*|demande\w*|envoie\w*|signe\w*|suppor\w+)\b"
)


def foreign_parties(sentence: str, quote: str, question: str) -> Iterator[Finding]:
    """Yield who is said to pay, owe or do something where neither passage nor question speaks of them.

    A question may name the visitor ("mon salarié"); the passage that says "vous" must not become somebody else.
    """
    official, asked = meaning(quote), meaning(question)
    speaks_to = _TO_VISITOR.search(bare(quote)) is not None and _TO_VISITOR.search(bare(sentence)) is None
    for clause in read_clauses(sentence):
        for found in _WHO.finditer(clause.text):
            party = next(filter(None, found.groups()))
            is_named = stem(party) in official.stems or (stem(party) in asked.stems and not speaks_to)
            if not is_named and not any(official.has(word) for word in meaning(party).words):
                yield Finding(Check.BODY, party)


_TO_VISITOR = re.compile(r"\b(?:vous|votre|vos)\b")
