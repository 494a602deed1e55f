"""Training an aligner: right candidates above wrong ones, and each told from its near misses."""

import random
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from evals.lab.verifier.lessons import Candidate, Lesson, balance
from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.passages import Kind
from noa_rag.retrieval.verifier.aligner import Aligner, Pair, Tokens, batch
from noa_rag.retrieval.verifier.token_cache import TokenCache
from noa_rag.retrieval.verifier.verifier import pair_of

DIMENSION = 384  # of the embedding model
ROUNDS = 2
LESSONS_AT_ONCE = 8
RIGHT_DRAWN, WRONG_DRAWN = 2, 3
RATE, DECAY, DROPOUT = 1e-3, 0.05, 0.2
WORDS_DROPPED = 0.1  # of a question, each time it is read: no single word may decide
WARM_UP = 0.1
SAMPLED = 1_000  # lessons whose words tell along which directions words differ

Watch = Callable[[int, int, float], None]


def train(lessons: Sequence[Lesson], cache: TokenCache, *, seed: int, watch: Watch) -> Aligner:
    """Return an aligner trained on lessons; `watch` hears of batches done, batches in all, and the mean loss.

    The loss is the sum of two: of each pair (binary cross-entropy, an entry's wrong side weighted as its right one),
    and of the order within a question (softmax over its drawn candidates). Repeatable for a seed and a thread count.
    """
    torch.manual_seed(seed)
    drawn_by = random.Random(seed)
    aligner = Aligner(DIMENSION, dropout=DROPOUT)
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


def _begin_with_likeness(aligner: Aligner, lessons: Sequence[Lesson], cache: TokenCache) -> None:
    """Let the aligner begin by comparing words as they stand: along the directions in which they differ most."""
    texts = (text for lesson in lessons for one in lesson.candidates[:1] for text in one.texts)
    words = np.concatenate(
        [cache.tokens(text.embedded_text, is_query=text.kind is Kind.QUESTION) for text in texts]
    ).astype(np.float32)
    _, directions = np.linalg.eigh(words.T @ words)  # from the least spread to the widest
    width = aligner.match.out_features
    with torch.no_grad():
        aligner.match.weight.copy_(torch.from_numpy(directions[:, -width:].T.copy()))
        aligner.match.bias.zero_()


def _loss(
    aligner: Aligner,
    lessons: Sequence[Lesson],
    weights: Mapping[EntryId, float],
    cache: TokenCache,
    drawn_by: random.Random,
) -> Tensor:
    drawn = [(lesson, _drawn(lesson, drawn_by)) for lesson in lessons]
    pairs = [
        _with_words_dropped(pair_of(cache.tokens(lesson.question, is_query=True), one.texts, cache), drawn_by)
        for lesson, candidates in drawn
        for one in candidates
    ]
    every = [one for _, candidates in drawn for one in candidates]
    is_right = torch.tensor([float(one.is_right) for one in every])
    weight = torch.tensor([1.0 if one.is_right else weights[one.entry_id] for one in every])
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


def _drawn(lesson: Lesson, drawn_by: random.Random) -> list[Candidate]:
    """Return right candidates, the first wrong one, and some of the others."""
    right = [one for one in lesson.candidates if one.is_right][:RIGHT_DRAWN]
    wrong = [one for one in lesson.candidates if not one.is_right]
    others = drawn_by.sample(wrong[1:], min(WRONG_DRAWN - 1, len(wrong[1:])))
    return [*right, *wrong[:1], *others]


def _with_words_dropped(pair: Pair, drawn_by: random.Random) -> Pair:
    kept = [at for at in range(len(pair.question)) if drawn_by.random() >= WORDS_DROPPED]
    question: Tokens = pair.question[kept] if len(kept) > 1 else pair.question
    return Pair(question, pair.entry, pair.segments)
