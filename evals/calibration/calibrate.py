"""Learning order, confidence and thresholds from the calibration suites, and checking what they promise."""

import hashlib
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from evals.calibration.asking import ask_with
from evals.calibration.learning import learn_ranking
from evals.calibration.lessons import (
    LEARNING_LIMIT,
    CalibrationLesson,
    Lessons,
    fiche_lessons,
    pack_lessons,
    reranker_of,
)
from evals.calibration.profiles import (
    BOUNDS,
    NEAR_MISS_SHARE,
    Bound,
    learn_answering,
    learn_profile,
    with_near_misses,
    wrong_above,
)
from evals.runner.bases import opened
from evals.suites.cases import Case, CaseKind, read_suite
from evals.suites.messages import MESSAGE, MESSAGES, messages_to_learn_from
from evals.suites.recorded import cases_of_base
from evals.suites.splits import CONFIDENCE_ONLY, SHARED_OUT, chooses_threshold, teaches_reading
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NoaError
from noa_rag.domain.ports import Progress
from noa_rag.retrieval.calibration import Calibration, Profile, Subject, read_calibration
from noa_rag.retrieval.confidence import all_features
from noa_rag.retrieval.verifier.verifier import Verifier
from noa_rag.service.noa import Noa

RESPLITS = 200
BYTES_KEPT = 4_000_000_000  # more than any base of the evaluations needs
FITS, CHOOSES = 0.4, 0.3  # shares of the groups in each resplit; the rest is unseen


FEWEST_QUESTIONS = 300  # in scope; with far fewer the first threshold tried leaves too few answers for any bound


def calibrate(progress: Progress) -> tuple[Calibration, Lessons]:
    """Return a calibration learned on the bundled pack, and on the imported fiches for bare entries.

    The lessons of the pack come with it, for `check_promise`.
    """
    with opened("pack", pack=True, fiches=False, progress=progress) as noa:
        known_entries, model = list(noa.index.snapshot.versions), noa.index.embedder.fingerprint
        fitted = _fitted_on(noa, calibration_cases(noa), progress)
    with opened("fiches", pack=False, fiches=True, progress=progress) as noa:
        noa.retriever.limit = LEARNING_LIMIT
        noa.retriever.subject = fitted.subject
        keep_all_that_is_read(noa)
        known_entries += noa.index.snapshot.versions
        progress("asking and reading the fiches", 0, 0)
        fiches = fiche_lessons(noa, fitted.ranking)
    bare, fiche_figures = learn_profile("bare", fiches, chooses=by_group)
    figures = {**_figures("noa eval calibrate", model, fitted), "bare": fiche_figures}
    return fitted.calibration(bare, known_entries, figures), fitted.lessons


def calibrate_own(noa: Noa, progress: Progress) -> tuple[Calibration, Lessons]:
    """Return a calibration learned on a base of one's own, with its model.

    It is learned from the base's alternates, its recorded cases and what the calibration suites ask of entries that it
    has. Bare entries keep the bundled profile, fitted with the bundled reranker: with another the scores alone decide
    on them.

    Raises NoaError where too few questions are labelled.
    """
    known = noa.index.snapshot.versions.keys()
    cases = [one for one in (*_of_suites(None), *cases_of_base(noa)) if known >= set(one.about)]
    in_scope = sum(one.kind is CaseKind.IN_SCOPE for one in cases)
    if in_scope < FEWEST_QUESTIONS:
        raise NoaError(
            f"{in_scope} labelled questions are about entries of this base; {FEWEST_QUESTIONS} are needed. Let QA make"
            " cases of visitors' questions (docs/evaluation.md), or keep the bundled calibration."
        )
    fitted = _fitted_on(noa, cases, progress)
    figures = _figures("noa eval calibrate --own-base", noa.index.embedder.fingerprint, fitted)
    return fitted.calibration(read_calibration().bare, list(known), figures), fitted.lessons


@dataclass(frozen=True, slots=True)
class _Fitted:
    ranking: dict[str, float]
    subject: Subject
    profile: Profile
    lessons: Lessons
    figures: dict[str, object]
    case_count: int

    def calibration(self, bare: Profile, known_entries: Sequence[EntryId], figures: dict[str, object]) -> Calibration:
        return Calibration(self.ranking, self.subject, self.profile, bare, tuple(known_entries), figures)


def _fitted_on(noa: Noa, cases: Sequence[Case], progress: Progress) -> _Fitted:
    reranker_of(noa)  # asking all that follows takes minutes
    noa.retriever.limit = LEARNING_LIMIT
    keep_all_that_is_read(noa)
    progress("asking the calibration suites", 0, 0)
    asked = ask_with(noa.retriever, noa.index.embedder, cases)
    ranking = learn_ranking(asked)
    progress("asking and reading held-out alternates", 0, 0)
    subject, lessons = pack_lessons(noa, asked, ranking)
    progress("fitting", 0, 0)
    profile, figures = learn_profile("with_alternates", lessons, chooses=by_case)
    return _Fitted(ranking, subject, profile, lessons, figures, len(cases))


def _figures(command: str, model: str, fitted: _Fitted) -> dict[str, object]:
    return {
        "command": command,
        "model": model,
        "reranker": fitted.lessons.read_with,
        "fitted_on": f"{fitted.case_count} questions of the calibration suites and shared messages, sha256 {_digest()}",
        "with_alternates": fitted.figures,
    }


def keep_all_that_is_read(noa: Noa) -> None:
    """Let the verifier keep the token vectors of every text: thousands of questions are read in a row."""
    reader = noa.verifier.reader if noa.verifier else None
    if isinstance(reader, Verifier):
        reader.tokens.allow(BYTES_KEPT)


def calibration_cases(noa: Noa) -> list[Case]:
    """Return the questions that confidence is learned from: those that taught the verifier to read are left out."""
    return messages_to_learn_from(noa) + _of_suites(noa.index.snapshot.versions)


def _of_suites(known: Collection[EntryId] | None) -> list[Case]:
    apart = [case for path in CONFIDENCE_ONLY for case in read_suite(path, known_entries=known)]
    return apart + [
        case for path in SHARED_OUT for case in read_suite(path, known_entries=known) if not teaches_reading(case)
    ]


def by_case(lesson: CalibrationLesson) -> bool:
    """Whether a lesson chooses the threshold, by its case; a message, which the encoder was taught with, never does."""
    case = lesson.asked.case
    return chooses_threshold(case) and not case.id.startswith(MESSAGE)


def by_group(lesson: CalibrationLesson) -> bool:
    """Whether a lesson chooses the threshold, by its group: no fiche is expected on both sides."""
    return int(hashlib.sha256(lesson.group.encode()).hexdigest(), 16) % 2 == 0


def check_promise(
    lessons: Sequence[CalibrationLesson], bound: Bound = BOUNDS["with_alternates"]
) -> dict[str, float | int]:
    """Fit, choose and look at unseen questions in random resplits; return how often the bound held.

    In each, 40 % of the groups fit the confidence, 30 % choose the threshold, 30 % are unseen. The promise is about the
    share of near misses that is set, among those that choose and among the unseen.
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
        wrong, shown = wrong_above(with_near_misses(unseen, NEAR_MISS_SHARE), learned, all_features)
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
