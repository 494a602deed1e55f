"""Where a question holds two needs, cut it and find an entry for each half."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from noa_rag.answering.conversation.words import (
    Leaning,
    aspects,
    content_words,
    leaning,
    share,
    stems,
    words_of_questions,
    words_of_text,
)
from noa_rag.answering.turn import Need, Step, Turn
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import Judgement
from noa_rag.french.words import plain

# Two needs in one question. A half is shorter than what the confidence was learned on. Both entries are shown whole
# with what they answer, so that a wrong one is seen to be wrong; still, each half must be likelier right than not.
HALF_FROM = 0.7
HALF_MOSTLY_NAMED = 0.66  # or it must be near, and name hardly anything that is not in the entry's own questions
HALF_NAMED_FROM = 0.4  # where it is not near
HALF_OFFERED_FROM, HALF_HELD = 0.2, 0.8  # or it must be offered, with hardly a word that the entry does not hold
CUTS_TRIED = 3  # each costs two searches
LONGEST_DIVIDED = 45  # words; a longer message tells a story, whose sentences are not separate needs
FEWEST_HALF_WORDS = 2

# Where one entry answers all of it, only two halves that are answered surely, and by other entries, are two needs.
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
    """A question cut in two; each half begins with the context that was told before both."""

    halves: tuple[str, str]
    both_ask: bool
    """Whether each half is a question by its own grammar, and not only the rest of a list."""


@dataclass(frozen=True, slots=True)
class Divide:
    """`search` finds and weighs the entries for a question."""

    search: Step

    def __call__(self, turn: Turn) -> Turn:
        if turn.understood_as is not None or (turn.judgement is not None and turn.judgement.is_restated):
            return turn
        searched = [(cut, self._halves(turn, cut)) for cut in cuts(turn.understood.normalised)]
        for cut, halves in searched:
            if _are_two(turn, halves):
                return _with_needs(turn, cut, halves)
        for cut, halves in searched:
            if _is_one_of_two(turn, cut, halves):
                return _with_needs(turn, cut, halves)
        return turn

    def _halves(self, turn: Turn, cut: Cut) -> list[Turn]:
        return [
            self.search(replace(turn, question=replace(turn.understood, normalised=half), needs=()))
            for half in cut.halves
        ]


def _are_two(turn: Turn, halves: Sequence[Turn]) -> bool:
    """Whether both halves are answered, by different entries, and no single entry answers the whole better.

    Where the entry of one half would not even be offered by itself, the other half must be surely answered.
    """
    if not all(_answers(half) for half in halves) or _first(halves[0]) == _first(halves[1]):
        return False
    if not (all(_is_offered(half) for half in halves) or any(_is_sure(half) for half in halves)):
        return False
    if turn.judgement is None or not turn.judgement.answers:
        return True
    surely = all(_is_sure(half) for half in halves)
    return surely and _first(turn) in {_first(half) for half in halves}


def _is_one_of_two(turn: Turn, cut: Cut, halves: Sequence[Turn]) -> bool:
    """Whether one half is surely answered and the other, a question by itself, is not."""
    if turn.judgement is None or turn.judgement.answers or _first(halves[0]) == _first(halves[1]):
        return False
    return _stand_alone(cut) and any(_is_sure(half) for half in halves)


def _stand_alone(cut: Cut) -> bool:
    """Whether each half is a question by itself: "… and how long does it take?" is the rest of the first half."""
    return cut.both_ask and leaning(cut.halves[1]) in (Leaning.NONE, Leaning.SHORT)


def _is_sure(turn: Turn) -> bool:
    is_situation = bool(turn.candidates) and turn.candidates[0].is_situation
    return turn.judgement is not None and turn.judgement.answers and not is_situation


def _is_offered(turn: Turn) -> bool:
    """Whether the half, asked alone, would be answered or offered its first entry."""
    return _is_sure(turn) or (turn.judgement is not None and _first(turn) in turn.judgement.offers)


def _first(turn: Turn) -> EntryId | None:
    return turn.candidates[0].match.entry_id if turn.candidates else None


def _answers(half: Turn) -> bool:
    judgement = half.judgement
    if judgement is None or not half.candidates or half.candidates[0].is_situation:
        return False
    if judgement.answers or judgement.confidence >= HALF_FROM:
        return True
    own, content = stems(half.understood.normalised), half.candidates[0].version.content
    is_known = judgement.is_near or judgement.confidence >= HALF_NAMED_FROM
    if is_known and share(own, words_of_questions(content)) >= HALF_MOSTLY_NAMED:
        return True
    return (
        bool(judgement.offers)
        and judgement.confidence >= HALF_OFFERED_FROM
        and share(own, words_of_text(content)) >= HALF_HELD
    )


def _with_needs(turn: Turn, cut: Cut, halves: Sequence[Turn]) -> Turn:
    needs = tuple(_need(words, half) for words, half in zip(cut.halves, halves, strict=True))
    shown = [need.candidate for need in needs if need.candidate]
    rest = [
        candidate
        for candidate in turn.candidates
        if candidate.match.entry_id not in {each.match.entry_id for each in shown}
    ]
    confidence = turn.judgement.confidence if turn.judgement else 0.0
    judgement = Judgement(max(confidence, HALF_FROM), answers=True, is_near=True, because={"holds two needs": 1})
    return replace(turn, needs=needs, candidates=(*shown, *rest), judgement=judgement)


def _need(words: str, half: Turn) -> Need:
    if _answers(half):
        return Need(words, half.candidates[0])
    is_near = half.judgement is not None and half.judgement.is_near
    return Need(words, None, near=half.candidates if is_near else ())


def cuts(question: str) -> list[Cut]:
    """Return the places where a question may be cut into two needs, the surest first."""
    if len(question.split()) > LONGEST_DIVIDED:
        return []
    context, question_part = _context(question)
    all_cuts = [cut for left, right in _pairs(question_part) if (cut := _cut(context, left, right)) is not None]
    return sorted(all_cuts, key=lambda cut: not cut.both_ask)[:CUTS_TRIED]


def _context(question: str) -> tuple[str, str]:
    """Return the statements that come before the first question, and the rest."""
    sentences = _SENTENCE.split(question)
    context = []
    while len(sentences) > 1 and not _is_need(sentences[0]):
        context.append(sentences.pop(0))
    rest = " ".join(sentences)
    preface = _PREFACE.match(rest)
    if preface and not _asks(preface["preface"]):
        context.append(preface["preface"])
        rest = rest[preface.end() :]
    return " ".join(context), rest


def _pairs(asked: str) -> list[tuple[str, str]]:
    sentences = [part for part in _SENTENCE.split(asked) if part.strip()]
    by_sentence = [(" ".join(sentences[:at]), " ".join(sentences[at:])) for at in range(1, len(sentences))]
    by_joint = [(asked[: match.start()], asked[match.end() :]) for match in _JOINT.finditer(asked)]
    return [*by_sentence, *by_joint]


def _cut(context: str, left: str, right: str) -> Cut | None:
    left, right = left.strip(" ,;."), right.strip(" ,;.")
    if not (_is_need(left) and (_asks(right) or _INFINITIVE.match(plain(right)))):
        return None
    if any(len(half.split()) < FEWEST_HALF_WORDS or not _names(half) for half in (left, right)):
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
