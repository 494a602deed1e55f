"""`noa eval calibrate`: learn order, confidence and thresholds, check what they promise, and store them."""

from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from rich.console import Console

from evals.calibration.asking import ask_with
from evals.calibration.lessons import (
    LEARNING_LIMIT,
    CalibrationLesson,
    Lessons,
    learn_bearing,
    learn_ranking,
    pack_lessons,
    reranker_of,
)
from evals.calibration.profiles import BOUND, check_promise, learn_confidence
from evals.runner.bases import opened, shared_is_there
from evals.suites.cases import Case, CaseKind, digest_of, read_suite, shared_questions
from evals.suites.splits import (
    CONFIDENCE_ONLY,
    MESSAGE,
    MESSAGES,
    OTHER_FIELDS,
    SENTENCES,
    SHARED_OUT,
    chooses_threshold,
    messages_to_learn_from,
    sentences_to_learn_from,
    teaches_reading,
)
from evals.suites.suite_list import cases_of_base
from noa_rag.cli.console import shown_progress
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NoaError
from noa_rag.domain.ports import Progress
from noa_rag.environment import read_settings
from noa_rag.retrieval.calibration import (
    BUNDLED_CALIBRATION,
    EDITION,
    Calibration,
    Logistic,
    Subject,
    own_calibration,
    read_calibration,
    write_calibration,
)
from noa_rag.retrieval.verifier.verifier import Verifier
from noa_rag.service.noa import Noa, open_noa

BYTES_KEPT = 4_000_000_000  # more than any base of the evaluations needs
FEWEST_QUESTIONS = 300  # in scope; with far fewer the first threshold tried leaves too few answers for any bound


def calibrate(progress: Progress) -> tuple[Calibration, Lessons]:
    """Return a calibration learned on the bundled pack, and on imported fiches what drafts may quote.

    The lessons of the pack come with it, for `check_promise`.
    """
    with opened("pack", pack=True, fiches=False, progress=progress) as noa:
        known_entries, model = list(noa.index.snapshot.versions), noa.index.embedder.fingerprint
        fitted = _fitted_on(noa, calibration_cases(noa), progress, unread=unread_cases(noa))
    with opened("fiches", pack=False, fiches=True, progress=progress) as noa:
        noa.retriever.limit = LEARNING_LIMIT
        known_entries += noa.index.snapshot.versions
        progress("asking the fiches", 0, 0)
        noa.retriever.subject = fitted.subject
        fitted = replace(fitted, library_bears=learn_bearing(noa, fitted.ranking))
    return fitted.calibration(known_entries, _figures("noa eval calibrate", model, fitted)), fitted.lessons


def calibrate_own(noa: Noa, progress: Progress) -> tuple[Calibration, Lessons]:
    """Return a calibration learned on a base of one's own, with its model.

    It is learned from the base's alternates, its recorded cases and what the calibration suites ask of entries that it
    has; what drafts may quote is judged as in the bundled one. It was fitted with the bundled reranker: with another
    one, the retrieval scores alone decide.

    Raises NoaError where too few questions are labelled.
    """
    known = noa.index.snapshot.versions.keys()
    cases = [case for case in (*_of_suites(None), *cases_of_base(noa)) if known >= set(case.about)]
    in_scope = sum(case.kind is CaseKind.IN_SCOPE for case in cases)
    if in_scope < FEWEST_QUESTIONS:
        raise NoaError(
            f"{in_scope} labelled questions are about entries of this base; {FEWEST_QUESTIONS} are needed. Let QA make"
            " cases of visitors' questions (docs/evaluation.md), or keep the bundled calibration."
        )
    fitted = _fitted_on(noa, cases, progress)
    figures = _figures("noa eval calibrate --own-base", noa.index.embedder.fingerprint, fitted)
    return fitted.calibration(list(known), figures), fitted.lessons


@dataclass(frozen=True, slots=True)
class _Fitted:
    ranking: dict[str, float]
    subject: Subject
    confidence: dict[str, Any]
    library_bears: Logistic
    lessons: Lessons
    figures: dict[str, object]
    case_count: int

    def calibration(self, known_entries: Sequence[EntryId], figures: dict[str, object]) -> Calibration:
        return Calibration(
            self.ranking,
            self.subject,
            **self.confidence,
            library_bears=self.library_bears,
            known_entries=tuple(known_entries),
            figures=figures,
            edition=EDITION,
        )


def _fitted_on(noa: Noa, cases: Sequence[Case], progress: Progress, *, unread: Sequence[Case] = ()) -> _Fitted:
    reranker_of(noa)  # asking all that follows takes minutes
    noa.retriever.limit = LEARNING_LIMIT
    keep_all_that_is_read(noa)
    progress("asking the calibration suites", 0, 0)
    asked_cases = ask_with(noa.retriever, noa.index.embedder, cases)
    others = ask_with(noa.retriever, noa.index.embedder, unread)
    ranking = learn_ranking([*asked_cases, *others])
    progress("asking and reading held-out alternates", 0, 0)
    subject, lessons = pack_lessons(noa, asked_cases, ranking, others)
    progress("fitting", 0, 0)
    confidence, figures = learn_confidence(lessons, chooses=by_case)
    bears = read_calibration().library_bears  # `calibrate` learns it anew, from the fiches
    return _Fitted(ranking, subject, confidence, bears, lessons, figures, len(cases) + len(unread))


def _figures(command: str, model: str, fitted: _Fitted) -> dict[str, object]:
    digest = digest_of((MESSAGES, SENTENCES, *CONFIDENCE_ONLY, *SHARED_OUT))[:16]
    return {
        "command": command,
        "model": model,
        "reranker": fitted.lessons.read_with,
        "fitted_on": f"{fitted.case_count} questions of the calibration suites and shared messages, sha256 {digest}",
        **fitted.figures,
    }


def keep_all_that_is_read(noa: Noa) -> None:
    """Let the verifier cache the token vectors of every text: thousands of questions are read in a row."""
    reader = noa.verifier.reader if noa.verifier else None
    if isinstance(reader, Verifier):
        reader.tokens.allow(BYTES_KEPT)


def calibration_cases(noa: Noa) -> list[Case]:
    """Return the questions that confidence is learned from, without those that trained the verifier."""
    return messages_to_learn_from(noa) + _of_suites(noa.index.snapshot.versions)


def unread_cases(noa: Noa) -> list[Case]:
    """Return the sentences and the shared questions of other fields; only judged sentences are read."""
    others = [
        replace(question, id=f"{OTHER_FIELDS}{question.id}") for question in shared_questions(CaseKind.OUT_OF_SCOPE)
    ]
    return [*sentences_to_learn_from(noa), *others]


def _of_suites(known: Collection[EntryId] | None) -> list[Case]:
    apart = [case for path in CONFIDENCE_ONLY for case in read_suite(path, known_entries=known)]
    return apart + [
        case for path in SHARED_OUT for case in read_suite(path, known_entries=known) if not teaches_reading(case)
    ]


def by_case(lesson: CalibrationLesson) -> bool:
    """Whether a lesson chooses the threshold, by its case; a message never does, as the encoder was trained on it."""
    case = lesson.asked.case
    return chooses_threshold(case) and not case.id.startswith(MESSAGE)


def run_calibration(*, stores: bool, own_base: bool = False) -> None:
    """Calibrate and print the figures; with `stores`, store the calibration too.

    A calibration of one's own base is stored in its data folder, where the service finds it at its next start. Raises
    NoaError if too few questions are labelled, if no threshold keeps the bound, or if the shared French material, from
    which most is learned, is absent.
    """
    if not own_base and not shared_is_there():
        raise NoaError(
            "The shared French material is needed to calibrate; put `shared` beside the repository, or calibrate on"
            " your own base with --own-base."
        )
    settings, console = read_settings(), Console()
    with shown_progress() as progress:
        if own_base:
            with closing(open_noa(settings, progress)) as noa:
                calibration, lessons = calibrate_own(noa, progress)
        else:
            calibration, lessons = calibrate(progress)
        check_something_is_answered(calibration)
        progress("checking the promise", 0, 0)
        promise = check_promise(lessons.verified)
    path = own_calibration(settings.data_dir) if own_base else BUNDLED_CALIBRATION
    if stores:
        write_calibration(with_promise(calibration, promise), path)
    for name, figures in {**calibration.figures, "promise on unseen questions": promise}.items():
        console.print(f"{name}: {figures}", highlight=False)
    if stores and own_base:
        console.print(f"Stored in {path}; start the service again to use it, delete the file to go back.")


def check_something_is_answered(calibration: Calibration) -> None:
    """Raise NoaError where no threshold kept the bound: with such a calibration no question would be answered."""
    if calibration.verified_from >= 1.0:
        raise NoaError(
            f"At no threshold are {BOUND}, among the labelled questions: nothing would be answered."
            " Nothing was stored, the calibration in use stays. Read the answers again that these questions call wrong,"
            " or label more of them."
        )


def with_promise(calibration: Calibration, promise: dict[str, float | int]) -> Calibration:
    """Return the calibration with the check of its promise among its figures."""
    return replace(calibration, figures={**calibration.figures, "promise on unseen questions": promise})
