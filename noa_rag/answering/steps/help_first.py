"""Give somebody in distress the entries written for that: before anything is searched, or above the ordinary answer."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from noa_rag.answering.conversation.words import stems
from noa_rag.answering.distress.recognise import Distress, distress_in, plain, without_cries
from noa_rag.answering.steps.compose import Compose, as_choice
from noa_rag.answering.turn import Candidate, Need, Step, Turn
from noa_rag.domain.answer import Reason
from noa_rag.domain.entry import EntryId, EntryVersion, Urgency
from noa_rag.domain.ports import EntryReader, Judgement, Match
from noa_rag.domain.regions import covers

CHOICE_LIMIT = 3  # entries offered below the help, so that the list stays short
FEWEST_WORDS_BESIDE = 2  # that must remain to be searched: "à quoi bon" does not ask about gift vouchers ("bons")

_LOGGER = logging.getLogger("noa.answering")


@dataclass(frozen=True, slots=True)
class HelpFirst:
    """`urgent` names the entries for people in distress; without one to show first, this step does nothing.

    Where the message only may be one of distress, an entry is kept in `support`, and the path goes on.

    `find` and `weigh` search what else the message asks: an entry that answers it is shown second, entries that would
    be offered are named. They may fail; the help is given all the same.
    """

    entries: EntryReader
    urgent: Callable[[], Collection[EntryId]]
    find: Step
    weigh: Step

    def __call__(self, turn: Turn) -> Turn:
        degree = distress_in(turn.understood.text)
        if degree is Distress.NONE:
            return turn
        helping = help_entries(self.entries, self.urgent(), turn)
        if degree is Distress.POSSIBLE:
            gentlest_first = sorted(helping, key=lambda version: version.content.urgent is Urgency.FIRST)
            return replace(turn, support=next(iter(gentlest_first), None))
        firsts = [entry for entry in helping if entry.content.urgent is Urgency.FIRST]
        if not firsts:
            return turn
        asked_for = [entry for entry in helping if _asks_for(turn.understood.text, entry)]
        firsts = [*asked_for, *(first for first in firsts if first not in asked_for)]
        beside = [entry for entry in helping if entry not in firsts]
        shown, offered = self._what_else(turn)
        candidates = (*map(_candidate, firsts), *shown)
        composed = Compose(self.entries).answered(
            replace(turn, candidates=candidates, needs=tuple(Need("", candidate) for candidate in candidates)),
            Judgement(1.0, answers=True),  # nothing was weighed
        )
        named = (*map(_candidate, beside), *offered)[:CHOICE_LIMIT]
        choices = tuple(as_choice(entry, turn.understood.language) for entry in named)
        return turn.conclude(replace(composed, reason=Reason.DISTRESS, choices=choices))

    def _what_else(self, turn: Turn) -> tuple[Sequence[Candidate], Sequence[Candidate]]:
        """Return the entry that answers the rest of the message, where one does, and those that would be offered."""
        rest = without_cries(turn.understood.normalised)
        if len(stems(rest)) < FEWEST_WORDS_BESIDE:
            return (), ()
        try:
            turn_found = self.find(replace(turn, question=replace(turn.understood, normalised=rest)))
            others = tuple(
                candidate
                for candidate in turn_found.candidates
                if candidate.version.content.urgent is None and not candidate.is_situation
            )
            weighed = self.weigh(replace(turn_found, candidates=others))
        except Exception as error:  # any failure: the help is shown all the same
            _LOGGER.error("what else a message of distress asks was not searched: %s", type(error).__name__)
            return (), ()
        judgement = weighed.judgement
        if judgement is None or weighed.answer is not None:
            return (), ()
        if judgement.answers:
            return weighed.candidates[:1], ()
        by_id = {candidate.match.entry_id: candidate for candidate in weighed.candidates}
        offered = [by_id[offer] for offer in judgement.offers if offer in by_id]
        return (), offered or (weighed.candidates if judgement.is_near else ())  # as a refusal names the closest


def help_entries(entries: EntryReader, urgent: Collection[EntryId], turn: Turn) -> list[EntryVersion]:
    """Return the entries for people in distress that may be shown to this visitor."""
    question, ids = turn.understood, sorted(urgent)
    versions = entries.in_force(ids, question.as_of, known_on=turn.ask.as_of)
    return [
        version
        for entry_id in ids
        if (version := versions.get(entry_id)) is not None
        and version.is_servable_on(question.as_of)
        and covers(version.content.regions, question.region)
    ]


def _asks_for(text: str, version: EntryVersion) -> bool:
    """Return whether the message is one of the entry's own questions: that entry then comes before the others."""
    content = version.content
    own = (content.question, content.question_en, *(question.text for question in content.alternate_questions))
    return plain(text) in map(plain, own)


def _candidate(version: EntryVersion) -> Candidate:
    return Candidate(Match(version.id, version.version, 0.0, 1), version)
