"""What the verifier learns from: questions with candidates that answer them, and candidates that do not."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evals.calibration.asking import Asked, ask_with, held_out_bases
from evals.lab.written import QUESTIONS, written_questions
from evals.runner.follow_ups import FOLLOW_UPS, OWN_FOLLOW_UPS, read_with_the_first
from evals.suites.cases import Case, CaseKind, read_suite
from evals.suites.splits import READING, SHARED_OUT, is_fiche_apart, is_withheld, teaches_reading
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import Progress
from noa_rag.retrieval.index import Snapshot
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.retrieval.reranker import chosen_texts
from noa_rag.retrieval.verifier.token_cache import TokenCache
from noa_rag.service.noa import Noa

CANDIDATES = 8  # first matches of a question; all but those that answer are wrong
SEED = 0
LARGEST_WEIGHT = 2.0
WRONG_SEEN = 2.2  # of a question's seven wrong candidates about three are drawn in each round
LEARNED_FROM = (*SHARED_OUT, READING, *(path for path in (QUESTIONS, FOLLOW_UPS, OWN_FOLLOW_UPS) if path.is_file()))
NEAR_MISS = "near_miss"  # the register of written questions that their fiche does not answer


@dataclass(frozen=True, slots=True)
class Candidate:
    """One entry that was found for a question, with the texts of it that are read."""

    entry_id: EntryId
    texts: tuple[SearchedText, ...]
    is_right: bool


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question as it is embedded, with the entries found for it."""

    case_id: str
    question: str
    candidates: tuple[Candidate, ...]


def reading_lessons(noa: Noa, progress: Progress) -> list[Lesson]:
    """Return all lessons: alternate questions asked of a base without them, and labelled questions.

    No lesson shows an entry that is withheld, on either side.
    """
    known = noa.index.snapshot.versions
    cases = [case for path in SHARED_OUT for case in read_suite(path, known_entries=known) if teaches_reading(case)]
    cases += read_suite(READING, known_entries=known)
    progress("asking labelled questions", 0, 0)
    lessons = list(_lessons(noa.index.snapshot, ask_with(noa.retriever, noa.index.embedder, _seen(cases))))
    for fold, (retriever, snapshot, held) in enumerate(held_out_bases(noa, seed=SEED, limit=CANDIDATES)):
        progress(f"asking alternate questions, part {fold + 1}", 0, 0)
        lessons += _lessons(snapshot, ask_with(retriever, noa.index.embedder, _seen(held)))
    return lessons


def fiche_reading_lessons(noa: Noa, progress: Progress) -> list[Lesson]:
    """Return lessons of the written questions over fiches, those that are only measured on left out.

    All near misses, and half of the questions. A near miss was written against one fiche; others may answer it, and
    teach nothing.
    """
    progress("asking questions over fiches", 0, 0)
    cases = {
        f"written-{number}": Case(
            f"written-{number}",
            row["question"],
            CaseKind.IN_SCOPE,
            (EntryId(row["fiche"]),),
            register=row["register"],
        )
        for number, row in enumerate(written_questions(), start=1)
        if not is_fiche_apart(EntryId(row["fiche"]))
    }
    chosen = [case for case in cases.values() if case.register == NEAR_MISS or teaches_reading(case)]
    lessons = []
    for lesson in _lessons(noa.index.snapshot, ask_with(noa.retriever, noa.index.embedder, chosen)):
        if cases[lesson.case_id].register != NEAR_MISS:
            lessons.append(lesson)
        elif missed := tuple(replace(one, is_right=False) for one in lesson.candidates if one.is_right):
            lessons.append(replace(lesson, candidates=missed))
    return lessons


def follow_up_reading_lessons(noa: Noa, progress: Progress) -> list[Lesson]:
    """Return lessons of the written follow-ups, each read with the question before it, as a conversation reads them.

    Where nothing answers, every candidate is wrong. Families that are only measured on are left out.
    """
    progress("asking follow-ups", 0, 0)
    cases = _seen(read_with_the_first(noa))
    return list(_lessons(noa.index.snapshot, ask_with(noa.retriever, noa.index.embedder, cases)))


def read_ahead(lessons: Sequence[Lesson], cache: TokenCache, progress: Progress) -> None:
    """Fill the cache with all that the lessons are read for."""
    for done, lesson in enumerate(lessons):
        progress("reading questions and entries", done, len(lessons))
        cache.tokens(lesson.question, is_query=True)
        for text in (text for one in lesson.candidates for text in one.texts):
            cache.tokens(text.embedded_text, is_query=text.kind is Kind.QUESTION)


def balance(lessons: Sequence[Lesson]) -> dict[EntryId, float]:
    """Return the weight of each entry's wrong side, so that it weighs no more than its right side, nor much less."""
    right, wrong = Counter[EntryId](), Counter[EntryId]()
    for lesson in lessons:
        for candidate in lesson.candidates:
            (right if candidate.is_right else wrong)[candidate.entry_id] += 1
    return {one: min(LARGEST_WEIGHT, WRONG_SEEN * right[one] / wrong[one]) for one in wrong}


def _seen(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if not any(map(is_withheld, case.about))]


def _lessons(snapshot: Snapshot, asked: Iterable[Asked]) -> Iterable[Lesson]:
    for one in asked:
        matches = [match for match in one.retrieved.matches[:CANDIDATES] if not is_withheld(match.entry_id)]
        candidates = tuple(
            Candidate(
                match.entry_id,
                tuple(chosen_texts(snapshot, match, np.asarray(one.vector))),
                match.entry_id in one.case.expected_entries,
            )
            for match in matches
        )
        if candidates:
            yield Lesson(one.case.id, one.question.normalised, candidates)
