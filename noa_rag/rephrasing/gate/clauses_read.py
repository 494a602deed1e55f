"""Clauses of a text with what they deny, oblige and allow, and which clauses of two texts belong together."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from noa_rag.french.numbers import with_digits
from noa_rag.rephrasing.gate.meaning_words import Meaning, meaning, patterns, spaced
from noa_rag.rephrasing.gate.plain_text import clauses, plain, sentences, stem, without_links

MODALITY = patterns("modality")
NEGATION = patterns("negation")
HEDGE = patterns("scope")["some"]  # "sous conditions", "en général"

OTHERWISE = re.compile(
    r"\b(?:sinon|sans (?:cela|ca|quoi|elle|lui)|a defaut|autrement|faute de quoi|dans le cas contraire)\b"
)
# What must be done, so that not doing it has a consequence.
NEEDED = re.compile(
    r"\b(?:que si|qu a condition|conditions?|doi(?:t|vent)|devez|faut|obligatoire\w*|necessaire\w*|exige\w*)\b"
)
LINE_SHARE = 0.7  # of the words that the nearest sentence or item shares
USED_SHARE = 0.5  # of a clause's words, from which on a sentence says what the clause says

# A second clause with a subject of its own; an item of a list is read with what announces the list.
_COORDINATED = re.compile(
    r" (?:et|ou) (?=(?:un|une|le|la|les|il|elle|ils|elles|vous|on|ce|cela|votre|vos|ne)\b|l'|n'|qu')"
)
# "entreprise individuelle (EI)", "les dirigeants, comme le président de SAS, sont exclus"
_SHORT_ASIDE = re.compile(
    r" ?\(\w{2,8}\)|, (?:comme|par exemple|notamment) [^,;.:()\n]{3,60}(?:, (?!et |ou |puis |mais ))"
)
_MODAL_HEADING = re.compile(r"(?:interdit|obligatoire|possible|facultati[fv]|conseille|recommande|impossible)e?s?")
_ITEM = re.compile(r"\s*[-*•] ")
_IMPERATIVE = re.compile(r"(?<!vous )\b(?!chez|assez|nez\b|rez\b)(\w{2,}ez|faites|dites|soyez|ayez)\b")
_PRONOUN_BEFORE = re.compile(r"\bvous (?:\w+ ){0,3}?\w+$")
_MAY_BE_REQUIRED = re.compile(r"\b(peu\w+|pourr\w+) (?:\w+ )?etre (?:exige|impose|requis)\w*")
_BOUND_TURNS = re.compile(
    r"\b(?:ne|n) (?:doit|doivent|devez|peut|peuvent|pouvez|dois) (?:\w+ ){0,2}?"
    r"(?:depasser|exceder|(?:etre )?(?:inferieur|superieur)\w*)|\bpeu(?:t|vent) (?:atteindre|aller jusqu)"
    r"|\b(?:ne|n) (?:\w+ ){0,5}?(?:plus|moins) d\w* \d+"
    r"|\b(?:ne|n) (?:\w+ ){1,8}?(?:pas|jamais) (?:\w+ ){0,6}?(?:au dela|au dessus|plus|moins) d\w* \d+"
)
_DEBT = re.compile(
    r"\b(?:ce|somme|sommes|argent|tout|montant) (?:que|qu) (?:vous|il|elle|on) "
    r"(?:lui |leur |me |nous )?(?:devez|doit)\b"
)
_SUM_OWED = re.compile(
    r"\b(?:doit|doivent|devez) (?:(?:seule?s?|aussi|encore|en principe|alors) )*"
    r"(?:les?|la|l|une?|des|du|\d+) (?!(?:\w+ )?\w+(?:er|ir|re)\b)"
)
_OWED = re.compile(r"\bvous doi(?:t|vent)\b(?! \w+(?:er|ir|re)\b)")  # what a client owes is the visitor's to claim
# Turns of a negation that are looked after elsewhere: "ne … que" is scope, "ne dépasse pas" is a bound.
NOT_NEGATIONS = re.compile(
    r"\b(?:ne|n) (?:\w+ ){0,2}?(?:depass\w+|exced\w+|excede)(?: pas)?|\bsans (?:depasser|exceder|attendre|tarder|delai)"
    r"|\b(?:ne|n) (?:\w+ ){1,3}?(?:pas )?(?:etre )?(?:inferieur|superieur)\w*|\bpas (?:plus|moins) d\w*|\bn importe\b"
    r"|\bne tardez pas|\bn attendez pas pour|\bn (?:hesitez|oubliez) (?:pas|surtout pas)|\bpas a pas|\bpas de porte"
    r"|\b(?:ne|n) (?:\w+ ){0,5}?(?:plus|moins) d\w* \d+|\bpas seulement|\bou non\b|\bnon seulement"
    r"|\bsans (?:\w+ ){1,5}?ni\b"
    r"|\b(?:ne|n) (?:\w+ ){1,8}?(?:pas|jamais) (?:\w+ ){0,6}?(?:au dela|au dessus|plus|moins) d\w* \d+"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause with what the checks ask of it."""

    text: str
    words: Meaning
    line: Meaning  # of the sentence or list item it stands in
    place: int = 0  # of that sentence among the others

    @property
    def modality(self) -> frozenset[str]:
        """The classes of obligation and permission that the clause names; an order is an obligation."""
        return _modality(self.text)

    @property
    def is_negative(self) -> bool:
        """Whether the clause denies something in so many words."""
        return _negations(self.text) > 0

    @property
    def near_denials(self) -> frozenset[str]:
        """The words by which it may deny without a grammatical negation ("interdit", "sans", "facultatif")."""
        return _near_denials(self.text)

    def denies_as(self, other: "Clause") -> bool:
        """Tell whether it bears the other's denial out: it is negated, or has a word of denial that the other lacks."""
        return self.is_negative or bool(self.near_denials - other.near_denials)


@lru_cache(maxsize=2_048)
def read_clauses(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a text."""
    read: list[Clause] = []
    opening = ""
    place = 0
    for line in _SHORT_ASIDE.sub(" ", plain(without_links(text))).split("\n"):
        here: list[str] = []
        for sentence in sentences(line) or (line,):
            place += 1
            here = [piece for part in clauses(sentence) for piece in _COORDINATED.split(part) if spaced(piece)]
            if len(here) > 1 and _MODAL_HEADING.fullmatch(spaced(here[0])):
                here = [f"{here[0]} {piece}" for piece in here[1:]]  # "Interdit : toute mention de …"
            if len(here) > 1 and spaced(here[-1]) == "non":
                here[-2:] = [f"{here[-2]} non"]  # "avec des professionnels, non" denies
            if _ITEM.match(line) and here and opening:
                here[0] = f"{opening} {here[0]}"
            read += [Clause(spaced(with_digits(part)), meaning(part), meaning(sentence), place) for part in here]
        if line.strip() and not _ITEM.match(line):
            opening = here[-1] if here and line.rstrip().endswith(":") else ""
    return tuple(read)


@lru_cache(maxsize=8_192)
def _modality(text: str) -> frozenset[str]:
    classes: set[str] = set()
    is_owed = _OWED.search(text) is not None
    text = _SUM_OWED.sub("_ ", _DEBT.sub("_", text))
    text = _MAY_BE_REQUIRED.sub(r"\1 etre _", _BOUND_TURNS.sub("_", text))
    for name, pattern in MODALITY.items():
        if pattern.search(text):
            classes.add(name.removesuffix("_by_denial"))
            text = pattern.sub("_", text)
    if is_owed:
        classes -= {"obliged"}
    for found in _IMPERATIVE.finditer(text):
        if not _PRONOUN_BEFORE.search(text[: found.end()]):
            classes.add("order")
    return frozenset(classes)


@lru_cache(maxsize=8_192)
def _near_denials(text: str) -> frozenset[str]:
    rest = NEGATION["grammatical"].sub("_", text)
    return frozenset(stem(found.split()[0]) for found in NEGATION["lexical"].findall(_TOPIC.sub("_", rest)))


_TOPIC = re.compile(r"^(?:l |la |cette |votre |une )?(?:exonerations?|dispenses?|exemptions?)\b")  # what a clause is on


@lru_cache(maxsize=8_192)
def _negations(text: str) -> int:
    return len(NEGATION["grammatical"].findall(NOT_NEGATIONS.sub("_", text)))


def aligned(clause: Clause, others: Sequence[Clause], share: float = 0.7) -> tuple[Clause, ...]:
    """Return the clauses of the other text that share most words with this one, or nearly as many.

    Among them, those in lines that share far fewer words with the whole sentence are left out: "récupérable" in the
    item on cars says nothing of the item on fuel.
    """
    shared = [(clause.words.count(other.words), other) for other in others]
    most = max((count for count, _ in shared), default=0)
    close = [other for count, other in shared if count and count >= share * most]
    lines = [clause.line.count(other.line) for other in close]
    best = max(lines, default=0)
    return tuple(other for other, count in zip(close, lines, strict=True) if count >= LINE_SHARE * best)


def near(clause: Clause, others: Sequence[Clause]) -> Sequence[Clause]:
    """Return the clauses that speak of what this one speaks of; all of them where none shares a word."""
    return aligned(clause, others) or others


def used(official: Sequence[Clause], said: Meaning) -> Iterator[Clause]:
    """Yield the clauses of a passage that a sentence restates, and the hedges, which qualify what follows them."""
    counts = [(clause.words.count(said), said.count(clause.line)) for clause in official]
    for clause, (count, in_line) in zip(official, counts, strict=True):
        if HEDGE.fullmatch(clause.text):
            yield clause
        elif clause.words.words and clause.words.share(said) >= USED_SHARE and _is_told_apart(clause, official, said):
            if _tells_its_own(clause, official, said):
                yield clause
                continue
            is_elsewhere = any(other >= count and in_line < LINE_SHARE * line for other, line in counts)
            if not is_elsewhere:
                yield clause


def _is_told_apart(clause: Clause, official: Sequence[Clause], said: Meaning) -> bool:
    """Tell whether a sentence has a word that only this clause has; true where there is no such word.

    List items share the words that introduce them: a sentence on one item does not restate the others.
    """
    return has_own_word(clause.words, _others(clause, official), said)


def _tells_its_own(clause: Clause, official: Sequence[Clause], said: Meaning) -> bool:
    others = _others(clause, official)
    own = [word for word in clause.words.words if not word.is_light and word.stem not in others]
    return bool(own) and all(said.has(word) for word in own)


def _others(clause: Clause, official: Sequence[Clause]) -> frozenset[str]:
    return frozenset(word for one in official if one.text != clause.text for word in one.words.stems)


def has_own_word(words: Meaning, others: frozenset[str], said: Meaning) -> bool:
    """Tell whether `said` has one of the words that are not in `others`; true where there is no such word."""
    own = [word for word in words.words if not word.is_light and word.stem not in others]
    return not own or any(said.has(word) for word in own)


def bare(text: str) -> str:
    """Return a text as patterns read it, without Markdown and addresses."""
    return spaced(with_digits(plain(without_links(text))))


def barred(text: str) -> str:
    """Return a text as patterns read it, with a bar between its clauses, across which no pattern reaches."""
    return " | ".join(one.text for one in read_clauses(text))
