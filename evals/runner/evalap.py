"""Suites and runs as EvalAP takes them, the evaluation platform of the French State: https://github.com/etalab-ia/evalap.

A suite becomes the body of `POST /v1/dataset`, a run that of `POST /v1/experiment_set`: one experiment a suite, with
the answers that were given, which EvalAP judges by its own metrics. Read from its schemas of January 2026, which refuse
any field that they do not know. Nothing is sent.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from evals.runner.runs import CaseOutcome, Run
from evals.suites.cases import Case
from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.facts import whole_text

METRICS = ("judge_precision", "output_length")
"""What EvalAP computes unless told otherwise: whether the expected text is in the answer, and how long that is."""
MODEL_NAME = "Noa"
NO_ENTRY = "Aucune fiche validée ne répond à cette question ; la bonne réponse est de le dire."
TEXTS_SHOWN = 3  # retrieved entries given beside an answer, for EvalAP's metrics of context

Contents = Mapping[EntryId, EntryContent]


def dataset(suite: str, cases: Sequence[Case], contents: Contents) -> dict[str, object]:
    """Return a suite as a dataset; its rows keep the order of the cases.

    `output_true` is the text of the best expected entry. Where nothing answers, it says so.
    """
    rows = [
        {
            "query": case.question,
            "output_true": _expected(case, contents),
            "case": case.id,
            "kind": case.kind.value,
            "expected_entries": " ".join(case.expected_entries),
            "language": case.language,
            "region": case.region or "",
        }
        for case in cases
    ]
    return {
        "name": dataset_name(suite),
        "readme": f"Suite « {suite} » de Noa : {len(cases)} questions, avec le texte validé de la fiche attendue.",
        "default_metric": METRICS[0],
        "df": json.dumps(rows, ensure_ascii=False),
    }


def experiment_set(run: Run, contents: Contents, *, metrics: Collection[str], judge: str | None) -> dict[str, object]:
    """Return a run as a set of experiments over the datasets of its suites, which EvalAP must have first."""
    made = {name: run.settings.get(name) for name in ("made_at", "noa", "model", "reranker")}
    readme = "Réponses déjà données par Noa. " + ", ".join(f"{name} : {value}" for name, value in made.items() if value)
    return {
        "name": f"{MODEL_NAME} — {run.name}",
        "readme": readme,
        "experiments": [
            {
                "name": f"{MODEL_NAME} — {run.name} — {suite}",
                "readme": readme,
                "metrics": list(metrics),
                "dataset": dataset_name(suite),
                "model": _model(run.name, outcomes, contents),
                **({"judge_model": judge} if judge else {}),
            }
            for suite, outcomes in run.outcomes.items()
        ],
    }


def dataset_name(suite: str) -> str:
    """Return what EvalAP knows a suite by."""
    return f"noa-{suite}"


def write_run(run: Run, contents: Contents, folder: Path, *, metrics: Collection[str], judge: str | None) -> list[Path]:
    """Write the datasets of a run's suites, and the run; return the files in the order to post them."""
    datasets = {
        suite: dataset(suite, [one.case for one in outcomes], contents) for suite, outcomes in run.outcomes.items()
    }
    paths = [_write(folder / f"dataset-{suite}.json", told) for suite, told in datasets.items()]
    told = experiment_set(run, contents, metrics=metrics, judge=judge)
    return [*paths, _write(folder / "experiment-set.json", told)]


def write_suite(suite: str, cases: Sequence[Case], contents: Contents, folder: Path) -> list[Path]:
    """Write one suite as a dataset."""
    return [_write(folder / f"dataset-{suite}.json", dataset(suite, cases, contents))]


def _model(run: str, outcomes: Sequence[CaseOutcome], contents: Contents) -> dict[str, object]:
    return {
        "aliased_name": f"{MODEL_NAME} — {run}",
        "output": [one.actual_text for one in outcomes],
        "retrieval_context": [
            [whole_text(contents[match]) for match in one.actual_matches[:TEXTS_SHOWN] if match in contents]
            for one in outcomes
        ],
    }


def _expected(case: Case, contents: Contents) -> str:
    known = (one for one in case.expected_entries if one in contents)
    best = next(known, None)
    return whole_text(contents[best]) if best else NO_ENTRY


def _write(path: Path, told: Mapping[str, object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path
