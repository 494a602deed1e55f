"""Learning the order of matches and the confidence in the first one, from questions that were asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from evals.calibration.asking import AskedCase
from evals.suites.cases import CaseKind
from noa_rag.domain.ports import Retrieved
from noa_rag.retrieval.calibration import Logistic, Subject
from noa_rag.retrieval.confidence import features
from noa_rag.retrieval.retriever import fused_score
from noa_rag.retrieval.thresholds import MATCH_LIMIT

Array = NDArray[np.float64]

# Weights set by hand on the scale of BM25 before anything was learned; learning may move away from them only as far
# as the questions insist (a Gaussian prior). Without it, what suits entries with many alternates spoils bare fiches.
PRIOR = {
    "passage": 6.4, "passage_expansion": 1.9, "question": 3.8, "question_expansion": 2.1, "whole": 4.2,
    "whole_expansion": 1.7, "passage_pairs": 0.85, "question_pairs": 0.85, "dense_passage": 10.0, "dense_question": 5.0,
    "covered": 0.0, "covered_by_entry": 0.0, "covered_by_question": 0.0, "question_likeness": 0.0,
    "neighbour_share": 0.0, "rarest_missing": 0.0, "english_question": 0.0, "english_passage": 0.0,
}  # fmt: skip
RANKING_PENALTY = 0.1
CONFIDENCE_INVERSE_PENALTY = 0.3
FOLDS = 5
SUBJECT_INVERSE_PENALTY = 0.03
_COSINE_STRETCH = 6.0  # brings the differences between vectors to the scale that the penalty was chosen on


def learn_ranking(asked: Sequence[AskedCase]) -> dict[str, float]:
    """Return weights that put right entries first: maximum a posteriori of a softmax over each question's matches."""
    usable = [one for one in asked if one.is_hit(len(one.retrieved.matches))]
    width = max(len(one.retrieved.matches) for one in usable)
    figures = np.zeros((len(usable), width, len(PRIOR)))
    is_match, is_right = np.zeros((2, len(usable), width), dtype=bool)
    for row, one in enumerate(usable):
        for column, match in enumerate(one.retrieved.matches):
            figures[row, column] = [match.evidence[name] for name in PRIOR]
            is_match[row, column] = True
            is_right[row, column] = match.entry_id in one.case.expected_entries
    spread = figures[is_match].std(axis=0) + 1e-6
    prior = np.array(list(PRIOR.values())) * spread
    scaled = figures / spread

    def loss(weights: Array) -> tuple[float, Array]:
        scores = np.where(is_match, scaled @ weights, -np.inf)
        everyone, right = (_softmax(np.where(mask, scores, -np.inf)) for mask in (is_match, is_right))
        likelihood = (right[1] - everyone[1]).mean()
        pull = ((right[0] - everyone[0])[..., None] * scaled).sum(axis=(0, 1)) / len(usable)
        away = weights - prior
        return -likelihood + RANKING_PENALTY * away @ away, -pull + 2 * RANKING_PENALTY * away

    found = minimize(loss, prior, jac=True, method="L-BFGS-B").x / spread
    return dict(zip(PRIOR, found.tolist(), strict=True))


def _softmax(scores: Array) -> tuple[Array, Array]:
    total = logsumexp(scores, axis=1)
    return np.exp(scores - total[:, None]), total


def learn_subject(asked: Sequence[AskedCase], weights: Sequence[float], model: str) -> Subject:
    """Return a linear model on question vectors that tells questions about companies from others."""
    vectors = np.array([one.vector for one in asked], dtype=np.float64)
    middle = vectors.mean(axis=0)
    found = LogisticRegression(C=SUBJECT_INVERSE_PENALTY, max_iter=3_000)
    is_business = [one.case.kind is not CaseKind.OUT_OF_SCOPE for one in asked]
    found.fit((vectors - middle) * _COSINE_STRETCH, is_business, sample_weight=np.array(weights))
    slopes = found.coef_[0] * _COSINE_STRETCH
    return Subject(model, slopes.tolist(), float(found.intercept_[0] - slopes @ middle))


def with_subject(
    asked: Sequence[AskedCase], weights: Sequence[float], groups: Sequence[str], model: str
) -> list[AskedCase]:
    """Return the questions with the subject score of a model that saw no question of their group."""
    scored = list(asked)
    for fitted_on, reported in GroupKFold(FOLDS).split(scored, groups=groups):
        subject = learn_subject([asked[at] for at in fitted_on], [weights[at] for at in fitted_on], model)
        for at in reported:
            about = {**asked[at].retrieved.question_evidence, "subject": subject.score(asked[at].vector, model)}
            scored[at] = replace(asked[at], retrieved=replace(asked[at].retrieved, question_evidence=about))
    return scored


def reordered(asked: Sequence[AskedCase], ranking: Mapping[str, float]) -> list[AskedCase]:
    """Return the questions with their matches in the order of other weights."""
    return [replace(one, retrieved=_reordered(one.retrieved, ranking)) for one in asked]


def _reordered(retrieved: Retrieved, ranking: Mapping[str, float]) -> Retrieved:
    scored = [replace(match, score=fused_score(match.evidence, ranking)) for match in retrieved.matches]
    scored.sort(key=lambda match: (-match.score, match.entry_id))
    kept = tuple(replace(match, rank=rank) for rank, match in enumerate(scored[:MATCH_LIMIT], start=1))
    return Retrieved(kept, retrieved.question_evidence)


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
    figures = [seen(one.retrieved) for one in asked]
    return np.array([list(one.values()) for one in figures]), list(figures[0])
