"""What a question's words tell: what it is about, whether it leans on the one before or asks for a whole field."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import exp
from pathlib import Path

from noa_rag.domain.entry import EntryContent, official_text
from noa_rag.french.quantities import GIVEN
from noa_rag.french.words import plain

SHORT_QUESTION = 6  # words; longer questions without a pronoun that points back say what they are about
POINTS_BACK = 11  # words up to which a pronoun makes a question lean: in longer ones it points within the question
OWN_SUBJECT = 4  # content words that make a question one of its own, whatever it begins with
SUBJECT_LIMIT = 4  # words that name the subject; whoever names more wants one thing
LONGEST_BROAD = 18  # words; whoever tells more wants one thing
SHORT_BROAD = 11  # words, where no kind of thing is named

VOCABULARY: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
)
STEM_LENGTH = 5  # letters that two forms of a French word nearly always share
SHORTEST_STEM = 3
_WORD = re.compile(r"[a-z0-9]+")
_EMPTY = frozenset(word for group in VOCABULARY["empty"].values() for word in group)
DOINGS = frozenset(word for group in VOCABULARY["doings"].values() for word in group)
_ASPECTS = {kind: re.compile(rf"\b(?:{'|'.join(ways)})\b") for kind, ways in VOCABULARY["aspects"].items()}
KEPT = 2_048  # entries; a few kilobytes each


def content_words(text: str) -> tuple[str, ...]:
    """Return the folded words that carry a subject of their own, in order."""
    without_aspects = plain(text)
    for pattern in _ASPECTS.values():
        without_aspects = pattern.sub(" ", without_aspects)
    return tuple(word for word in _WORD.findall(without_aspects) if len(word) >= SHORTEST_STEM and word not in _EMPTY)


def names_a_subject(word: str) -> bool:
    """Whether a folded word belongs to a subject, and is not one that any question may hold."""
    return word not in _EMPTY


@lru_cache(maxsize=4_096)  # entries' questions, and those of visitors: some 10 KB each at most
def stems(text: str) -> frozenset[str]:
    """Return the beginnings of the content words, by which forms of one word are recognised."""
    return frozenset(word[:STEM_LENGTH] for word in content_words(text))


@lru_cache(maxsize=4_096)  # the same texts, 2 KB each at most
def aspects(text: str) -> frozenset[str]:
    """Return the kinds of thing that a text asks for: a figure, a moment, a duration, a place."""
    folded = plain(text)
    return frozenset(kind for kind, pattern in _ASPECTS.items() if pattern.search(folded))


def share(own: frozenset[str], words: frozenset[str]) -> float:
    """Return the share, 0 to 1, of `own` that is in `words`; 0 where `own` is empty."""
    return len(own & words) / len(own) if own else 0.0


@lru_cache(maxsize=KEPT)
def given(content: EntryContent) -> frozenset[str]:
    """Return the kinds in `GIVEN` (figure, moment, duration) that an entry's text states."""
    text = " ".join((official_text(content), *(section.text for section in content.sections)))
    return frozenset(kind for kind, pattern in GIVEN.items() if pattern.search(text))


@lru_cache(maxsize=KEPT)
def words_of_questions(content: EntryContent) -> frozenset[str]:
    """Return the stems of an entry's question and alternate questions."""
    return stems(" ".join((content.question, *(question.text for question in content.alternate_questions))))


@lru_cache(maxsize=KEPT)
def words_of_text(content: EntryContent) -> frozenset[str]:
    """Return the stems of all that an entry says, its questions included."""
    parts = (official_text(content), *(f"{section.heading} {section.text}" for section in content.sections))
    return words_of_questions(content) | stems(" ".join(parts))


class Leaning(StrEnum):
    """How much a question needs the one before to be understood."""

    NONE = "none"
    """It says itself what it is about."""
    SHORT = "short"
    """It is short and names something: likelier a question of its own."""
    POINTING = "pointing"
    """It speaks of something by a pronoun: both readings are tried."""
    PLAIN = "plain"
    """It begins as the rest of something ("et pour…", "and if…"), or names no subject at all."""


_COURTESY = re.compile(
    r"^(?:(?:merci|thanks?|thank you|bonjour|bonsoir|salut|hello|super|parfait|ok|d accord|oui|non|yes|no|au revoir|bye"
    r"|bonne journee"
    r"|beaucoup|bien|tres|c est|tout|very|much|a vous|pour votre (?:aide|reponse)|great)\b ?)+$"
)
_GOES_ON = re.compile(
    r"^(?:et|ou alors|ou bien|mais|meme|idem|pareil|par contre|dans ce cas|du coup|ok|d accord|and|or|but|what about"
    r"|how about"
    r"|what if|even|same|so|in that case|non|oui|je parl(?:e|ais)|il s agit)\b"
    # Who somebody is asks nothing by itself: "je suis ostéo pas médecin", "j'ai juste un CAP cuisine".
    r"|^(?:moi )?(?:je suis|on est|nous sommes|j ai (?:juste|seulement|que)|c est pour)\b"
)
_POINTER = re.compile(
    r"\b(?:ca|cela|celui ci|celle ci|celui|celle|lequel|laquelle|lesquels|lesquelles|ceci|y"
    r"|en (?:ai|a|faut|faire|avoir)"
    r"|(?:je|j|tu|on|nous|vous|il|elle) (?:dois|doit|peux|peut|vais|va|veux|veut)?\s?(?:le|la|les|l|lui|leur|en|y)"
    r"|(?:dois|puis|peut|faut|doit) (?:je|on|il) (?:le|la|les|l|lui|en|y)"
    r"|(?:le|la|les|l|lui|leur|en|y) (?!loyer|metier|papier|courrier|dossier|premier|dernier|chantier|atelier"
    r"|plaisir|devoir)"
    r"(?:[a-z]+(?:er|ir|oir)|faire|(?:re|trans|ad|sou)?mettre|prendre|vendre|rendre|inscrire|rompre|joindre|construire)"
    r"|ce dernier|cette derniere|ce delai|cette aide|ce document|cette demarche|cette declaration|ce statut"
    r"|ce contrat|ce taux"
    r"|ce montant|cette somme|ce dossier|cette formalite|ce pret|cette carte|cette licence|ce formulaire|cette taxe"
    r"|it|that|this|them|they|those|these)\b"
)
_IT_IS = re.compile(
    r"\b(?:c est|c etait|est ce que c est|ce sera|elle|elles|ils|sont ils|est il|est elle|doit il|doit elle|peut il)\b"
)
_SUBJECT_HE = re.compile(r"\bil\b(?! (?:faut|y a|est possible|existe|s agit))")
_WHAT_IS = re.compile(r"\b(?:c est quoi|qu est ce que c est que|qu est ce qu|what is|what are)\b")


def leaning(question: str) -> Leaning:
    """Return how far a question leans on the one before."""
    words = plain(question)
    own = content_words(question)
    length = len(words.split())
    if _COURTESY.match(words):
        return Leaning.NONE
    if _GOES_ON.search(words):
        return Leaning.PLAIN if len(own) < OWN_SUBJECT else Leaning.POINTING
    if not own:
        return Leaning.PLAIN
    if _WHAT_IS.search(words):
        return Leaning.NONE
    points_back = bool(_POINTER.search(words) or _IT_IS.search(words) or _SUBJECT_HE.search(words))
    if points_back and length <= POINTS_BACK:
        return Leaning.POINTING
    return Leaning.SHORT if length <= SHORT_QUESTION and len(own) < OWN_SUBJECT - 1 else Leaning.NONE


_PICK = re.compile(
    r"^(?:(?:oui |plutot |ok |alors )*)(?:la |le |l |numero |n |option |choix |reponse |the )*"
    r"(?:(?P<first>1|1er|1re|1ere|premiere?|un|une|first|one)|(?P<second>2|2e|2eme|deuxieme|seconde?|deux|second|two)"
    r"|(?P<third>3|3e|3eme|troisieme|trois|third|three)|(?P<last>dernieree?|derniere|dernier|last))"
    r"(?: (?:option|choix|reponse|proposition|one|svp|please|s il (?:vous|te) plait))*$"
)


def picked_choice(question: str, choice_count: int) -> int | None:
    """Return which of the choices offered is taken by "la deuxième" or "2", counted from 0; None when none is."""
    match = _PICK.match(plain(question))
    if match is None:
        return None
    place = {"first": 0, "second": 1, "third": 2, "last": choice_count - 1}[str(match.lastgroup)]
    return place if 0 <= place < choice_count else None


_SEVERAL = (
    r"(?:quelles|quels|toutes? les?|tous les|liste des?|ensemble des|(?:les )?differente?s|what|which|all the|all)"
)
# Logistic weights fitted on 13 broad questions written for this. With each left out in turn, three of the first four
# entries were right for 12 of them.
WEIGHTS: Mapping[str, float] = {
    "gap": -0.06,
    "gap_besides": -0.12,
    "found_besides": 0.5,
    "is_of_kind": 1.1,
    "is_related": 2.0,
    "same_theme": 2.0,
    "dense_question": 0.6,
}
INTERCEPT = -2.45
AIDS, ANY_KIND = "aids", "others"
# Ways of asking for a whole field that name no kind of thing: what they stand for comes first.
_WHOLE = {
    "steps": re.compile(
        r"\b(?:par ou commencer|que faut il (?:faire|prevoir|savoir|avoir)"
        r"|que (?:dois je|doit on) (?:faire|prevoir|savoir)"
        r"|quoi (?:faire|prevoir)|tout (?:savoir )?(?:sur|ce qu)|comment (?:ouvrir|lancer|monter|demarrer)"
        r"|je (?:veux|voudrais|souhaite|vais|compte) (?:ouvrir|lancer|monter)|j (?:ouvre|aimerais ouvrir)"
        r"|everything (?:about|i need)|where (?:do|should) i start|what do i need (?:to|for)"
        r"|how (?:do|can) i (?:open|start))\b"
    ),
    "aids": re.compile(
        r"\b(?:comment (?:se faire aider|financer|etre aidee?|trouver (?:de l )?(?:argent|des fonds|un financement))"
        r"|a quoi ai je droit|how (?:do|can) i (?:fund|finance))\b"
    ),
}


@dataclass(frozen=True, slots=True)
class AskedField:
    """What a broad question asks for: the kind of thing, the words of its subject, and the further searches to run."""

    kind: str
    subject: str
    searches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    asked: re.Pattern[str]
    held: re.Pattern[str] | None
    searches: tuple[str, ...]


def field_of(question: str) -> AskedField | None:
    """Return the field that a question asks for as a whole, None for a question about one thing."""
    words = plain(question)
    if len(words.split()) > LONGEST_BROAD:
        return None
    for name, kind in _KINDS.items():
        match = kind.asked.search(words) or (name in _WHOLE and _WHOLE[name].search(words))
        if match and name == ANY_KIND and len(words.split()) > SHORT_BROAD:
            return None
        if match:
            subject = [word for word in content_words(_without(name, words)) if word not in DOINGS]
            if len(subject) > SUBJECT_LIMIT:
                return None
            words_of_it = " ".join(subject)
            return AskedField(
                name, words_of_it, tuple(phrase.format(subject=words_of_it).strip() for phrase in kind.searches)
            )
    return None


def _without(name: str, words: str) -> str:
    """Return the words without those that the field's patterns matched; for `ANY_KIND` the plural noun stays."""
    rest = words if name == ANY_KIND else _KINDS[name].asked.sub(" ", words)
    return _WHOLE[name].sub(" ", rest) if name in _WHOLE else rest


def nearness(figures: Mapping[str, float]) -> float:
    """Return the probability, 0 to 1, that an entry concerns a field, by the figures that `WEIGHTS` names."""
    return 1 / (1 + exp(-INTERCEPT - sum(weight * figures[name] for name, weight in WEIGHTS.items())))


def is_of_kind(field: AskedField, content: EntryContent) -> bool:
    """Whether an entry's question names the kind of thing asked for; always true for kinds without a pattern."""
    held = _KINDS[field.kind].held
    return held is None or bool(held.search(plain(content.question)))


@lru_cache(maxsize=1)
def _read() -> Mapping[str, _Kind]:
    rows = tomllib.loads(Path(__file__).with_name("breadth.toml").read_text(encoding="utf-8"))
    return {
        name: _Kind(
            re.compile(rf"\b{_SEVERAL} (?:[a-z0-9]+ ){{0,3}}?(?:{row['asked']})\b"),
            re.compile(rf"\b(?:{row['held']})") if row["held"] else None,
            tuple(row["searches"]),
        )
        for name, row in rows.items()
    }


_KINDS = _read()
