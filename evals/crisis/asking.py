"""Asking the stream as of its days; a question that is asked again of the same base gives the same answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from evals.crisis.script import About, AskedOnce
from noa_rag.answering.pipeline import run
from noa_rag.domain.answer import Answer, AnswerStatus
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.question import Ask, Language
from noa_rag.service.noa import Noa


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the stream with its answer, and what that is worth.

    `is_due`: an entry that answers is in force on that day. `is_right`: answered with it, in the version of the day; or
    not answered where nothing is due. `is_offered`: it stands among the choices of a clarification.
    """

    once: AskedOnce
    answer: Answer
    is_due: bool
    is_right: bool
    is_offered: bool

    @property
    def is_answered(self) -> bool:
        return self.answer.status is AnswerStatus.ANSWERED

    @property
    def about(self) -> About:
        return self.once.case.about


class Asker:
    """Asks one base.

    `pack_id` tells which entry of the pack an entry stands for, `is_version_of_day` whether its text is that day's.
    """

    def __init__(
        self,
        noa: Noa,
        *,
        is_due: Callable[[AskedOnce], bool],
        pack_id: Callable[[EntryId], EntryId] = lambda entry_id: entry_id,
        is_version_of_day: Callable[[EntryVersion, date], bool] = lambda version, day: True,
    ) -> None:
        self._noa = noa
        self._is_due = is_due
        self._pack_id = pack_id
        self._is_version_of_day = is_version_of_day
        self._known: dict[tuple[str, object], Answer] = {}

    def ask(self, once: AskedOnce) -> Asked:
        """Return the outcome of one question on its day."""
        key = (once.case.text, self._noa.days.states_of(once.day))
        if key not in self._known:
            asking = Ask(once.case.text, language=Language.FRENCH, as_of=once.day)
            answer = run(self._noa.path(), asking).answer
            if answer is None:
                raise AssertionError("the last step must conclude")
            self._known[key] = answer
        return self._judged(once, self._known[key])

    def _judged(self, once: AskedOnce, answer: Answer) -> Asked:
        is_due = self._is_due(once)
        expected = set(once.case.expected)
        shown = answer.entry
        is_right_entry = shown is not None and self._pack_id(shown.id) in expected
        is_right = (
            is_right_entry and shown is not None and self._is_version_of_day(shown, once.day) if is_due else not shown
        )
        offered = {self._pack_id(choice.entry_id) for choice in answer.choices}
        is_offered = answer.status is AnswerStatus.CLARIFICATION and bool(offered & expected)
        return Asked(once, answer, is_due, is_right, is_offered)
