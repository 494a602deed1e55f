"""Point out the passage that answers, in the entry that is shown, and in those that are offered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from noa_rag.answering.conversation.words import Leaning, leaning
from noa_rag.answering.steps.compose import BENEATH_LIMIT, as_choice, serving, shown_text
from noa_rag.answering.turn import Candidate, Turn
from noa_rag.answering.wording import NOT_SAID, say
from noa_rag.domain.answer import Answer, AnswerStatus, Choice, Reason
from noa_rag.domain.entry import EntryVersion, question_in
from noa_rag.domain.ports import EntryReader, Extracting
from noa_rag.french.quantities import stated_in

# What the probabilities that a follow-up is about an entry read before, and that a passage of it answers, come to
# together. Of 344 such follow-ups that the entry answers, 81 % reach it; of 102 that it does not, 64 %.
SAID_FROM = 0.2
_REFUSED = (Reason.NOTHING_CLOSE, Reason.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class PointOut:
    """The passages are word for word those of the text that is shown.

    The whole text answers one of the entry's own questions: none of its passages is pointed out. A follow-up that leads
    to an entry read before is answered by the passage, not by the whole text again.
    """

    extracts: Extracting
    entries: EntryReader

    def __call__(self, turn: Turn) -> Turn:
        answer = turn.answer
        is_own_question = turn.judgement is not None and turn.judgement.is_restated
        if answer is None or answer.parts or answer.reason is Reason.SITUATION or is_own_question:
            return turn
        question = turn.understood_as or turn.understood.normalised
        if answer.entry and answer.entry.id in turn.read_before:
            answer = self._read_before(turn, answer, answer.entry)
        elif turn.alone is not None and answer.reason in _REFUSED:
            answer = self._refused(turn, answer)
        elif answer.entry:
            answer = replace(answer, extract=self.extracts.extract(question, answer.entry.content, answer.text))
        offered = {candidate.match.entry_id: candidate.version for candidate in turn.candidates}
        choices = tuple(
            self._with_extract(choice, offered.get(choice.entry_id), question, turn) for choice in answer.choices
        )
        return turn.conclude(replace(answer, choices=choices))

    def _read_before(self, turn: Turn, answer: Answer, entry: EntryVersion) -> Answer:
        """Return the answer by its passage alone; where none is likely to answer a follow-up, a choice."""
        if turn.alone is None:
            extract = self.extracts.extract(turn.understood.normalised, entry.content, answer.text)
            return replace(answer, extract=extract, is_read=extract is not None)
        # Not with the question before: the passage that answered that one would come first.
        nearest = self.extracts.nearest(turn.alone, entry.content, answer.text)
        if nearest is None and stated_in(turn.alone) is None:
            return answer
        passage, chance = nearest or (None, 0.0)
        if answer.confidence * chance >= SAID_FROM:
            return replace(answer, extract=passage, is_read=True)
        others = [
            candidate
            for candidate in turn.candidates
            if candidate.version.id != entry.id and not candidate.is_situation
        ]
        return self._not_said(answer, entry, passage, others[:BENEATH_LIMIT])

    def _refused(self, turn: Turn, answer: Answer) -> Answer:
        """Return a refusal of what only makes sense with the entry read before; that one is then offered once more."""
        asked = turn.alone or ""
        read = next(
            (candidate.version for candidate in turn.candidates if candidate.version.id in turn.read_before[:1]), None
        )
        if read is None or leaning(asked) is not Leaning.PLAIN:
            return answer
        nearest = self.extracts.nearest(asked, read.content, shown_text(read, None, answer.language)[0])
        return self._not_said(answer, read, nearest[0]) if nearest else answer

    def _not_said(
        self, answer: Answer, entry: EntryVersion, nearest: str | None, others: Sequence[Candidate] = ()
    ) -> Answer:
        """Return the choice between the entry read before, by its nearest passage, and others that are near."""
        language = answer.language
        question, in_language = question_in(entry.content, language.value)
        again = Choice(entry.id, question, language=in_language, extract=nearest)
        return Answer(
            status=AnswerStatus.CLARIFICATION,
            mode=answer.mode,
            language=language,
            text=say(language, NOT_SAID),
            confidence=answer.confidence,
            reason=Reason.NOT_SAID,
            choices=(again, *(as_choice(other, language) for other in others)),
            contact=serving([entry.content.agency_id], self.entries.agencies(), answer.region),
            understood_as=answer.understood_as,
            personal_data=answer.personal_data,
            region=answer.region,
            support=answer.support,
        )

    def _with_extract(self, choice: Choice, version: EntryVersion | None, asked: str, turn: Turn) -> Choice:
        if version is None or choice.region is not None or choice.extract is not None:
            return choice
        text, _ = shown_text(version, None, turn.understood.language)
        return replace(choice, extract=self.extracts.extract(asked, version.content, text))
