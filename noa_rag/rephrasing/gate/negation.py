"""Negation: a sentence must deny what its part of the passage denies, and nothing else."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from noa_rag.rephrasing.gate.clauses_read import (
    NEEDED,
    NOT_NEGATIONS,
    OTHERWISE,
    Clause,
    aligned,
    bare,
    barred,
    read_clauses,
    used,
)
from noa_rag.rephrasing.gate.finding import Check, GateFinding
from noa_rag.rephrasing.gate.meaning_words import Word, expressions, meaning
from noa_rag.rephrasing.gate.plain_text import stem


def turned_negations(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield denials that the passage does not have there, and denials of the passage that the sentence lost."""
    said, official = as_told(sentence, quote), as_told(quote, sentence)
    for clause in said:
        if not clause.is_negative:
            continue
        if OTHERWISE.search(bare(sentence)) and any(NEEDED.search(one.text) for one in official):
            continue  # "sinon, on ne vous écoutera pas" for "c'est la condition pour être écouté"
        akin = [one for one in official if _is_without(one) and _shares(clause, one)]
        if not akin and not any(one.denies_as(clause) for one in aligned(clause, official, 0.5) or official):
            yield GateFinding(Check.NEGATION, clause.text)
    for clause in used(official, meaning(sentence)):
        is_told = any(one.denies_as(clause) for one in _with_hosts(aligned(clause, said, 0.5) or said, said))
        if _TWICE.search(clause.text):
            continue
        is_denied = clause.is_negative or bool(clause.near_denials & _STRONG)
        if is_denied and not is_told and not _says_so(clause, said) and not _is_told_otherwise(clause, sentence, quote):
            yield GateFinding(Check.NEGATION, "", clause.text)
    for clause in official:
        for word in () if _TWICE.search(clause.text) else _denied(clause.text):
            affirmed = [one for one in said if one.words.has(word) and not _restates_affirmed(one, official, word)]
            if not affirmed or any(one.denies_as(clause) for one in _with_hosts(affirmed, said)):
                continue
            if not _is_told_otherwise(clause, sentence, quote):
                yield GateFinding(Check.NEGATION, affirmed[0].text, clause.text)
    yield from _half_turned(said, official)


def _restates_affirmed(clause: Clause, official: Sequence[Clause], word: Word) -> bool:
    """Tell whether the nearest clauses of the passage have the word and deny nothing: the denial is another line's."""
    close = aligned(clause, official, 1.0)
    return any(one.words.has(word) for one in close) and not any(one.is_negative or one.near_denials for one in close)


def _shares(clause: Clause, other: Clause) -> bool:
    if clause.words.count(other.words) or clause.words.stems & other.words.stems:
        return True
    is_bare = not any(not word.is_light for word in clause.words.words)  # "vous n'êtes pas concerné"
    return is_bare and clause.line.count(other.words) >= 1


def _is_without(clause: Clause) -> bool:
    return clause.is_negative or "san" in clause.near_denials  # "sans recette" for "si vous n'avez rien encaissé"


def as_told(text: str, other: str) -> tuple[Clause, ...]:
    """Return the clauses of a text without the turns that the other text says in other words ("sans frais")."""
    groups = meaning(other).groups
    read = []
    for clause in read_clauses(text):
        masked = clause.text
        for found, some in expressions(clause.text):
            if some & groups:
                masked = masked.replace(found, "_")
        read.append(replace(clause, text=masked))
    return tuple(read)


_STRONG = frozenset(
    stem(word) for word in ("exclu", "exclue", "exclus", "exclues", "incompatible", "irrecevable", "impossible")
)


def _says_so(clause: Clause, said: Sequence[Clause]) -> bool:
    """Tell whether what denies without a negation ("exclu") is told by a word that denies."""
    return not clause.is_negative and any(one.near_denials or one.is_negative for one in said)


_FRAGMENT = re.compile(r"(?:qu\w*|d|de|des|du|a|au|ni|si|s|quand|lorsqu\w*|ou|et|meme|pour|dont|en|dans|sur)\b")


def _with_hosts(some: Sequence[Clause], text: Sequence[Clause]) -> list[Clause]:
    """Return clauses with those they hang on: "aucun frais ne se déduit, qu'il s'agisse d'achats ou de loyer"."""
    hosts = [
        host
        for one in some
        if _FRAGMENT.match(one.text)
        for host in text
        if host.place == one.place and not _FRAGMENT.match(host.text)
    ]
    return [*some, *hosts]


def _is_told_otherwise(clause: Clause, sentence: str, quote: str) -> bool:
    """Tell whether a denial is told by "sinon", by a "non" that answers, or by what the passage reserves to others."""
    said = bare(sentence)
    if _ELSE.search(said) or _ANSWERS_NO.search(barred(sentence)):
        return True
    return bool(_RESERVED.search(said) and _RESERVED.search(bare(quote)) and not _RESERVED.search(clause.text))


_ANSWERS_NO = re.compile(r"^(?:\w+ ){0,3}non \||\| (?:en principe )?non \|")
_RESERVED = re.compile(r"\bseule?s?\b")
_BLOCKS = r"(?:empech\w+|perd\w*|prive\w*|exclu\w*|suppri\w+|interdi\w+|bloqu\w+|annul\w+)"
_TWICE = re.compile(
    rf"\b(?:ne|n) (?:\w+ ){{0,4}}?(?:{_BLOCKS} (?:\w+ )?(?:pas|jamais|rien)|(?:pas|jamais) {_BLOCKS})\b"
)
_LEFT = re.compile(rf"\b(?:{_BLOCKS}|sor[st]\w*|quitt\w+|cess\w+|arret\w+|fin|manqu\w+|refus\w+)\b")


def _half_turned(said: Sequence[Clause], official: Sequence[Clause]) -> Iterator[GateFinding]:
    """Yield a double negation told as one ("n'empêche pas d'exercer ce droit" as losing the right), or the reverse."""
    for one, others in ((said, official), (official, said)):
        for clause in one:
            if not _TWICE.search(clause.text):
                continue
            for other in aligned(clause, others, 0.5):
                if not _TWICE.search(other.text) and other.is_negative != bool(_LEFT.search(other.text)):
                    seen, there = (clause, other) if one is said else (other, clause)
                    yield GateFinding(Check.NEGATION, seen.text, there.text)


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


def turned_absences(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield what is absent ("sans risque", "aucune condition") in the sentence, not in the passage, or the reverse."""
    said, official = as_told(sentence, quote), as_told(quote, sentence)
    for clause in said:
        for word in _absent(clause.text, _WITHOUT):
            with_it = [one for one in official if one.words.has(word)]
            # "aucune démarche" for "rien à demander", "n'impose aucune solution" for "n'impose rien"
            around = official if word.is_light else [*with_it, *_denied_alike(clause, official)]
            if not with_it:
                around = [*around, *(one for one in aligned(clause, official, 0.5) if _is_without(one))]
            if not _is_denied(with_it) and not _is_denied(around) and not _WITHOUT_IT.search(bare(quote)):
                yield GateFinding(Check.NEGATION, clause.text)
    for clause in official:
        for word in _absent(clause.text, _LACKING):
            with_it = [one for one in said if one.words.has(word) and not _restates_affirmed(one, official, word)]
            excepted = [one for one in said if "sauf" in one.near_denials and one.words.count(clause.words)]
            if with_it and not excepted and not _is_denied(_with_hosts(with_it, said)):
                yield GateFinding(Check.NEGATION, "", clause.text)
    if _NOBODY.search(bare(sentence)) and not _NOT_ANY.search(NOT_NEGATIONS.sub("_", bare(quote))):
        yield GateFinding(Check.NEGATION, "personne")


def _denied_alike(clause: Clause, official: Sequence[Clause]) -> list[Clause]:
    """Return the clauses that deny something of what this clause denies."""
    if not clause.is_negative or clause.text.startswith("sans"):
        return []
    return [one for one in official if one.is_negative and clause.words.stems & one.words.stems]


_ARTICLES = r"(?: aucune?| meme| avoir| qu il| l| le| la| les| de| un| une)*"
_WITHOUT = re.compile(rf"\b(?:sans|aucune?|pas d|pas de|nulle?|zero|ni)\b{_ARTICLES}((?: \w+){{1,3}})")
_LACKING = re.compile(
    rf"\b(?:sans|hors de|hors du|hors|rien a|absence d|absence de|faute de|a defaut d|a defaut de|(?<!\w )pas d|"
    rf"(?<!\w )pas de|(?<!\w )jamais d|(?<!\w )jamais de|aucune?|ni)\b{_ARTICLES}"
    r"((?: \w+){1,2})"
)
_WITHOUT_IT = re.compile(r"\bsans (?:elle|lui|cela|ca|eux|elles|quoi|ce|cette)\b")
_NO_ABSENCE = re.compile(r"\bsans (?:attendre|tarder|delai|depasser|exceder|doute)\b")
_NOT_ANY = re.compile(r"\b(?:personne|nul|aucun|aucune)\b")
_NOBODY = re.compile(r"\b(?:personne (?:ne|n)|nul ne|(?:ne|n) \w+ personne)\b")


def _absent(text: str, pattern: re.Pattern[str]) -> Iterator[Word]:
    """Yield the first word of each thing that is absent."""
    for found in pattern.finditer(_NO_ABSENCE.sub("_", text).replace("pas de porte", "_")):
        if words := meaning(found[1]).words:
            yield words[0]


def _is_denied(clauses: Sequence[Clause]) -> bool:
    return any(one.is_negative or one.near_denials for one in clauses)


def denials_from_nowhere(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield the first denial of a sentence that rests on a passage which denies nothing at all."""
    said = _DENIAL.search(bare(sentence))
    if said and not _DENIAL.search(bare(quote)):
        yield GateFinding(Check.NEGATION, said[0])


_DENIAL = re.compile(r"\b(?:ne|n|pas|rien|aucun\w*|jamais|ni|sans|non|nul\w*)\b")
