"""Tell whoever asks for a person how to reach one: whom she names, else who knows what she asked about before."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from noa_rag.answering.steps.compose import Compose, serving
from noa_rag.answering.steps.recall import REMEMBERED_FOR
from noa_rag.answering.turn import Turn
from noa_rag.answering.wording import ABOUT_WHAT, EXPLAIN, REACH
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import Answer, Choice, Reason
from noa_rag.domain.entry import EntryId, EntryVersion, question_in
from noa_rag.domain.ports import Conversations
from noa_rag.french.courtesies import without_courtesies
from noa_rag.french.personal_data import says_nothing_else
from noa_rag.french.reaching import asks_for, asks_for_person, asks_what_is_meant, asks_who_answers, plain_names
from noa_rag.french.words import plain


@dataclass(frozen=True, slots=True)
class ReachPerson:
    """Leaves alone what an entry answers in its own words ("contacter la douane"), but not what one is only near to."""

    conversations: Conversations | None
    compose: Compose

    def __call__(self, turn: Turn) -> Turn:
        text = turn.understood.placeless or turn.understood.text  # "joindre l'Urssaf à Lyon"
        if says_nothing_else(text) or asks_who_answers(text):
            return turn
        named = asks_for(text, names_of(self.compose.entries.agencies().values()))
        if named is not None:
            is_answered = turn.judgement is not None and turn.judgement.is_restated
            # The words of such a message are all known: none of them is a sign of distress.
            return turn if is_answered else turn.conclude(replace(self._reached(turn, named), support=None))
        if asks_what_is_meant(text):
            explained = self._about_before(turn, EXPLAIN)
            return turn.conclude(replace(explained, support=None)) if explained.understood_as else turn
        if not asks_for_person(text) or _is_own_question(turn):
            return turn
        return turn.conclude(self._about_before(turn))

    def _about_before(self, turn: Turn, said: str = REACH) -> Answer:
        """Return the contact for what was asked before in the conversation, else the question what it is about."""
        if self.conversations is None or not turn.ask.conversation_id:
            return self._reached(turn, None)
        since = datetime.now(UTC) - REMEMBERED_FOR
        for earlier in self.conversations.earlier(turn.ask.conversation_id, since=since):
            entry = next(iter(self._servable(turn, earlier.entry_ids[:1])), None)
            if entry is not None:
                question, language = question_in(entry.content, turn.understood.language.value)
                return replace(
                    self._reached(turn, entry.content.agency_id, said),
                    understood_as=earlier.understood_as or earlier.text,
                    choices=(Choice(entry.id, question, language=language),),
                )
        return self._reached(turn, None)

    def _servable(self, turn: Turn, entry_ids: tuple[EntryId, ...]) -> Iterable[EntryVersion]:
        day = turn.understood.as_of
        entries = self.compose.entries.in_force(entry_ids, day, known_on=turn.ask.as_of)
        return [version for version in entries.values() if version.is_servable_on(day)]

    def _reached(self, turn: Turn, agency_id: AgencyId | None, said: str = REACH) -> Answer:
        contact = serving([agency_id], self.compose.entries.agencies(), turn.understood.region)
        answer = self.compose.without_question(turn, said if contact else ABOUT_WHAT, Reason.ASKS_FOR_PERSON)
        answer = replace(answer, contact=contact, themes=() if contact else answer.themes)
        return self.compose.completed(turn, answer)


def _is_own_question(turn: Turn) -> bool:
    """Return whether an entry has this very question: words such as "contacter" alone are in many."""
    if turn.judgement is None or not turn.judgement.is_restated:
        return False
    content = turn.candidates[0].version.content
    own = (content.question, content.question_en, *(alternate.text for alternate in content.alternate_questions))
    return plain(without_courtesies(turn.understood.text)) in map(plain, own)


def names_of(agencies: Iterable[Agency]) -> dict[str, AgencyId]:
    """Return the agencies by each of their names in plain letters; of two with one name, the first."""
    names: dict[str, AgencyId] = {}
    for agency in agencies:
        for name in plain_names(agency.name, agency.short_name, *agency.names):
            names.setdefault(name, agency.id)
    return names
