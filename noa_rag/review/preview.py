"""What would change: all recorded questions are replayed on the base as it is and as it would be.

Nothing is estimated. It is quick because what does not depend on the proposed entries is cached: how a question is
understood, its vector, and each reading of it together with an entry whose texts are the same.
"""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property

from noa_rag.answering.pipeline import run, walk
from noa_rag.answering.search import Found, search_entries
from noa_rag.answering.steps.understand import Understand
from noa_rag.answering.turn import Step, Turn
from noa_rag.cache import Cache, Memo
from noa_rag.domain.answer import Answer
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryId, EntryStatus, EntryVersion
from noa_rag.domain.errors import InvalidQuestion, InvalidRequest
from noa_rag.domain.failure import Asked
from noa_rag.domain.ports import EntryReader, Retrieved
from noa_rag.domain.question import Question
from noa_rag.retrieval.days import Searcher
from noa_rag.retrieval.embedding import Vectors
from noa_rag.retrieval.index import SearchIndex
from noa_rag.review.replay import UNREADABLE, AskedAs, Outcome, ReplayReport, asked_as, compared
from noa_rag.review.served_base import InMemory, LaidOpen, Proposed, ServedBase, laid_open

RECORDED_REPLAYED = 1_000
QUESTIONS_KEPT = 4_000  # their vectors: 6 MB
LONGEST_SECONDS = 10.0  # of a replay that nothing was prepared for; what there was no time for is counted
REST_SHARE = 0.5  # of the time since the last question, spent asleep while warming: visitors come first
Path = Sequence[Step]
Outcomes = dict[AskedAs, Outcome]


class Replaying:
    """Replays questions on a base as it is and as it would be; caches today's outcomes until base or day change."""

    def __init__(self, noa: ServedBase) -> None:
        self._noa = noa
        self._understood: Cache[tuple[AskedAs, date], Turn] = Cache(QUESTIONS_KEPT)
        self._today: Memo[tuple[int, date], Outcomes] = Memo()
        self._entries: Memo[tuple[int, date], Mapping[EntryId, EntryVersion]] = Memo()

    def what_would_change(
        self, proposed: Collection[EntryVersion], *, group: Sequence[Asked], recorded: Sequence[Asked]
    ) -> ReplayReport:
        """Return what these versions would change for a group's questions, and for those recorded lately.

        They are asked on the first day on which one of the versions would be served. A recorded question that belongs
        to the group is counted with the group alone.
        """
        start = time.perf_counter()
        day = first_day(proposed)
        in_group = {question.question_id for question in group}
        own = Counter(asked_as(question) for question in reversed(group))
        others = Counter(asked_as(question) for question in reversed(recorded) if question.question_id not in in_group)
        wanted = list(dict.fromkeys([*own, *others]))
        before_path, known = self._path_on(day)
        after_path = self.path_with(proposed, day=day)
        before: Outcomes = {}
        after: Outcomes = {}
        for question in wanted:
            if time.perf_counter() - start > LONGEST_SECONDS:
                break
            if question not in known:
                known[question] = self.outcome(before_path, question, day)
            before[question], after[question] = known[question], self.outcome(after_path, question, day)
        return ReplayReport(
            day=day,
            own=compared({entry_id: count for entry_id, count in own.items() if entry_id in after}, before, after),
            recorded=compared(
                {entry_id: count for entry_id, count in others.items() if entry_id in after}, before, after
            ),
            seconds=time.perf_counter() - start,
            left_out_count=sum(count for entry_id, count in (own + others).items() if entry_id not in after),
        )

    def ask_now(self, asked: Sequence[Asked], *, limit: int) -> Outcomes:
        """Return today's outcomes of the newest distinct questions, at most `limit`; nothing is recorded."""
        path = self._noa.path()
        wanted = list(dict.fromkeys(asked_as(question) for question in reversed(asked)))[:limit]
        return {question: self.outcome(path, question) for question in wanted}

    def warm(self, recorded: Sequence[Asked], *, is_stopped: Callable[[], bool] = lambda: False) -> None:
        """Cache the outcomes of the base as it is, for later replays; rest in between, since visitors come first."""
        path, known = self._path_on(today_in_paris())
        for question in dict.fromkeys(asked_as(asked_question) for asked_question in reversed(recorded)):
            if is_stopped():
                return
            if question not in known:
                start = time.perf_counter()
                known[question] = self.outcome(path, question)
                if self._noa.give_way(REST_SHARE * (time.perf_counter() - start)):
                    return

    def path_as_is(self) -> Path:
        """Return the steps over the base as it is, searched in the same way as a trial."""
        return self.path_with(())

    def path_with(self, proposed: Collection[EntryVersion], *, day: date | None = None) -> Path:
        """Return the steps that would answer on a day, today unless given, if the proposed versions were approved."""
        trial = Trial(self._noa, proposed, day)
        return trial.path(self._held(trial.day))

    def outcome(self, path: Path, asked: AskedAs, day: date | None = None) -> Outcome:
        """Return the outcome of a question on the path of a day; how the question was understood is cached."""
        try:
            turn = self._understood_turn(path, asked, day or today_in_paris())
        except (InvalidQuestion, InvalidRequest):  # a question masked as a whole, or a region that no longer exists
            return UNREADABLE
        _, rest = _parted(path)
        turn = walk(rest, turn)
        assert turn.answer is not None, "the last step concludes"
        return _outcome_of(turn.answer)

    def _understood_turn(self, path: Path, asked: AskedAs, day: date) -> Turn:
        key = (asked, day)
        turn = self._understood.get(key)
        if turn is None:
            first, _ = _parted(path)
            turn = self._understood.keep(key, run(first, asked.ask))
        return turn

    def _path_on(self, day: date) -> tuple[Path, Outcomes]:
        """Return the path of a day over the base as it is, and its outcomes: today's are cached."""
        path = self.path_with((), day=day)
        if day != today_in_paris():
            return path, {}
        return path, self._today.get_or_make((self._noa.index.snapshot.revision, day), dict)

    def _held(self, day: date) -> EntryReader:
        """Return the entries in force on a day, read once a revision: asking the database takes a third of the time."""
        revision = self._noa.records.revision()
        entries = self._entries.get_or_make(
            (revision, day), lambda: {version.id: version for version in self._noa.records.all_in_force(day)}
        )
        return InMemory(self._noa.records, revision, entries, day)


def _parted(path: Path) -> tuple[Path, Path]:
    """Return the steps up to the one that understands the question, which do not depend on entries, and the others."""
    end = next(place for place, step in enumerate(path, start=1) if isinstance(step, Understand))
    return path[:end], path[end:]


def _outcome_of(answer: Answer) -> Outcome:
    shown = answer.official_text or ""
    return Outcome(
        status=answer.status,
        entry_id=answer.entry.id if answer.entry else None,
        version=answer.entry.version if answer.entry else None,
        offers=tuple(choice.entry_id for choice in answer.choices),
        reason=answer.reason,
        text_hash=hashlib.sha256(shown.encode()).hexdigest() if shown else "",
    )


def first_day(proposed: Iterable[EntryVersion]) -> date:
    """Return the first day on which one of these versions would be served if it were approved now."""
    today = today_in_paris()
    starts = (entry.window.valid_from if entry.status is EntryStatus.APPROVED else None for entry in proposed)
    return min((max(today, start or today) for start in starts), default=today)


class Trial:
    """Searches a day, today unless given, as if the proposed versions were approved, and other days as they are.

    Nothing is written. Implements `SearchedDays`, as the service's own `Days` do.
    """

    def __init__(self, noa: ServedBase, proposed: Collection[EntryVersion], day: date | None = None) -> None:
        self.day = day or today_in_paris()
        self._noa = noa
        self._proposed = tuple(proposed)
        self._index = noa.index.with_proposed(proposed, day=self.day)
        self._today = noa.searcher_over(self._index)

    def path(self, entries: EntryReader | None = None) -> tuple[Step, ...]:
        """Return the public's answer path over this trial; `entries`, if given, replaces the records."""
        reader = Proposed(entries or self._noa.records, self._proposed, self.day)
        return self._noa.path(entries=reader, days=self, today=self.day)

    def vector(self, question: Question) -> Vectors:
        return self._noa.days.vector(question)

    def found(self, question: Question) -> Retrieved:
        return self.searcher(question.as_of).retriever.retrieve_embedded(question, self.vector(question))

    def searcher(self, day: date) -> Searcher:
        return self._today if day == self.day else self._noa.days.searcher(day)

    def searcher_of_all(self, day: date) -> Searcher | None:
        if day != self.day:
            return self._noa.days.searcher_of_all(day)
        return None if self._index.is_all_searched else self._whatever_window

    @cached_property
    def _whatever_window(self) -> Searcher:
        """The searcher that ignores validity windows, made when a refusal first needs it."""
        return self._noa.searcher_over(self._index.with_proposed((), day=None))


class WholeBase:
    """An index of every entry as it is in force: those that expired, were withdrawn or are yet to come, too.

    It is made at the first search and kept in step from there on; vectors are shared with the live index.
    """

    def __init__(self, noa: ServedBase) -> None:
        self._noa = noa
        self._index: SearchIndex | None = None
        self._moment: tuple[int, date] | None = None
        self._turn = threading.Lock()

    def search(self, typed: str, *, among: Collection[EntryId], day: date) -> Found:
        """Return the entries to show for what was typed, out of some. Raises InvalidQuestion for what is no text."""
        index = self._in_step(day)
        return search_entries(
            typed,
            retriever=self._noa.search_retriever(index),
            entries=LaidOpen(self._noa.records),
            day=day,
            hidden=index.snapshot.versions.keys() - set(among),
        )

    def _in_step(self, day: date) -> SearchIndex:
        with self._turn:
            moment, known = (self._noa.records.revision(), day), self._index or self._noa.index
            if self._index is None or moment != self._moment:
                held = self._index.snapshot.versions if self._index else {}
                changed = [
                    version
                    for version in self._noa.records.all_in_force(day)
                    if held.get(version.id) != version.version
                ]
                self._index = known.with_proposed([laid_open(entry) for entry in changed], day=None)
                self._moment = moment
            return self._index
