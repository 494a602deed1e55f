"""Lessons: questions that were asked, with what a probability is to learn from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evals.calibration.asking import AskedCase, ask_held_out, ask_hidden, ask_with
from evals.calibration.learning import learn_subject, reordered, with_subject
from evals.suites.cases import Case, CaseKind, shared_questions
from noa_rag.domain.errors import NoaError
from noa_rag.retrieval.calibration import Subject
from noa_rag.retrieval.model_loading import model_of
from noa_rag.retrieval.reranker import Reranker
from noa_rag.service.noa import Noa

LEARNING_LIMIT = 30  # matches seen while the order is learned
SEED = 0
HIDDEN_WEIGHT = 0.5  # a question whose entry was hidden counts half: its first match is a near miss by force
# Alternates are many, and stranger than what people ask: they teach what the base knows, and with them among the
# lessons on "answers" fewer questions were answered at the same share of wrong ones (.49 against .59).
HELD_OUT_WEIGHT = 0.1
# Of the same where only what the base knows is learned: most are short. At the threshold for offers, of the short
# calibration questions .895 are let through with 0.1, .908 with 0.2, .922 with 0.4; of the vague ones .608, .572, .515.
HELD_OUT_KNOWN = 0.2
TWIN = "-hidden"


@dataclass(frozen=True, slots=True)
class CalibrationLesson:
    """One question to learn a probability from; questions of one group are never on both sides of a report."""

    asked: AskedCase
    is_true: bool
    weight: float
    group: str

    @property
    def is_twin(self) -> bool:
        """Whether it is a question asked again with its entry hidden."""
        return self.asked.case.id.endswith(TWIN)


@dataclass(frozen=True, slots=True)
class Lessons:
    """Lessons on whether the first match answers, before and after reading, and on what the base knows.

    `suite` are the questions themselves, without alternates and hidden twins; `read_with` is the fingerprint of the
    reranker that read.
    """

    answers: list[CalibrationLesson]
    verified: list[CalibrationLesson]
    knows: list[CalibrationLesson]
    suite: list[AskedCase]
    read_with: str


def pack_lessons(noa: Noa, asked: list[AskedCase], ranking: Mapping[str, float]) -> tuple[Subject, Lessons]:
    """Return the model that tells business from other subjects, and the lessons of the bundled pack."""
    alternates = ask_held_out(noa, seed=SEED, limit=LEARNING_LIMIT)
    model = model_of(noa.index.embedder.fingerprint)
    every = [one for one in (*asked, *alternates) if one.retrieved.matches]
    weights = [HELD_OUT_WEIGHT if one.case.register == "alternate" else 1.0 for one in every]
    subject = learn_subject(every, weights, model)
    scored = reordered(with_subject(every, weights, [_group(one) for one in every], model), ranking)
    suite = [one for one in scored if one.case.register != "alternate"]
    alternates = [one for one in scored if one.case.register == "alternate"]
    subject_of = {one.case.id: one.retrieved.question_evidence["subject"] for one in scored}

    in_scope = [one for one in suite if one.case.kind is CaseKind.IN_SCOPE]
    hidden = _hidden(ask_hidden(noa.retriever, in_scope), ranking, subject_of)
    knows = [_knows(one, 1.0) for one in suite if one.case.kind is not CaseKind.NEAR_MISS]
    knows += [_knows(one, HELD_OUT_KNOWN) for one in alternates]
    return subject, Lessons(
        _answering(suite, hidden),
        _answering(_read(noa, suite), _read(noa, hidden)),
        _with_matches(knows),
        suite,
        reranker_of(noa).fingerprint,
    )


def fiche_lessons(noa: Noa, ranking: Mapping[str, float]) -> Lessons:
    """Return the lessons of the imported fiches and the shared questions; groups share no expected fiche."""
    near_domain = shared_questions(CaseKind.OUT_OF_SCOPE)
    cases = shared_questions(CaseKind.IN_SCOPE)
    group_of = fiche_groups(cases)
    suite = reordered(ask_with(noa.retriever, noa.index.embedder, [*cases, *near_domain]), ranking)
    in_scope = [one for one in suite if one.case.kind is CaseKind.IN_SCOPE]
    hidden = reordered(ask_hidden(noa.retriever, in_scope), ranking)
    answers = _answering(suite, hidden)
    verified = _answering(_read(noa, suite), _read(noa, hidden))
    knows = _with_matches([_knows(one, 1.0) for one in suite])
    grouped = [
        [replace(one, group=group_of.get(one.group, one.group)) for one in lessons]
        for lessons in (answers, verified, knows)
    ]
    return Lessons(grouped[0], grouped[1], grouped[2], suite, reranker_of(noa).fingerprint)


def reranker_of(noa: Noa) -> Reranker:
    """Return the reranker. Raises NoaError without one: the confidence is fitted on its scores."""
    if noa.verifier is None:
        raise NoaError(
            "The confidence is calibrated on what is read of questions and candidates, and nothing reads them here. Set"
            " NOA_RERANKER to a CrossEncoder, or to bundled beside the bundled embedding model (`make verifier` trains"
            " that one)."
        )
    return noa.verifier


def _read(noa: Noa, asked: Sequence[AskedCase]) -> list[AskedCase]:
    reranker = reranker_of(noa)
    return [_read_one(reranker, one) for one in asked]


def _read_one(reranker: Reranker, one: AskedCase) -> AskedCase:
    return replace(one, retrieved=reranker.read(one.question, one.retrieved)) if one.retrieved.matches else one


def _answering(suite: Sequence[AskedCase], hidden: Sequence[AskedCase]) -> list[CalibrationLesson]:
    return _with_matches([_answers(one, 1.0) for one in suite] + [_answers(one, HIDDEN_WEIGHT) for one in hidden])


def _hidden(asked: list[AskedCase], ranking: Mapping[str, float], subject_of: dict[str, float]) -> list[AskedCase]:
    """Return hidden twins in the learned order, each with the subject score of its question."""
    return [
        replace(
            one,
            retrieved=replace(
                one.retrieved,
                question_evidence={
                    **one.retrieved.question_evidence,
                    "subject": subject_of.get(one.case.id.removesuffix(TWIN), 0.0),
                },
            ),
        )
        for one in reordered(asked, ranking)
    ]


def _answers(asked: AskedCase, weight: float) -> CalibrationLesson:
    return CalibrationLesson(asked, asked.first_is_right, weight, _group(asked))


def _knows(asked: AskedCase, weight: float) -> CalibrationLesson:
    return CalibrationLesson(asked, asked.case.kind is CaseKind.IN_SCOPE, weight, _group(asked))


def _group(asked: AskedCase) -> str:
    """A question, its hidden twin and its pair share a group, and so do all alternates of one entry."""
    own = asked.case.id.removesuffix(TWIN)
    return own.rsplit("-", 2)[0] if asked.case.register == "alternate" else asked.case.pair or own


def _with_matches(lessons: list[CalibrationLesson]) -> list[CalibrationLesson]:
    return [lesson for lesson in lessons if lesson.asked.retrieved.matches]


def fiche_groups(cases: Sequence[Case]) -> dict[str, str]:
    """Return each case's group: fiches expected together anywhere are joined, directly or through others."""
    parent: dict[str, str] = {}

    def root(fiche: str) -> str:
        while parent.setdefault(fiche, fiche) != fiche:
            fiche = parent[fiche]
        return fiche

    for case in cases:
        for other in case.expected_entries[1:]:
            parent[root(other)] = root(case.expected_entries[0])
    return {case.id: root(case.expected_entries[0]) for case in cases}
