"""Learning the order of matches and the confidence in the first one, and the lessons for it: asked questions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from evals.calibration.asking import AskedCase, ask_held_out, ask_hidden, ask_with
from evals.suites.cases import Case, CaseKind, shared_questions
from evals.suites.splits import JUDGED_SENTENCE, OTHER_FIELDS, SENTENCE, message_weights
from noa_rag.domain.errors import NoaError
from noa_rag.domain.ports import Match, Retrieved
from noa_rag.french.places import asks_foreign_law
from noa_rag.retrieval.calibration import Logistic, Subject
from noa_rag.retrieval.confidence import features
from noa_rag.retrieval.model_loading import model_of
from noa_rag.retrieval.reranker import Reranker
from noa_rag.retrieval.retriever import fused_score, ranked_by
from noa_rag.retrieval.thresholds import MATCH_LIMIT
from noa_rag.service.noa import Noa

Array = NDArray[np.float64]

RANKING_PENALTY = 1e-3  # on weights of figures in units of their spread
CONFIDENCE_INVERSE_PENALTY = 0.3
FOLDS = 5
SUBJECT_INVERSE_PENALTY = 0.03
_COSINE_STRETCH = 6.0  # brings the differences between vectors to the scale that the penalty was chosen on
LEARNING_LIMIT = 30  # matches seen while the order is learned
SEED = 0
HIDDEN_WEIGHT = 0.5  # a question whose entry was hidden counts half: its first match is always a near miss
# Alternates are many, and less like what people ask. They are no lessons on "answers": with them fewer questions were
# answered at the same share of wrong ones (.49 against .59).
HELD_OUT_WEIGHT = 0.1
TWIN = "-hidden"
OTHER_FIELDS_WEIGHT = 0.5  # the shared questions of other fields, beside those of the calibration suites


def learn_ranking(asked: Sequence[AskedCase]) -> dict[str, float]:
    """Return weights that put right entries first: a softmax over each question's matches, with a ridge penalty.

    Sentences count together as much as all other questions (see `message_weights`).
    """
    usable = [asked_case for asked_case in asked if asked_case.is_hit(len(asked_case.retrieved.matches))]
    counts = np.array(message_weights([asked_case.case for asked_case in usable]))
    counts /= counts.sum()
    width = max(len(asked_case.retrieved.matches) for asked_case in usable)
    names = list(_ranked(usable[0], usable[0].retrieved.matches[0]))
    figures = np.zeros((len(usable), width, len(names)))
    is_match, is_right = np.zeros((2, len(usable), width), dtype=bool)
    for row, asked_case in enumerate(usable):
        for column, match in enumerate(asked_case.retrieved.matches):
            figures[row, column] = list(_ranked(asked_case, match).values())
            is_match[row, column] = True
            is_right[row, column] = match.entry_id in asked_case.case.expected_entries
    spread = figures[is_match].std(axis=0) + 1e-6
    scaled = figures / spread

    def loss(weights: Array) -> tuple[float, Array]:
        scores = np.where(is_match, scaled @ weights, -np.inf)
        everyone, right = (_softmax(np.where(mask, scores, -np.inf)) for mask in (is_match, is_right))
        likelihood = counts @ (right[1] - everyone[1])
        pull = ((counts[:, None] * (right[0] - everyone[0]))[..., None] * scaled).sum(axis=(0, 1))
        return float(RANKING_PENALTY * weights @ weights - likelihood), -pull + 2 * RANKING_PENALTY * weights

    fitted = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x / spread
    return dict(zip(names, fitted.tolist(), strict=True))


def learn_bearing(noa: Noa, ranking: Mapping[str, float]) -> Logistic:
    """Return the probability that imported texts speak of a question, learned on the shared questions over fiches."""
    cases = [question for kind in (CaseKind.IN_SCOPE, CaseKind.OUT_OF_SCOPE) for question in shared_questions(kind)]
    asked_cases = reordered(ask_with(noa.retriever, noa.index.embedder, cases), ranking)
    answerable = [asked_case for asked_case in asked_cases if asked_case.retrieved.matches]
    return learn_probability(
        answerable, [asked_case.case.kind is CaseKind.IN_SCOPE for asked_case in answerable], [1.0] * len(answerable)
    )


def _ranked(asked_case: AskedCase, match: Match) -> dict[str, float]:
    return ranked_by(match.evidence, asked_case.retrieved.question_evidence)


def _softmax(scores: Array) -> tuple[Array, Array]:
    total = logsumexp(scores, axis=1)
    return np.exp(scores - total[:, None]), total


def learn_subject(asked: Sequence[AskedCase], weights: Sequence[float], model: str) -> Subject:
    """Return a linear model on question vectors that tells questions about companies from others."""
    vectors = np.array([asked_case.vector for asked_case in asked], dtype=np.float64)
    middle = vectors.mean(axis=0)
    regression = LogisticRegression(C=SUBJECT_INVERSE_PENALTY, max_iter=3_000)
    is_business = [asked_case.case.kind is not CaseKind.OUT_OF_SCOPE for asked_case in asked]
    regression.fit((vectors - middle) * _COSINE_STRETCH, is_business, sample_weight=np.array(weights))
    slopes = regression.coef_[0] * _COSINE_STRETCH
    return Subject(model, slopes.tolist(), float(regression.intercept_[0] - slopes @ middle))


def with_subject(
    asked: Sequence[AskedCase], weights: Sequence[float], groups: Sequence[str], model: str
) -> list[AskedCase]:
    """Return the questions with the subject score of a model that saw no question of their group."""
    scored = list(asked)
    for fitted_on, reported in GroupKFold(FOLDS).split(scored, groups=groups):
        subject = learn_subject([asked[at] for at in fitted_on], [weights[at] for at in fitted_on], model)
        for at in reported:
            scored[at] = _about(asked[at], subject.score(asked[at].vector, model))
    return scored


def reordered(asked: Sequence[AskedCase], ranking: Mapping[str, float]) -> list[AskedCase]:
    """Return the questions with their matches in the order of other weights."""
    return [replace(asked_case, retrieved=_reordered(asked_case.retrieved, ranking)) for asked_case in asked]


def _reordered(retrieved: Retrieved, ranking: Mapping[str, float]) -> Retrieved:
    about = retrieved.question_evidence
    scored = [replace(match, score=fused_score(match.evidence, about, ranking)) for match in retrieved.matches]
    scored.sort(key=lambda match: (-match.score, match.entry_id))
    matches = tuple(replace(match, rank=rank) for rank, match in enumerate(scored[:MATCH_LIMIT], start=1))
    return Retrieved(matches, retrieved.question_evidence)


Features = Callable[[Retrieved], dict[str, float]]


def learn_probability(
    asked: Sequence[AskedCase], is_true: Sequence[bool], weights: Sequence[float], seen: Features = features
) -> Logistic:
    """Return a logistic model of the matches' features, in their own units; `seen` computes them."""
    rows, names = _rows(asked, seen)
    scaler = StandardScaler().fit(rows)
    model = LogisticRegression(C=CONFIDENCE_INVERSE_PENALTY, max_iter=5_000)
    model.fit(scaler.transform(rows), np.array(is_true), sample_weight=np.array(weights))
    slopes = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - slopes @ scaler.mean_)
    usual = dict(zip(names, scaler.mean_.tolist(), strict=True))
    return Logistic(dict(zip(names, slopes.tolist(), strict=True)), intercept, usual)


def cross_validated(
    asked: Sequence[AskedCase],
    is_true: Sequence[bool],
    weights: Sequence[float],
    groups: Sequence[str],
    seen: Features = features,
) -> Array:
    """Return each question's probability from a model that saw no question of its group."""
    predicted = np.zeros(len(asked))
    for fitted_on, reported in GroupKFold(FOLDS).split(predicted, groups=groups):
        model = learn_probability(
            [asked[at] for at in fitted_on],
            [is_true[at] for at in fitted_on],
            [weights[at] for at in fitted_on],
            seen,
        )
        for at in reported:
            predicted[at] = model.probability(seen(asked[at].retrieved))
    return predicted


def _rows(asked: Sequence[AskedCase], seen: Features) -> tuple[Array, list[str]]:
    figures = [seen(asked_case.retrieved) for asked_case in asked]
    return np.array([list(figure.values()) for figure in figures]), list(figures[0])


@dataclass(frozen=True, slots=True)
class CalibrationLesson:
    """One question to learn a probability from; a group is never split between training and held-out questions."""

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


def pack_lessons(
    noa: Noa, asked: list[AskedCase], ranking: Mapping[str, float], unread: Sequence[AskedCase] = ()
) -> tuple[Subject, Lessons]:
    """Return the model that tells business from other subjects, and the lessons of the bundled pack.

    `unread` questions teach what the base knows, and those of them that were judged what answers as well:
    `sentences_to_learn_from`, and questions of other fields.
    """
    alternates = ask_held_out(noa, seed=SEED, limit=LEARNING_LIMIT)
    model = model_of(noa.index.embedder.fingerprint)
    every = [asked_case for asked_case in (*asked, *alternates) if asked_case.retrieved.matches]
    weights = [HELD_OUT_WEIGHT if asked_case.case.register == "alternate" else 1.0 for asked_case in every]
    subject = learn_subject(every, weights, model)
    scored = reordered(with_subject(every, weights, [_group(asked_case) for asked_case in every], model), ranking)
    suite = [asked_case for asked_case in scored if asked_case.case.register != "alternate"]
    subject_of = {asked_case.case.id: asked_case.retrieved.question_evidence["subject"] for asked_case in scored}

    in_scope = [asked_case for asked_case in suite if asked_case.case.kind is CaseKind.IN_SCOPE]
    hidden = _hidden(ask_hidden(noa.retriever, in_scope), ranking, subject_of)
    unread = reordered(with_score_of(subject, unread, model), ranking)
    judged = [asked_case for asked_case in unread if asked_case.case.id.startswith(JUDGED_SENTENCE)]
    return subject, Lessons(
        _answering([*suite, *judged], hidden),
        _answering(_read(noa, [*suite, *judged]), _read(noa, hidden)),
        knows_lessons(suite, unread),
        suite,
        reranker_of(noa).fingerprint,
    )


def knows_lessons(suite: Sequence[AskedCase], unread: Sequence[AskedCase]) -> list[CalibrationLesson]:
    """Return lessons on whether the base knows a subject; sentences count in the shares that visitors bring.

    A near miss tells nothing: its subject is known, and no entry answers.
    """
    every = [asked_case for asked_case in (*suite, *unread) if asked_case.case.kind is not CaseKind.NEAR_MISS]
    weights = message_weights([asked_case.case for asked_case in every])
    return _with_matches(
        [
            _knows(asked_case, OTHER_FIELDS_WEIGHT if asked_case.case.id.startswith(OTHER_FIELDS) else weight)
            for asked_case, weight in zip(every, weights, strict=True)
        ]
    )


def with_score_of(subject: Subject, asked: Sequence[AskedCase], model: str) -> list[AskedCase]:
    """Return questions that the subject was not learned on, with its score."""
    return [_about(asked_case, subject.score(asked_case.vector, model)) for asked_case in asked]


def _about(asked_case: AskedCase, subject: float) -> AskedCase:
    """Return a question with this score of its subject."""
    evidence = {**asked_case.retrieved.question_evidence, "subject": subject}
    return replace(asked_case, retrieved=replace(asked_case.retrieved, question_evidence=evidence))


def fiche_lessons(noa: Noa, ranking: Mapping[str, float]) -> Lessons:
    """Return the lessons of the imported fiches and the shared questions; groups share no expected fiche."""
    near_domain = shared_questions(CaseKind.OUT_OF_SCOPE)
    cases = shared_questions(CaseKind.IN_SCOPE)
    group_of = fiche_groups(cases)
    suite = reordered(ask_with(noa.retriever, noa.index.embedder, [*cases, *near_domain]), ranking)
    in_scope = [asked_case for asked_case in suite if asked_case.case.kind is CaseKind.IN_SCOPE]
    hidden = reordered(ask_hidden(noa.retriever, in_scope), ranking)
    answers = _answering(suite, hidden)
    verified = _answering(_read(noa, suite), _read(noa, hidden))
    knows = _with_matches([_knows(asked_case, 1.0) for asked_case in suite])
    grouped = [
        [replace(lesson, group=group_of.get(lesson.group, lesson.group)) for lesson in lessons]
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
    return [_read_one(reranker, asked_case) for asked_case in asked]


def _read_one(reranker: Reranker, asked_case: AskedCase) -> AskedCase:
    return (
        replace(asked_case, retrieved=reranker.read(asked_case.question, asked_case.retrieved))
        if asked_case.retrieved.matches
        else asked_case
    )


def _answering(suite: Sequence[AskedCase], hidden: Sequence[AskedCase]) -> list[CalibrationLesson]:
    """Leave out questions on another country's law: they are refused before the confidence is used."""
    weights = message_weights([asked_case.case for asked_case in suite])
    weighed = [*zip(suite, weights, strict=True), *((asked_case, HIDDEN_WEIGHT) for asked_case in hidden)]
    judged = [
        _answers(asked_case, weight) for asked_case, weight in weighed if not asks_foreign_law(asked_case.case.question)
    ]
    return _with_matches(judged)


def _hidden(asked: list[AskedCase], ranking: Mapping[str, float], subject_of: dict[str, float]) -> list[AskedCase]:
    """Return hidden twins in the learned order, each with the subject score of its question."""
    return [
        _about(asked_case, subject_of.get(asked_case.case.id.removesuffix(TWIN), 0.0))
        for asked_case in reordered(asked, ranking)
    ]


def _answers(asked: AskedCase, weight: float) -> CalibrationLesson:
    return CalibrationLesson(asked, asked.first_is_right, weight, _group(asked))


def _knows(asked: AskedCase, weight: float) -> CalibrationLesson:
    return CalibrationLesson(asked, asked.case.kind is CaseKind.IN_SCOPE, weight, _group(asked))


def _group(asked: AskedCase) -> str:
    """Return a case's group, shared with its hidden twin and its pair, or by all that is written on an entry."""
    own = asked.case.id.removesuffix(TWIN)
    if own.startswith(SENTENCE):
        return asked.case.about[0]
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
