"""Of the entries of one question, take the one that is written for this visitor.

Which of them was found does not matter: the general entry and its variants answer the same question.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from noa_rag.answering.turn import Candidate, Turn
from noa_rag.answering.wording import WHICH_PLACE, say
from noa_rag.domain.answer import Answer, AnswerStatus, Choice, General, Reason
from noa_rag.domain.entry import EntryId, EntryVersion, lacks_audience, lacks_region, most_specific
from noa_rag.domain.ports import EntryReader, Judgement
from noa_rag.domain.question import Mode, Question
from noa_rag.domain.regions import REGIONS, Place

Family = Sequence[EntryVersion]


@dataclass(frozen=True, slots=True)
class ChooseVariant:
    """Replaces each candidate by the member of its family that fits the visitor, as the database has them that day."""

    entries: EntryReader

    def __call__(self, turn: Turn) -> Turn:
        families = self._families(turn)
        if not families:
            return turn
        asked_back = _asked_back(turn, families)
        if asked_back is not None:
            return turn.conclude(asked_back)
        candidates = tuple(_chosen(candidate, families, turn.understood) for candidate in turn.candidates)
        return replace(turn, candidates=candidates)

    def _families(self, turn: Turn) -> Mapping[EntryId, Family]:
        """Return, by the entry that was found, the members of its family that may be shown that day."""
        ids = {entry_id for candidate in turn.candidates for entry_id in candidate.match.family}
        if not ids:
            return {}
        day = turn.understood.as_of
        versions = self.entries.in_force(ids, day, known_on=turn.ask.as_of)
        servable = {version.id: version for version in versions.values() if version.is_servable_on(day)}
        return {
            candidate.match.entry_id: _of_one_question(candidate, servable)
            for candidate in turn.candidates
            if candidate.match.family
        }


def _of_one_question(candidate: Candidate, servable: Mapping[EntryId, EntryVersion]) -> Family:
    """Return the servable members of a candidate's family; the index that listed them may lag behind the database."""
    general = candidate.version.content.variant_of or candidate.version.id
    members = [servable[place] for place in candidate.match.family if place in servable]
    return [member for member in members if general in (member.id, member.content.variant_of)]


def _chosen(candidate: Candidate, families: Mapping[EntryId, Family], question: Question) -> Candidate:
    family = families.get(candidate.match.entry_id, ())
    version = most_specific(family, question.region, question.audience)
    if version is None:
        return candidate
    match = candidate.match
    if version.id != candidate.version.id:
        match = replace(match, section_key=None)  # the sections are another entry's
    return Candidate(match, version, _general(version, family, question))


def _general(version: EntryVersion, family: Family, question: Question) -> General | None:
    """Return for which region or audience a variant is missing; None unless the general entry of a family is shown."""
    if version.content.variant_of is not None or len(family) < 2:
        return None
    return General(
        region=question.region if lacks_region(family, question.region) else None,
        audience=question.audience if lacks_audience(family, question.audience) else None,
    )


def _asked_back(turn: Turn, families: Mapping[EntryId, Family]) -> Answer | None:
    """Return a clarification that asks which place is meant; None unless the entry to show or offer depends on it."""
    question, judgement = turn.understood, turn.judgement or Judgement(0.0, answers=False)
    is_found = judgement.answers or bool(judgement.offers)
    if not question.between or not is_found or not turn.candidates:
        return None
    entry_id = turn.candidates[0].match.entry_id
    of_each = [
        _by_place(families.get(offer, ()), question)
        for offer in ((entry_id,) if judgement.answers else judgement.offers)
    ]
    chosen = next(
        (place for place in of_each if len({version.id if version else None for version in place.values()}) > 1), None
    )
    if chosen is None:
        return None
    return Answer(
        status=AnswerStatus.CLARIFICATION,
        mode=Mode.STRICT,
        language=question.language,
        text=say(question.language, WHICH_PLACE),
        confidence=judgement.confidence,
        reason=Reason.AMBIGUOUS_PLACE,
        choices=tuple(
            Choice(version.id, place_in_words(place), place.region) for place, version in chosen.items() if version
        ),
    )


def _by_place(family: Family, question: Question) -> dict[Place, EntryVersion | None]:
    return {place: most_specific(family, place.code, question.audience) for place in question.between}


def place_in_words(place: Place) -> str:
    """Return a place with its region, to tell it from others of the same name: "Saint-Denis (La Réunion)"."""
    return f"{place.name} ({REGIONS.get(place.region, place.region)})"
