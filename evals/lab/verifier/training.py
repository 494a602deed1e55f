"""What the verifier learns from, and its training: right candidates above wrong ones, near misses told apart."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from evals.calibration.asking import AskedCase, ask_with, held_out_bases
from evals.lab.verifier.network import AlignerNetwork, batch
from evals.suites.cases import Case, CaseKind, read_suite
from evals.suites.splits import (
    FICHE_QUESTIONS,
    FOLLOW_UPS,
    OWN_FOLLOW_UPS,
    READING,
    SHARED_OUT,
    is_fiche_apart,
    is_withheld,
    read_with_the_first,
    teaches_reading,
    written_questions,
)
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import Progress
from noa_rag.retrieval.index import Snapshot
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.retrieval.reranker import chosen_texts
from noa_rag.retrieval.verifier.aligner import Pair, Tokens
from noa_rag.retrieval.verifier.token_cache import TokenCache
from noa_rag.retrieval.verifier.verifier import pair_of
from noa_rag.service.noa import Noa

CANDIDATES = 8  # first matches of a question; all but those that answer are wrong
SEED = 0
LARGEST_WEIGHT = 2.0
WRONG_SEEN = 2.2  # of a question's seven wrong candidates about three are drawn in each round
LEARNED_FROM = (*SHARED_OUT, READING, FICHE_QUESTIONS, FOLLOW_UPS, OWN_FOLLOW_UPS)
NEAR_MISS = "near_miss"  # the register of written questions that their fiche does not answer


@dataclass(frozen=True, slots=True)
class TrainingCandidate:
    """One entry that was found for a question, with the texts of it that are read."""

    entry_id: EntryId
    texts: tuple[SearchedText, ...]
    is_right: bool


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question as it is embedded, with the entries found for it."""

    case_id: str
    question: str
    candidates: tuple[TrainingCandidate, ...]


def reading_lessons(noa: Noa, progress: Progress) -> list[Lesson]:
    """Return all lessons: alternate questions asked of a base without them, and labelled questions.

    No lesson has a withheld entry, neither as the right answer nor among the candidates.
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
    """Return lessons of the written questions over fiches, without the held-out fiches.

    They are all near misses, and half of the questions. A near miss is wrong for the fiche that it was written against;
    other fiches may answer it, so they are left out.
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
        elif missed := tuple(
            replace(candidate, is_right=False) for candidate in lesson.candidates if candidate.is_right
        ):
            lessons.append(replace(lesson, candidates=missed))
    return lessons


def follow_up_reading_lessons(noa: Noa, progress: Progress) -> list[Lesson]:
    """Return lessons of the written follow-ups, each read with the question before it, as a conversation reads them.

    Where nothing answers, every candidate is wrong. Held-out families are left out.
    """
    progress("asking follow-ups", 0, 0)
    cases = _seen(read_with_the_first(noa))
    return list(_lessons(noa.index.snapshot, ask_with(noa.retriever, noa.index.embedder, cases)))


def read_ahead(lessons: Sequence[Lesson], cache: TokenCache, progress: Progress) -> None:
    """Fill the cache with the token vectors of all questions and texts of the lessons."""
    for done, lesson in enumerate(lessons):
        progress("reading questions and entries", done, len(lessons))
        cache.tokens(lesson.question, is_query=True)
        for text in (text for candidate in lesson.candidates for text in candidate.texts):
            cache.tokens(text.embedded_text, is_query=text.kind is Kind.QUESTION)


def balance(lessons: Sequence[Lesson]) -> dict[EntryId, float]:
    """Return the weight of each entry's wrong examples, so that together they weigh about as much as its right ones."""
    right, wrong = Counter[EntryId](), Counter[EntryId]()
    for lesson in lessons:
        for candidate in lesson.candidates:
            (right if candidate.is_right else wrong)[candidate.entry_id] += 1
    return {entry_id: min(LARGEST_WEIGHT, WRONG_SEEN * right[entry_id] / wrong[entry_id]) for entry_id in wrong}


def _seen(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if not any(map(is_withheld, case.about))]


def _lessons(snapshot: Snapshot, asked: Iterable[AskedCase]) -> Iterable[Lesson]:
    for asked_case in asked:
        matches = [match for match in asked_case.retrieved.matches[:CANDIDATES] if not is_withheld(match.entry_id)]
        candidates = tuple(
            TrainingCandidate(
                match.entry_id,
                tuple(chosen_texts(snapshot, match, np.asarray(asked_case.vector))),
                match.entry_id in asked_case.case.expected_entries,
            )
            for match in matches
        )
        if candidates:
            yield Lesson(asked_case.case.id, asked_case.question.normalised, candidates)


DIMENSION = 384  # of the embedding model
ROUNDS = 2
LESSONS_AT_ONCE = 8
RIGHT_DRAWN, WRONG_DRAWN = 2, 3
RATE, DECAY, DROPOUT = 1e-3, 0.05, 0.2
WORDS_DROPPED = 0.1  # of a question, each time it is read: no single word may decide
WARM_UP = 0.1
SAMPLED = 1_000  # lessons from whose words the directions of largest difference are computed

Watch = Callable[[int, int, float], None]


def train(lessons: Sequence[Lesson], cache: TokenCache, *, seed: int, watch: Watch) -> AlignerNetwork:
    """Return an aligner trained on lessons; `watch` gets batches done, batches in all, and the mean loss.

    The loss is the sum of two: of each pair (binary cross-entropy, an entry's wrong side weighted as its right one),
    and of the order within a question (softmax over its drawn candidates). Repeatable for a seed and a thread count.
    """
    torch.manual_seed(seed)
    drawn_by = random.Random(seed)
    aligner = AlignerNetwork(DIMENSION, dropout=DROPOUT)
    _begin_with_likeness(aligner, lessons[:SAMPLED], cache)
    weights = balance(lessons)
    total = ROUNDS * (len(lessons) // LESSONS_AT_ONCE)
    optimiser = torch.optim.AdamW(aligner.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=total + 1, pct_start=WARM_UP)
    done, losses = 0, [0.0]
    order = list(lessons)
    aligner.train()
    for _ in range(ROUNDS):
        drawn_by.shuffle(order)
        for start in range(0, len(order) - LESSONS_AT_ONCE + 1, LESSONS_AT_ONCE):
            loss = _loss(aligner, order[start : start + LESSONS_AT_ONCE], weights, cache, drawn_by)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(aligner.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            done += 1
            losses.append(loss.item())
            if done % 100 == 0 or done == total:
                watch(done, total, float(np.mean(losses[-100:])))
    return aligner.eval()


def _begin_with_likeness(aligner: AlignerNetwork, lessons: Sequence[Lesson], cache: TokenCache) -> None:
    """Initialise the aligner to compare word vectors as they are, along the directions in which they differ most."""
    texts = (text for lesson in lessons for candidate in lesson.candidates[:1] for text in candidate.texts)
    words = np.concatenate(
        [cache.tokens(text.embedded_text, is_query=text.kind is Kind.QUESTION) for text in texts]
    ).astype(np.float32)
    _, directions = np.linalg.eigh(words.T @ words)  # from the least spread to the widest
    width = aligner.match.out_features
    with torch.no_grad():
        aligner.match.weight.copy_(torch.from_numpy(directions[:, -width:].T.copy()))
        aligner.match.bias.zero_()


def _loss(
    aligner: AlignerNetwork,
    lessons: Sequence[Lesson],
    weights: Mapping[EntryId, float],
    cache: TokenCache,
    drawn_by: random.Random,
) -> Tensor:
    drawn = [(lesson, drawn_candidates(lesson, drawn_by)) for lesson in lessons]
    pairs = [
        _with_words_dropped(pair_of(cache.tokens(lesson.question, is_query=True), candidate.texts, cache), drawn_by)
        for lesson, candidates in drawn
        for candidate in candidates
    ]
    every = [candidate for _, candidates in drawn for candidate in candidates]
    is_right = torch.tensor([float(candidate.is_right) for candidate in every])
    weight = torch.tensor([1.0 if candidate.is_right else weights[candidate.entry_id] for candidate in every])
    scores: Tensor = aligner(*batch(pairs))
    single = nn.functional.binary_cross_entropy_with_logits(scores, is_right, reduction="none")
    loss = (weight * single).sum() / weight.sum()
    orders, start = [], 0
    for _, candidates in drawn:
        own = slice(start, start + len(candidates))
        start += len(candidates)
        if 0 < is_right[own].sum() < len(candidates):
            orders.append(-scores[own].log_softmax(0)[is_right[own] > 0].mean())
    return loss + torch.stack(orders).mean() if orders else loss


def drawn_candidates(lesson: Lesson, drawn_by: random.Random) -> list[TrainingCandidate]:
    """Return right candidates, the first wrong one, and some of the others."""
    right = [candidate for candidate in lesson.candidates if candidate.is_right][:RIGHT_DRAWN]
    wrong = [candidate for candidate in lesson.candidates if not candidate.is_right]
    others = drawn_by.sample(wrong[1:], min(WRONG_DRAWN - 1, len(wrong[1:])))
    return [*right, *wrong[:1], *others]


def _with_words_dropped(pair: Pair, drawn_by: random.Random) -> Pair:
    positions = [at for at in range(len(pair.question)) if drawn_by.random() >= WORDS_DROPPED]
    question: Tokens = pair.question[positions] if len(positions) > 1 else pair.question
    return Pair(question, pair.entry, pair.segments)
