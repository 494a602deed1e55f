"""Added claims: words that neither the passage nor the question accounts for."""

import re
from collections.abc import Callable, Iterator
from math import ceil

from noa_rag.french.numbers import with_digits
from noa_rag.rephrasing.gate.clauses_read import bare, read_clauses
from noa_rag.rephrasing.gate.finding import Check, GateFinding
from noa_rag.rephrasing.gate.meaning_words import OPPOSITES, PROMISES, Meaning, Word, expression_words, meaning
from noa_rag.rephrasing.gate.plain_text import clauses, plain, stem

Entails = Callable[[str, str], float]
"""How far a passage (first) bears out a sentence (second), from 0 to 1."""

FREE_WORDS = 1  # an editor's own word a sentence; another one for every so many words
WORDS_PER_FREE_WORD = 5
CLAUSE_SHARE = 0.5  # A clause of which half is unaccounted for says something of its own.


def added_words(sentence: str, quote: str, question: str, context: str = "") -> Iterator[GateFinding]:
    """Yield one finding with the words that nothing accounts for, when they are too many for a turn of phrase."""
    passage, asked = meaning(quote), meaning(question)
    unknown = _unknown(sentence, passage, asked)
    allowed = max(FREE_WORDS, ceil(len(meaning(sentence).words) / WORDS_PER_FREE_WORD))
    periods = _new_periods(sentence, f"{quote} {question}")
    if periods:
        yield GateFinding(Check.DURATION, " ".join(periods))
    entry = meaning(context)
    nowhere = tuple(word for word in unknown if not entry.has(word))
    weight = sum({word.stem: 0.5 if entry.has(word) else 1.0 for word in unknown}.values())
    if (
        weight > allowed
        or any(_is_new_claim(part, nowhere, is_first=at == 0) for at, part in enumerate(_parts(sentence)))
        or _is_off_topic(sentence, passage, asked)
        or _is_at_pivot(sentence, nowhere)
    ):
        yield GateFinding(Check.COVERAGE, " ".join(dict.fromkeys(word.text for word in unknown)))


def unaccounted_words(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield one finding with every word that the passage itself does not account for; the question counts for nothing.

    A visitor, or whoever wrote her question for her, can then put no word into an answer.
    """
    passage = meaning(quote)
    unknown = _unknown(sentence, passage, meaning(""))
    if unknown:
        yield GateFinding(Check.COVERAGE, " ".join(dict.fromkeys(word.text for word in unknown)))


def added_promises(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield the words of promise ("garanti", "gratuit", "automatiquement") that the passage does not have."""
    passage = meaning(quote)
    denied = {word.text for clause in read_clauses(sentence) if _NOT.search(clause.text) for word in clause.words.words}
    for word in meaning(sentence).words:
        if word.text in PROMISES and word.text not in denied and not _promises(word, passage, quote):
            yield GateFinding(Check.PROMISE, word.text)
    official = read_clauses(quote)
    for clause in read_clauses(sentence):
        for word in clause.words.words:
            there = [one for one in official if word.stem in one.words.stems]
            if (
                word.text in PROMISES
                and there
                and not clause.is_negative
                and all(_NOT.search(one.text) for one in there)
            ):
                yield GateFinding(Check.PROMISE, word.text, there[0].text)


_NOT = re.compile(r"\b(?:ne|n) (?:\w+ ){1,6}?(?:pas|plus|jamais|rien|aucun\w*)\b")


def _promises(word: Word, passage: Meaning, quote: str) -> bool:
    """Tell whether the passage promises it: "vite" is "rapidement", but only "garanti" is "garanti"."""
    if (
        word.stem in passage.stems
        or passage.has_family(word)
        or (word.text.startswith(("immed", "aussit")) and _AT_ONCE.search(bare(quote)))
    ):
        return True
    return word.text.startswith(_SAID_OTHERWISE) and bool(word.groups & passage.groups)


_AT_ONCE = re.compile(r"\b(?:dess|tout de suite|aussitot|sans (?:attendre|tarder|delai))\b")
_SAID_OTHERWISE = (
    "rapid",
    "gratuit",
    "facil",
    "aisem",
    "entier",
    "total",
    "obligat",
    "necess",
    "simpl",
    "definit",
    "favor",
)


def turned_words(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield words of the sentence that the passage lacks, while it has their opposite."""
    said, official = _affirmed(sentence), _affirmed(quote)
    for side, others in OPPOSITES:
        seen, turned = said & side, official & others
        if seen and turned and not official & side and not said & turned:
            yield GateFinding(Check.NEGATION, " ".join(sorted(seen)), " ".join(sorted(turned)))


def _affirmed(text: str) -> frozenset[str]:
    return frozenset(
        one
        for clause in read_clauses(text)
        if not clause.is_negative
        for one in meaning(_WITHOUT.sub(" ", clause.text)).stems
    )


_WITHOUT = re.compile(r"\bsans (?:\w+ ){0,3}\w+")


def _unknown(sentence: str, passage: Meaning, asked: Meaning) -> tuple[Word, ...]:
    explained = frozenset(
        stemmed
        for stems, groups in expression_words(sentence)
        if groups & (passage.groups | asked.groups)
        for stemmed in stems
    )
    return tuple(
        word
        for word in meaning(sentence).words
        if not word.is_light and word.stem not in explained and not passage.has(word) and not asked.has(word)
    )


def _parts(sentence: str) -> tuple[str, ...]:
    return tuple(piece for part in clauses(plain(sentence)) for piece in re.split(r" et | ou ", part))


def _is_new_claim(part: str, unknown: tuple[Word, ...], *, is_first: bool) -> bool:
    """Tell whether a clause says something of its own: half of it is new, or all of a clause with its own subject."""
    words = {
        word.stem
        for word in meaning(part).words
        if not word.is_light and word.stem not in _PERIODS and word.stem not in _TIMES
    }
    new = words & {word.stem for word in unknown}
    if len(new) >= 2 and len(new) >= CLAUSE_SHARE * len(words):
        return True
    return not is_first and bool(new) and new == words and _SUBJECT.match(part.strip()) is not None


def _is_off_topic(sentence: str, passage: Meaning, asked: Meaning) -> bool:
    """Tell whether less than half of what is said is in the passage itself, words of the question not counted."""
    words = meaning(sentence)
    own = [word for word in words.words if not word.is_light and (passage.has(word) or not asked.has(word))]
    if not own:
        return False
    known = sum(passage.has(word) for word in own)
    return known < CLAUSE_SHARE * len(own) and (len(own) > 1 or not any(char.isdigit() for char in sentence))


# After these, one word decides whom or when a sentence is about: none of an editor's own is free there.
_PIVOT = re.compile(
    r"\b(?:(?:ne|n) (?:\w+ ){1,4}?qu(?:e)? (?:pour |a |aux? |par |en )?|uniquement |seulement |sauf |hormis |excepte "
    r"|avant (?:que? )?|apres |jusqu\w* |a compter d\w* |lors d\w* |y compris |a l exception d\w* )((?:\w+ ){0,3}\w+)"
)


def _is_at_pivot(sentence: str, unknown: tuple[Word, ...]) -> bool:
    """Tell whether an unknown word names the event or case that limits a clause: "avant que le chantier soit reçu"."""
    stems = {word.stem for word in unknown}
    return any(
        word.stem in stems
        for clause in read_clauses(sentence)
        for found in _PIVOT.finditer(clause.text)
        for word in meaning(found[1]).words
        if not word.is_light
    )


def _new_periods(sentence: str, elsewhere: str) -> list[str]:
    """Return the periods named without a number ("tous les mois") that neither passage nor question names."""
    there = {_PERIODS[one] for one in meaning(elsewhere).stems & _PERIODS.keys()}
    bare = _COUNTED_PERIOD.sub(" ", with_digits(plain(sentence)))
    return [word.text for word in meaning(bare).words if _PERIODS.get(word.stem, "") not in there | {""}]


_TIMES = frozenset(stem(word) for word in ("heure", "heures", "minute", "minutes"))
_SUBJECT = re.compile(
    r"(?:le|la|les|l'|un|une|il|elle|ils|elles|vous|on|ce|cela|c'|votre|vos|cette|cet|ces|tout\w*|aucun\w*)\b"
)
_COUNTED_PERIOD = re.compile(
    r"\bà jour\b|\bce jour|\d+(?:,\d+)? (?:\w+ers? |\w+ères? )?"
    r"(?:jours?|mois|ans?|années?|semaines?|heures?|h\b|trimestres?|semestres?)"
)
_PERIODS = {
    stem(word): family
    for family, words in {
        "jour": "jour jours journee journalier journaliere quotidien quotidienne quotidiennement",
        "semaine": "semaine semaines hebdomadaire",
        "mois": "mois mensuel mensuelle mensuels mensuellement",
        "trimestre": "trimestre trimestres trimestriel trimestrielle",
        "semestre": "semestre semestres semestriel semestrielle",
        "an": "an ans annee annees annuel annuelle annuellement",
    }.items()
    for word in words.split()
}
