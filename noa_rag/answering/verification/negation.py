"""What a sentence denies must be what the part of the passage that it uses denies."""

import re
from collections.abc import Iterator, Sequence

from noa_rag.answering.verification.clauses_read import NOT_NEGATIONS, Clause, aligned, bare, read_clauses, used
from noa_rag.answering.verification.finding import Check, Finding
from noa_rag.answering.verification.meaning_words import Word, meaning


def turned_negations(sentence: str, quote: str) -> Iterator[Finding]:
    """Yield denials that the passage does not have there, and denials of the passage that the sentence lost."""
    said, official = read_clauses(sentence), read_clauses(quote)
    for clause in said:
        if not clause.is_negative:
            continue
        akin = [one for one in official if one.is_negative and clause.words.count(one.words)]
        if not akin and not any(one.denies_as(clause) for one in aligned(clause, official, 0.5) or official):
            yield Finding(Check.NEGATION, clause.text)
    for clause in used(official, meaning(sentence)):
        is_told = any(one.denies_as(clause) for one in aligned(clause, said, 0.5) or said)
        if clause.is_negative and not is_told and not _ELSE.search(bare(sentence)):
            yield Finding(Check.NEGATION, "", clause.text)
    for clause in official:
        for word in _denied(clause.text):
            affirmed = [one for one in said if one.words.has(word)]
            if affirmed and not any(one.denies_as(clause) for one in affirmed):
                yield Finding(Check.NEGATION, affirmed[0].text, clause.text)


_ELSE = re.compile(r"\b(?:a defaut|sinon|faute|dans le cas contraire)\b")
_DENIED = re.compile(r"\b(?:ne|n) ((?:\w+ ){1,4}?)(?:pas|plus|jamais|rien)\b((?: \w+){0,2})")


def _denied(text: str) -> Iterator[Word]:
    """Yield the word that each denial is about: its verb, or what follows where the verb says little."""
    for found in _DENIED.finditer(NOT_NEGATIONS.sub("_", text)):
        for part in found.groups():
            if weighty := [word for word in meaning(part).words if not word.is_light]:
                yield weighty[0]
                break
        else:
            yield from meaning(found[1]).words[:1]


def turned_absences(sentence: str, quote: str) -> Iterator[Finding]:
    """Yield what the sentence is without ("sans risque", "aucune condition") and the passage is not, or the reverse."""
    said, official = read_clauses(sentence), read_clauses(quote)
    for clause in said:
        for word in _absent(clause.text, _WITHOUT):
            with_it = [one for one in official if one.words.has(word)]
            # "aucune démarche" for "rien à demander", "n'impose aucune solution" for "n'impose rien"
            around = official if word.is_light else [*with_it, *_denied_alike(clause, official)]
            if not _is_denied(with_it) and not _is_denied(around) and not _WITHOUT_IT.search(bare(quote)):
                yield Finding(Check.NEGATION, clause.text)
    for clause in official:
        for word in _absent(clause.text, _LACKING):
            with_it = [one for one in said if one.words.has(word)]
            if with_it and not _is_denied(with_it):
                yield Finding(Check.NEGATION, "", clause.text)
    if _NOBODY.search(bare(sentence)) and not _NOT_ANY.search(NOT_NEGATIONS.sub("_", bare(quote))):
        yield Finding(Check.NEGATION, "personne")


def _denied_alike(clause: Clause, official: Sequence[Clause]) -> list[Clause]:
    """Return the clauses that deny something of what this clause denies."""
    if not clause.is_negative or clause.text.startswith("sans"):
        return []
    return [one for one in official if one.is_negative and clause.words.stems & one.words.stems]


_ARTICLES = r"(?: aucune?| meme| avoir| qu il| l| le| la| les| de| un| une)*"
_WITHOUT = re.compile(rf"\b(?:sans|aucune?|pas d|pas de|nulle?|zero|ni)\b{_ARTICLES}((?: \w+){{1,3}})")
_LACKING = re.compile(
    rf"\b(?:sans|hors de|hors du|hors|rien a|absence d|absence de|faute de|a defaut d|a defaut de)\b{_ARTICLES}"
    r"((?: \w+){1,2})"
)
_WITHOUT_IT = re.compile(r"\bsans (?:elle|lui|cela|ca|eux|elles|quoi|ce|cette)\b")
_NO_ABSENCE = re.compile(r"\bsans (?:attendre|tarder|delai|depasser|exceder|doute)\b")
_NOT_ANY = re.compile(r"\b(?:personne|nul|aucun|aucune)\b")
_NOBODY = re.compile(r"\b(?:personne (?:ne|n)|nul ne|(?:ne|n) \w+ personne)\b")


def _absent(text: str, pattern: re.Pattern[str]) -> Iterator[Word]:
    """Yield the first word of each thing that is absent."""
    for found in pattern.finditer(_NO_ABSENCE.sub("_", text)):
        if words := meaning(found[1]).words:
            yield words[0]


def _is_denied(clauses: Sequence[Clause]) -> bool:
    return any(one.is_negative or one.near_denials for one in clauses)
