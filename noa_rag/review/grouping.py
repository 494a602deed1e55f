"""Failed questions that mean the same, grouped day by day: new ones join a group or start one; groups never split."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np

from noa_rag.answering.distress.recognise import may_be_in_distress
from noa_rag.domain.errors import VersionConflict
from noa_rag.domain.failure import Asked, Failure, GroupId, Noise, QuestionGroup
from noa_rag.domain.ports import Doing, Progress, ReviewStore, no_progress
from noa_rag.retrieval.embedding import VectorCache, Vectors
from noa_rag.retrieval.index import vector_cache_path
from noa_rag.retrieval.passages import Kind
from noa_rag.review.failures import failures, noise_in
from noa_rag.review.likeness import Embed, Landscape, gathered, likeness, near_pairs
from noa_rag.review.served_base import ServedBase

# About as near to each other as each is to the base's texts on its subject. Chosen on the 31 clusters of the shared
# questions that no figure is reported for, over three bases (pack, fiches, both): the best on average.
ALIKE_ENOUGH = 0.02
# Pairs a little less alike are kept in view: a mean of several may come nearer.
IN_VIEW = ALIKE_ENOUGH - 0.15
GOOD_LENGTHS = range(20, 121)  # characters of a phrasing that reads as a question and fits on a line
_LEFT_OUT = (None, Noise.SMALL_TALK)  # no noise, and greetings and thanks, which nobody need look at
_MASK = re.compile(r"\[[^\]]*masqué")

# Feedback may come late, and a choice is given half an hour: questions this much older than the last grouped one are
# read again. Reading one twice changes nothing.
READ_AGAIN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Join:
    """Failures that join an existing group, and the phrasing that then stands for the group."""

    group: QuestionGroup
    failures: tuple[Failure, ...]
    canonical: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where new failures go; each of them is in one join or in one new group."""

    joins: tuple[Join, ...]
    new_groups: tuple[QuestionGroup, ...]


class Grouper:
    """Groups failures by what they mean. The same groups and failures always give the same assignment."""

    def __init__(self, embed: Embed, landscape: Landscape) -> None:
        self._embed = embed
        self._landscape = landscape

    def assign(self, groups: Sequence[QuestionGroup], new: Sequence[Failure], *, now: datetime) -> Assignment:
        """Return the groups that the new failures join or start; no failure ever leaves a group."""
        known = sorted((group for group in groups if group.failures), key=lambda group: group.id)
        added = sorted(new, key=lambda failure: (failure.asked.asked_at, failure.asked.question_id))
        if not added:
            return Assignment((), ())
        members = [list(group.failures) for group in known] + [[row] for row in added]
        every = self._places([row for listed in members for row in listed])
        sizes = np.array([len(listed) for listed in members])
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        means = (np.add.reduceat(every, starts, axis=0) / sizes[:, None]).astype(np.float32)
        pairs = near_pairs(means, fixed=len(known), floor=IN_VIEW)
        joins: list[Join] = []
        started: list[QuestionGroup] = []
        for rows in gathered(means, sizes, pairs, fixed=len(known), threshold=ALIKE_ENOUGH):
            places = np.concatenate([every[starts[row] : starts[row] + sizes[row]] for row in rows])
            failures = tuple(member for row in rows for member in members[row])
            canonical = _canonical(failures, places)
            if rows[0] >= len(known):
                started.append(QuestionGroup(_id_of(failures), canonical, now, failures))
            elif len(rows) > 1:
                group = known[rows[0]]
                joins.append(Join(group, failures[group.volume :], canonical))
        return Assignment(tuple(joins), tuple(started))

    def _places(self, failures: Sequence[Failure]) -> Vectors:
        """Return one row for each failure; a question that was asked a hundred times is embedded once."""
        texts = list(dict.fromkeys(failure.asked.normalised for failure in failures))
        at = {text: row for row, text in enumerate(texts)}
        return self._landscape.placed(self._embed(texts))[[at[failure.asked.normalised] for failure in failures]]


def without_distress(group: QuestionGroup) -> QuestionGroup:
    """Return a group, which an earlier release may have made, without what may be written in distress."""
    calm = tuple(failure for failure in group.failures if not may_be_in_distress(failure.asked.text))
    if len(calm) == len(group.failures):
        return group
    keeps_words = any(failure.asked.text == group.canonical for failure in calm)
    canonical = group.canonical if keeps_words or not calm else standing_for(calm)
    return replace(group, failures=calm, canonical=canonical)


def standing_for(failures: Sequence[Failure]) -> str:
    """Return the canonical phrasing of questions grouped by hand: the most asked, preferably a well-formed one."""
    counts = Counter(failure.asked.text for failure in failures)
    return max(failures, key=lambda failure: (_is_well_formed(failure), counts[failure.asked.text])).asked.text


def _id_of(failures: Sequence[Failure]) -> GroupId:
    """Return an id derived from the first question, so that a repeated run starts no second group."""
    return GroupId(failures[0].asked.question_id)


def _canonical(failures: Sequence[Failure], places: Vectors) -> str:
    """Return the phrasing nearest to all others, a well-formed one where there is any."""
    central = places[:, :-1] @ places[:, :-1].mean(axis=0)
    order = sorted(range(len(failures)), key=lambda at: (not _is_well_formed(failures[at]), -round(central[at], 5), at))
    return failures[order[0]].asked.text


def _is_well_formed(failure: Failure) -> bool:
    text = failure.asked.text
    return len(text) in GOOD_LENGTHS and len(text.split()) >= 3 and not _MASK.search(text)


@dataclass(frozen=True, slots=True)
class Grouped:
    """How many questions were read, how many failures were new, noise, joined; and new groups that are not noise."""

    question_count: int = 0
    failure_count: int = 0
    noise_count: int = 0
    joined_count: int = 0
    new_group_count: int = 0


class Grouping(Protocol):
    """Recognises failures, noise, and questions that mean the same."""

    def failures(self, asked: Sequence[Asked], *, now: datetime) -> list[Failure]:
        """Return what failed of whole conversations; what is too recent to tell is left out."""

    def noise(self, asked: Asked) -> Noise | None:
        """Return why a question is no use to anyone (abuse, greetings, keyboard mashing), None where it may be."""

    def assign(self, groups: Sequence[QuestionGroup], new: Sequence[Failure], *, now: datetime) -> Assignment:
        """Return the groups that the new failures join, or start."""


def group_failures(
    store: ReviewStore,
    grouping: Grouping,
    *,
    now: Callable[[], datetime],
    progress: Progress = no_progress,
    noisy: Collection[GroupId] = (),
) -> Grouped:
    """Group the failures that are in no group yet; each group is written in a transaction of its own.

    Noise is grouped by its wording alone, so that each can be judged by itself; greetings and thanks are left out, and
    so is whatever may be written in distress. No question joins the `noisy` groups because it means the same.
    """
    progress(Doing.READING_QUESTIONS, 0, 0)
    groups = store.groups()
    known = {failure.asked.question_id for group in groups for failure in group.failures}
    questions = _read(store, groups)
    new = [
        failure
        for failure in grouping.failures(questions, now=now())
        if failure.asked.question_id not in known and not may_be_in_distress(failure.asked.text)
    ]
    noise = {failure.asked.question_id: grouping.noise(failure.asked) for failure in new}
    remaining = [failure for failure in new if noise[failure.asked.question_id] is None]
    placed = grouping.assign([group for group in groups if group.id not in noisy], remaining, now=now())
    joined_count = new_group_count = 0
    total = len(placed.joins) + len(placed.new_groups)
    for done, join in enumerate(placed.joins, start=1):
        store.join_group(join.group.id, join.failures, canonical=join.canonical)
        joined_count += len(join.failures)
        progress(Doing.GROUPING_QUESTIONS, done, total)
    for done, group in enumerate(placed.new_groups, start=len(placed.joins) + 1):
        new_group_count += _added(store, group)
        progress(Doing.GROUPING_QUESTIONS, done, total)
    _group_noise(store, [failure for failure in new if noise[failure.asked.question_id] not in _LEFT_OUT], now())
    return Grouped(len(questions), len(new), len(new) - len(remaining), joined_count, new_group_count)


def _group_noise(store: ReviewStore, noise: Sequence[Failure], now: datetime) -> None:
    """Group noise that is worded the same."""
    known = {failure.asked.normalised: group for group in store.groups() for failure in group.failures} if noise else {}
    worded: dict[str, list[Failure]] = {}
    for failure in noise:
        worded.setdefault(failure.asked.normalised, []).append(failure)
    for wording, alike in worded.items():
        if group := known.get(wording):
            store.join_group(group.id, alike, canonical=group.canonical)
        else:
            _added(store, QuestionGroup(_id_of(alike), alike[0].asked.text, now, tuple(alike)))


def _read(store: ReviewStore, groups: Sequence[QuestionGroup]) -> list[Asked]:
    """Return the questions since the last one grouped, each with the whole of its conversation."""
    last = max((group.last_asked_at for group in groups if group.failures), default=None)
    if last is None:
        return store.asked_since(None)
    recent = store.asked_since(last - READ_AGAIN)
    return store.asked_in({question.conversation_id for question in recent})


def _added(store: ReviewStore, group: QuestionGroup) -> bool:
    try:
        store.add_group(group)
    except VersionConflict:
        return False  # another run grouped these questions in between
    return True


class BaseGrouping:
    """Recognises failures, noise and equal meanings with the service's own model, words and entries."""

    def __init__(self, noa: ServedBase) -> None:
        snapshot = noa.index.snapshot
        questions = [at for at, text in enumerate(snapshot.texts) if text.kind is Kind.QUESTION]
        embedder = noa.index.embedder
        path = vector_cache_path(noa.data_dir / "index", embedder.fingerprint)
        self._lexical = snapshot.lexical
        self._embedder = embedder
        self._kept = VectorCache(path.with_name(f"questions-{path.name}"), embedder.dimension)
        self._landscape = Landscape.over(snapshot.vectors[questions], snapshot.vectors)
        self._grouper = Grouper(self.embed, self._landscape)

    def embed(self, questions: Sequence[str]) -> Vectors:
        """Return one row a question; each is embedded once and kept under the hash of its masked text."""
        hashes = [hashlib.sha256(f"{Kind.QUESTION}\n{text}".encode()).hexdigest() for text in questions]
        return self._kept.vectors(
            hashes, lambda missing: self._embedder.embed_queries([questions[at] for at in missing])
        )

    def failures(self, asked: Sequence[Asked], *, now: datetime) -> list[Failure]:
        return failures(asked, is_same=self._is_same, now=now)

    def noise(self, asked: Asked) -> Noise | None:
        return noise_in(asked.text, knows=self.knows)

    def assign(self, groups: Sequence[QuestionGroup], new: Sequence[Failure], *, now: datetime) -> Assignment:
        return self._grouper.assign(groups, new, now=now)

    def knows(self, word: str) -> bool:
        """Whether a word, corrected if misspelt, occurs in the base or in its glossary."""
        understood = self._lexical.understand(word)
        return bool(understood.expansion) or (bool(understood.stems) and not understood.unknown)

    def _is_same(self, question: str, other: str) -> bool:
        """Whether two questions are as alike as those of one group."""
        places = self._landscape.placed(self.embed([question, other]))
        return float(likeness(places[:1], places[1:])[0, 0]) >= ALIKE_ENOUGH
