"""Whether a question leans on the one before, by its words alone."""

import re
from enum import StrEnum

from noa_rag.answering.conversation.words import content_words, plain
from noa_rag.answering.thresholds import OWN_SUBJECT, POINTS_BACK, SHORT_QUESTION


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
    r"|what if|even|same|so|in that case)\b"
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


_PICKS = (
    re.compile(
        r"^(?:(?:oui |plutot |ok |alors )*)(?:la |le |l |numero |n |option |choix |reponse |the )*"
        r"(?:(?P<first>1|1er|1re|1ere|premiere?|un|une|first|one)|(?P<second>2|2e|2eme|deuxieme|seconde?|deux|second|two)"
        r"|(?P<third>3|3e|3eme|troisieme|trois|third|three)|(?P<last>dernieree?|derniere|dernier|last))"
        r"(?: (?:option|choix|reponse|proposition|one|svp|please|s il (?:vous|te) plait))*$"
    ),
)


def picked_choice(question: str, choice_count: int) -> int | None:
    """Return which of the choices offered is taken by "la deuxième" or "2", counted from 0; None when none is."""
    for pattern in _PICKS:
        found = pattern.match(plain(question))
        if found:
            place = {"first": 0, "second": 1, "third": 2, "last": choice_count - 1}[str(found.lastgroup)]
            return place if 0 <= place < choice_count else None
    return None
