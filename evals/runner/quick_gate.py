"""The quick gate: what known questions would be answered if an entry were published."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from datetime import date
from itertools import islice

from evals.suites.cases import SUITES, Case, CaseKind, read_suite
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.errors import Worded
from noa_rag.domain.ports import GateVerdict
from noa_rag.review.preview import Path, Replaying
from noa_rag.review.replay import AskedAs
from noa_rag.service.noa import Noa

CASES_PER_SUITE = 40  # with today's outcomes cached, some 80 questions are asked: two to three seconds on two cores
SUITE_NAMES = ("retrieval", "near_miss")
SPOILT_AT_MOST = 1  # questions that would get a worse outcome; a new entry may rightly take one from its neighbour
OWN_QUESTIONS = 3  # of each proposed entry: they must be answered by it

Shown = dict[str, EntryId | None]


class _Stopped(Exception):
    """The service stops while questions are asked ahead."""


class QuickGate:
    """Asks known questions of the base as it is and as it would be; implements the domain's PublicationGate."""

    def __init__(self, noa: Noa, cases: Sequence[Case] | None = None) -> None:
        self._noa = noa
        self._replaying = Replaying(noa)
        self._chosen = cases
        self._today: tuple[int, date, Path, list[Case], Shown] | None = None

    def warm(self) -> None:
        """Ask the known questions of the base as it is and cache the outcomes for the next verdict; visitors go first.

        Once the service stops, no further question is asked and nothing is kept.
        """
        with suppress(_Stopped):
            self._as_it_is(rest=self._noa.give_way)

    def verdict(self, proposed: Collection[EntryVersion]) -> GateVerdict:
        """Return whether the proposed versions may be published, with each question that they would spoil."""
        path, known, shown = self._as_it_is()
        changed = {version.id for version in proposed}
        edited = {version.id for version in proposed if version.is_servable_on(today_in_paris())}
        owned = self._own_cases(edited)
        before = shown | self._shown(path, owned)
        trial = self._replaying.path_with(proposed)
        own = list(self._not_their_own(trial, proposed))
        cases = [*known, *owned]
        spoilt = list(_spoilt(cases, before, self._shown(trial, cases), edited, withdrawn=changed - edited))
        return GateVerdict(not own and len(spoilt) <= SPOILT_AT_MOST, (*own, *spoilt))

    def _as_it_is(self, rest: Callable[[float], bool] = lambda seconds: False) -> tuple[Path, list[Case], Shown]:
        """Return the path over the base as it is, the known questions, and the cached entries shown for them."""
        revision, day = self._noa.index.snapshot.revision, today_in_paris()
        if self._today is None or self._today[:2] != (revision, day):
            cases = list(self._chosen) if self._chosen is not None else known_cases(self._noa)
            path = self._replaying.path_as_is()
            self._today = (revision, day, path, cases, self._shown(path, cases, rest))
        return self._today[2:]

    def _own_cases(self, edited: Collection[EntryId]) -> list[Case]:
        """Return the current questions of edited entries, to notice an edit that no longer answers them."""
        return [
            Case(f"{version.id} {number}", text, CaseKind.IN_SCOPE, (version.id,))
            for version in self._noa.records.current(edited).values()
            for number, text in enumerate(_questions(version)[:OWN_QUESTIONS])
        ]

    def _not_their_own(self, trial: Path, proposed: Collection[EntryVersion]) -> Iterator[Worded]:
        for version in proposed:
            if not version.is_servable_on(today_in_paris()):
                continue
            for text in _questions(version)[:OWN_QUESTIONS]:
                shown = self._answered_by(trial, text)
                if shown not in (None, version.id):
                    yield Worded(
                        "« {question} » would be answered by {entry}, though {owner} has that question.",
                        question=text,
                        entry=shown or "",
                        owner=version.id,
                    )

    def _shown(self, path: Path, cases: Sequence[Case], rest: Callable[[float], bool] = lambda seconds: False) -> Shown:
        shown = {}
        for case in cases:
            start = time.perf_counter()
            shown[case.id] = self._answered_by(path, case.question)
            if rest(time.perf_counter() - start):
                raise _Stopped
        return shown

    def _answered_by(self, path: Path, question: str) -> EntryId | None:
        return self._replaying.outcome(path, AskedAs(question)).entry_id


def known_cases(noa: Noa) -> list[Case]:
    """Return the first cases of each suite whose entries this base has."""
    known = noa.index.snapshot.versions.keys()
    return [
        case
        for name in SUITE_NAMES
        for case in islice(
            (known_case for known_case in read_suite(SUITES / f"{name}.jsonl") if known >= set(known_case.about)),
            CASES_PER_SUITE,
        )
    ]


def _questions(version: EntryVersion) -> list[str]:
    content = version.content
    return [content.question, *(question.text for question in content.alternate_questions)]


def _spoilt(
    cases: Sequence[Case],
    before: Shown,
    after: Shown,
    edited: Collection[EntryId],
    *,
    withdrawn: Collection[EntryId],
) -> Iterator[Worded]:
    for case in cases:
        was, is_now = before[case.id], after[case.id]
        if was in withdrawn and is_now is None:
            continue  # a withdrawal is meant to do this
        if case.kind is CaseKind.IN_SCOPE and was in case.expected_entries and is_now not in case.expected_entries:
            today = {"question": case.question, "before": was}
            if is_now is None:
                lost = "« {question} » is answered by {before} today, and would be answered no more."
                yield Worded(lost, **today)
            else:
                moved = "« {question} » is answered by {before} today, and would be answered by {after}."
                yield Worded(moved, **today, after=is_now)
        elif is_now is not None and is_now in edited and is_now != was and is_now not in case.expected_entries:
            yield Worded(
                "« {question} » would be answered by {entry}, which does not answer it.",
                question=case.question,
                entry=is_now,
            )
