"""The needs that one question may hold: where it can be cut, and what both halves share."""

import re
from dataclasses import dataclass

from noa_rag.answering.conversation.words import aspects, content_words, plain

CUTS_TRIED = 3  # each costs two searches
LONGEST = 45  # words; beyond, somebody tells a story, whose sentences are no needs
FEWEST_WORDS = 2

_ASKS = (
    r"(?:comment|combien|quand|ou|quels?|quelles?|qui|que|quoi|pourquoi|est ce|faut il|dois je|doit on|puis je"
    r"|peut on|ai je|a t on|suis je|y a t il|a quoi|a qui|jusqu|dans quel|sous quel"
    r"|what|how|when|where|which|who|do|does|can|must|is|are|should)"
)
_QUESTION = re.compile(rf"\b{_ASKS}\b")
_STARTS_ASKING = re.compile(rf"^(?:et |and |aussi |puis |ensuite |sinon |a |de )*{_ASKS}\b")
_WANTS = re.compile(
    r"\b(?:je (?:veux|voudrais|souhaite|cherche|dois|vais|compte|desire)|j (?:aimerais|ai besoin)|il me faut"
    r"|on (?:veut|voudrait|doit)"
    r"|nous (?:voulons|voudrions|souhaitons|devons)|i (?:want|need|would like)|pour)\b"
)
_INFINITIVE = re.compile(r"^(?:de |d |a |me |m |s |se |le |la |les |l )*[a-z]{2,}(?:er|ir|re|oir)\b")
_SENTENCE = re.compile(r"(?<=[?!;])\s+|(?<=[a-zéèà)\d])\.\s+(?=[A-ZÀÉÈ])")
_JOINT = re.compile(
    r",?\s+(?:et|puis|ainsi que|and|plus)\s+"
    r"(?:(?:aussi|également|egalement|ensuite|puis|sinon|enfin|also|then|en plus|par ailleurs)\s+)?"
    r"|,\s+(?=(?:comment|combien|quand|quel|quelle|quels|quelles|faut-il|dois-je|puis-je|how|what|when|where)\b)",
    re.IGNORECASE,
)
_PREFACE = re.compile(
    r"^(?P<preface>[^:?]{8,120}?)\s*[:,]\s+"
    r"(?=(?:comment|combien|quand|où|quel|quelle|quels|quelles|faut-il|dois-je|puis-je|est-ce)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cut:
    """A question cut in two: what each half asks, with what was said before both of them in front."""

    halves: tuple[str, str]
    both_ask: bool
    """Whether each half is a question by its own grammar, and not only the rest of a list."""


def cuts(question: str) -> list[Cut]:
    """Return the places where a question may be cut into two needs, the surest first."""
    if len(question.split()) > LONGEST:
        return []
    context, asked = _context(question)
    found = [cut for left, right in _pairs(asked) if (cut := _cut(context, left, right)) is not None]
    return sorted(found, key=lambda cut: not cut.both_ask)[:CUTS_TRIED]


def _context(question: str) -> tuple[str, str]:
    """Return what is told before anything is asked, and the rest."""
    sentences = _SENTENCE.split(question)
    told = []
    while len(sentences) > 1 and not _is_need(sentences[0]):
        told.append(sentences.pop(0))
    rest = " ".join(sentences)
    preface = _PREFACE.match(rest)
    if preface and not _asks(preface["preface"]):
        told.append(preface["preface"])
        rest = rest[preface.end() :]
    return " ".join(told), rest


def _pairs(asked: str) -> list[tuple[str, str]]:
    sentences = [one for one in _SENTENCE.split(asked) if one.strip()]
    by_sentence = [(" ".join(sentences[:at]), " ".join(sentences[at:])) for at in range(1, len(sentences))]
    by_joint = [(asked[: one.start()], asked[one.end() :]) for one in _JOINT.finditer(asked)]
    return [*by_sentence, *by_joint]


def _cut(context: str, left: str, right: str) -> Cut | None:
    left, right = left.strip(" ,;."), right.strip(" ,;.")
    if not (_is_need(left) and (_asks(right) or _INFINITIVE.match(plain(right)))):
        return None
    if any(len(half.split()) < FEWEST_WORDS or not _names(half) for half in (left, right)):
        return None
    both_ask = bool(_STARTS_ASKING.match(plain(left)) or _WANTS.search(plain(left))) and bool(
        _STARTS_ASKING.match(plain(right))
    )
    prefix = f"{context} " if context else ""
    return Cut((prefix + left, prefix + right), both_ask)


def _is_need(text: str) -> bool:
    return text.rstrip().endswith("?") or _asks(text)


def _asks(text: str) -> bool:
    folded = plain(text)
    return bool(_QUESTION.search(folded) or _WANTS.search(folded))


def _names(half: str) -> bool:
    return bool(content_words(half) or aspects(half))
