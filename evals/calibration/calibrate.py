"""Learning order, confidence and thresholds from the calibration suites, and checking what they promise."""

import hashlib
import random
from collections.abc import Sequence

from evals.asking import ask_with
from evals.bases import opened
from evals.calibration.bound import Bound
from evals.calibration.learning import learn_ranking
from evals.calibration.lessons import LEARNING_LIMIT, Lesson, Lessons, fiche_lessons, pack_lessons
from evals.calibration.profiles import BOUNDS, learn_answering, learn_profile, wrong_above
from evals.cases import Case, read_suite
from evals.messages import MESSAGES, messages_to_learn_from
from evals.splits import chooses_threshold, teaches_reading
from evals.verifier.lessons import CONFIDENCE_ONLY, SHARED_OUT
from noa_rag.assembly.service import Noa
from noa_rag.domain.ports import Progress
from noa_rag.retrieval.calibration import Calibration
from noa_rag.retrieval.confidence import all_features

RESPLITS = 200
BYTES_KEPT = 4_000_000_000  # more than any base of the evaluations needs
FITS, CHOOSES = 0.4, 0.3  # shares of the groups in each resplit; the rest is unseen


def calibrate(progress: Progress) -> tuple[Calibration, Lessons]:
    """Return a calibration learned on the bundled pack, and on the imported fiches for bare entries.

    The lessons of the pack come with it, for `check_promise`.
    """
    with opened("pack", pack=True, fiches=False, progress=progress) as noa:
        cases = calibration_cases(noa)
        noa.retriever.limit = LEARNING_LIMIT
        keep_all_that_is_read(noa)
        progress("asking the calibration suites", 0, 0)
        asked = ask_with(noa.retriever, noa.index.embedder, cases)
        ranking = learn_ranking(asked)
        progress("asking and reading held-out alternates", 0, 0)
        subject, pack = pack_lessons(noa, asked, ranking)
        known_entries, model = list(noa.index.snapshot.versions), noa.index.embedder.fingerprint
    with opened("fiches", pack=False, fiches=True, progress=progress) as noa:
        noa.retriever.limit = LEARNING_LIMIT
        noa.retriever.subject = subject
        keep_all_that_is_read(noa)
        known_entries += noa.index.snapshot.versions
        progress("asking and reading the fiches", 0, 0)
        fiches = fiche_lessons(noa, ranking)
    progress("fitting", 0, 0)
    with_alternates, pack_figures = learn_profile("with_alternates", pack, chooses=by_case)
    bare, fiche_figures = learn_profile("bare", fiches, chooses=by_group)
    figures = {
        "command": "noa eval calibrate",
        "model": model,
        "fitted_on": f"{len(cases)} questions of the calibration suites and shared messages, sha256 {_digest()}",
        "with_alternates": pack_figures,
        "bare": fiche_figures,
    }
    return Calibration(ranking, subject, with_alternates, bare, tuple(known_entries), figures), pack


def keep_all_that_is_read(noa: Noa) -> None:
    """Let the verifier keep the token vectors of every text: thousands of questions are read in a row."""
    if noa.verifier is not None:
        noa.verifier.tokens.allow(BYTES_KEPT)


def calibration_cases(noa: Noa) -> list[Case]:
    """Return the questions that confidence is learned from: those that taught the verifier to read are left out."""
    known = noa.index.snapshot.versions
    apart = [case for path in CONFIDENCE_ONLY for case in read_suite(path, known_entries=known)]
    return (
        messages_to_learn_from(noa)
        + apart
        + [case for path in SHARED_OUT for case in read_suite(path, known_entries=known) if not teaches_reading(case)]
    )


def by_case(lesson: Lesson) -> bool:
    """Whether a lesson chooses the threshold, by its case."""
    return chooses_threshold(lesson.asked.case)


def by_group(lesson: Lesson) -> bool:
    """Whether a lesson chooses the threshold, by its group: no fiche is expected on both sides."""
    return int(hashlib.sha256(lesson.group.encode()).hexdigest(), 16) % 2 == 0


def check_promise(lessons: Sequence[Lesson], bound: Bound = BOUNDS["with_alternates"]) -> dict[str, float | int]:
    """Fit, choose and look at unseen questions in random resplits; return how often the bound held.

    In each, 40 % of the groups fit the confidence, 30 % choose the threshold, 30 % are unseen.
    """
    groups = sorted({one.group for one in lessons})
    kept, silent, answered, wrongs = 0, 0, 0, 0
    for number in range(RESPLITS):
        shuffled = random.Random(number).sample(groups, len(groups))
        fits = set(shuffled[: int(FITS * len(groups))])
        chooses = set(shuffled[int(FITS * len(groups)) : int((FITS + CHOOSES) * len(groups))])
        seen = [one for one in lessons if one.group in fits or one.group in chooses]
        learned = learn_answering(seen, all_features, bound, chooses=lambda one: one.group in chooses)  # noqa: B023
        unseen = [one for one in lessons if one.group not in fits and one.group not in chooses and not one.is_twin]
        wrong, shown = wrong_above(unseen, learned, all_features)
        kept += wrong <= bound.wrong_at_most * shown
        silent += not shown
        answered += shown
        wrongs += wrong
    return {
        "resplits": RESPLITS,
        "promised": bound.probability,
        "kept": round(kept / RESPLITS, 3),
        "of these, nothing answered": silent,
        "answers shown on unseen questions, mean": round(answered / RESPLITS, 1),
        "wrong among them": round(wrongs / max(1, answered), 4),
    }


def _digest() -> str:
    read = [path for path in (MESSAGES, *CONFIDENCE_ONLY, *SHARED_OUT) if path.is_file()]
    return hashlib.sha256(b"".join(path.read_bytes() for path in read)).hexdigest()[:16]
