"""Point out the passage that answers, in the entry that is shown and in those that are offered."""

from dataclasses import dataclass, replace

from noa_rag.answering.steps.compose import shown_text
from noa_rag.answering.turn import Turn
from noa_rag.domain.answer import Choice, Reason
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.ports import Extracting


@dataclass(frozen=True, slots=True)
class PointOut:
    """The passages are word for word those of the text that is shown.

    The whole text answers one of the entry's own questions: none of its passages is pointed out.
    """

    extracts: Extracting

    def __call__(self, turn: Turn) -> Turn:
        answer = turn.answer
        is_own_question = turn.judgement is not None and turn.judgement.is_restated
        if answer is None or answer.parts or answer.reason is Reason.SITUATION or is_own_question:
            return turn
        asked = turn.understood_as or turn.understood.normalised
        extract = self.extracts.extract(asked, answer.entry.content, answer.text) if answer.entry else None
        offered = {candidate.match.entry_id: candidate.version for candidate in turn.candidates}
        choices = tuple(
            self._with_extract(choice, offered.get(choice.entry_id), asked, turn) for choice in answer.choices
        )
        return turn.conclude(replace(answer, extract=extract, choices=choices))

    def _with_extract(self, choice: Choice, version: EntryVersion | None, asked: str, turn: Turn) -> Choice:
        if version is None or choice.region is not None:
            return choice
        text, _ = shown_text(version, None, turn.understood.language)
        return replace(choice, extract=self.extracts.extract(asked, version.content, text))
