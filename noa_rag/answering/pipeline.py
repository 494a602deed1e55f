"""The answer path: its steps in order, and what runs them.

Screen, understand, help first; situate, retrieve, check validity, weigh, leave out year, reach person; leave out
places, recall, divide, gather, national first; look aside, choose variant, compose, point out. In assisted mode:
rephrase, verify. Where help comes first, or a person was asked for, the path ends there.
"""

import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

from noa_rag.answering.distress.recognise import recordable
from noa_rag.answering.recorder import given_answer
from noa_rag.answering.steps.choose_variant import ChooseVariant
from noa_rag.answering.steps.compose import Compose
from noa_rag.answering.steps.divide import Divide
from noa_rag.answering.steps.find import CheckValidity, LookAside, Retrieve
from noa_rag.answering.steps.gather import Gather
from noa_rag.answering.steps.help_first import HelpFirst
from noa_rag.answering.steps.point_out import PointOut
from noa_rag.answering.steps.reach_person import ReachPerson
from noa_rag.answering.steps.recall import Recall
from noa_rag.answering.steps.understand import Screen, Situate, Understand, Writing, as_typed
from noa_rag.answering.steps.weigh import LeaveOutPlaces, LeaveOutYear, NationalFirst, Weigh
from noa_rag.answering.turn import Step, Turn
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import Answer, Searched
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.ports import Conversations, EntryReader, Extracting, Judge, QuestionLog, RecordedQuestion, Retriever
from noa_rag.domain.question import Ask, Question
from noa_rag.french.language import no_words
from noa_rag.french.places import BUILT_IN, Gazetteer


def answer_path(
    *,
    entries: EntryReader,
    retriever: Retriever,
    judge: Judge,
    today: Callable[[], date],
    general_contact: AgencyId | None = None,
    hidden: Collection[EntryId] = (),
    aside: tuple[Retriever, Judge] | None = None,
    gazetteer: Gazetteer = BUILT_IN,
    conversations: Conversations | None = None,
    urgent: Callable[[], Collection[EntryId]] = tuple,
    extracts: Extracting | None = None,
    assistance: Sequence[Step] = (),
    written: Writing = as_typed,
    is_borrowed: Callable[[str], bool] = no_words,
    searched: Callable[[Question], Searched] | None = None,
) -> tuple[Step, ...]:
    """Return the steps in the order in which a question meets them.

    `aside` searches every approved entry, whatever its window, to say of a refusal that the answer has expired;
    `conversations` tells what was asked before, `searched` which words of a question were searched; `written` writes a
    question as the base would, `is_borrowed` says which words its French texts have; `urgent` names the entries for
    people in distress; `extracts` finds the passage that answers.
    `assistance` are `Rephrase` and `Verify` where a language model is set up; in strict mode neither is imported.
    """
    find = (Retrieve(retriever, frozenset(hidden)), CheckValidity(entries))
    weighed = (*find, Weigh(judge))
    search = (*weighed, LeaveOutYear(_through(*weighed), entries))
    situate, choose_variant = Situate(gazetteer), ChooseVariant(entries)
    compose = Compose(entries, general_contact, searched)
    look_aside = (LookAside(*aside, entries, frozenset(hidden)),) if aside else ()
    return (
        Screen(),
        Understand(today, written, is_borrowed, gazetteer),
        HelpFirst(entries, urgent, _through(situate, *find), _through(Weigh(judge), choose_variant)),
        situate,
        *search,
        ReachPerson(conversations, compose),
        LeaveOutPlaces(_through(*search)),
        Recall(conversations, entries, _through(*search), judge.read, gazetteer),
        Divide(_through(*search)),
        Gather(_through(*find), gazetteer),
        NationalFirst(judge),
        *look_aside,
        choose_variant,
        compose,
        *([PointOut(extracts, entries)] if extracts else []),
        *assistance,
    )


def _through(*steps: Step) -> Step:
    """Return several steps as one function, for steps that search again in other words."""
    return partial(walk, steps)


def walk(steps: Sequence[Step], turn: Turn) -> Turn:
    """Return the turn after the last step, or after the one that settled the matter."""
    for step in steps:
        turn = step(turn)
        if turn.is_settled:
            break
    return turn


def run(steps: Sequence[Step], ask: Ask) -> Turn:
    """Return the turn at the end of the path; its `answer` is set."""
    return walk(steps, Turn(ask))


class Answering:
    """Answers questions and writes each one down with its outcome."""

    def __init__(
        self,
        steps: Sequence[Step],
        log: QuestionLog | None,
        agencies: Callable[[], Mapping[AgencyId, Agency]] = dict,
    ) -> None:
        """`agencies` returns the current ones, whose names are recorded with each answer."""
        self._steps = tuple(steps)
        self._log = log
        self._agencies = agencies

    def over(self, steps: Sequence[Step]) -> "Answering":
        """Return the same over other steps."""
        return Answering(steps, self._log, self._agencies)

    def ask(self, ask: Ask) -> Answer:
        """Return the outcome of a question.

        Raises InvalidQuestion or InvalidRequest when it cannot be read, and StorageUnavailable when the database
        cannot. An answer that could not be recorded is given all the same, and says so.
        """
        started_at, start = datetime.now(UTC), time.perf_counter()
        turn = run(self._steps, ask)
        if turn.answer is None:
            raise AssertionError("the last step must conclude")
        answer = replace(
            turn.answer,
            question_id=uuid.uuid4().hex,
            conversation_id=ask.conversation_id or uuid.uuid4().hex,
        )
        if self._log is None:
            return answer
        question, stored_answer = recordable(turn.understood, answer)
        recorded = RecordedQuestion(
            question_id=stored_answer.question_id,
            conversation_id=stored_answer.conversation_id,
            asked_at=started_at,
            question=question,
            answer=stored_answer,
            duration_seconds=time.perf_counter() - start,
            site=ask.site,
            given=given_answer(stored_answer, self._agencies()),
        )
        try:
            self._log.record(recorded)
        except StorageUnavailable:
            return replace(answer, is_unrecorded=True)
        return answer
