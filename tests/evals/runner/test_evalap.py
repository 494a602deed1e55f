"""Suites and runs for EvalAP, held against the fields that its schemas allow."""

import json
from pathlib import Path

import pytest

from evals.runner.evalap import NO_ENTRY, dataset, experiment_set, write_run
from evals.runner.runs import read_run
from evals.suites.cases import CaseKind
from noa_rag.domain.entry import Section
from tests.evals.run_factory import BREVET, MARQUE, a_case, a_refusal, a_run_folder, an_answer_with
from tests.factories import an_entry_content

# Of etalab-ia/evalap 582b49d1 (16 January 2026), evalap/api/schemas.py: DatasetCreate, ExperimentSetCreate,
# ExperimentCreate, ModelRaw. All of them refuse other fields (`extra="forbid"`).
DATASET = {"name", "readme", "default_metric", "columns_map", "compliance", "df"}
EXPERIMENT_SET = {"name", "readme", "experiments", "cv"}
EXPERIMENT = {
    "name", "readme", "experiment_set_id", "judge_model", "with_vision", "sample", "metrics", "dataset", "model",
}  # fmt: skip
MODEL = {
    "output", "aliased_name", "name", "base_url", "system_prompt", "prelude_prompt", "sampling_params",
    "extra_params", "execution_time", "nb_tokens_prompt", "nb_tokens_completion", "nb_tool_calls", "context",
    "retrieval_context", "think",
}  # fmt: skip
CONTENTS = {
    MARQUE: an_entry_content(answer="En ligne.", sections=(Section("cout", "Coût", "190 €."),)),
    BREVET: an_entry_content(answer="Auprès de l'INPI."),
}


def test_a_suite_is_a_dataset_whose_rows_hold_question_and_expected_text() -> None:
    cases = [a_case("a"), a_case("b", CaseKind.OUT_OF_SCOPE, question="Quel temps fera-t-il ?", region="FR-IDF")]

    told = dataset("answering", cases, CONTENTS)

    assert told.keys() <= DATASET
    assert {"name", "readme", "default_metric", "df"} <= told.keys()
    assert told["name"] == "noa-answering"
    rows = json.loads(str(told["df"]))
    assert [row["query"] for row in rows] == ["Comment déposer une marque ?", "Quel temps fera-t-il ?"]
    assert [row["output_true"] for row in rows] == ["En ligne.\n\n190 €.", NO_ENTRY]
    assert rows[1]["region"] == "FR-IDF"
    assert {tuple(row) for row in rows} == {tuple(rows[0])}  # the columns of every row


def test_a_run_is_a_set_of_experiments_with_one_answer_a_row(tmp_path: Path) -> None:
    outcomes = [an_answer_with(MARQUE), a_refusal(a_case("b"))]
    run = read_run(a_run_folder(tmp_path / "today", answering=outcomes))

    told = experiment_set(run, CONTENTS, metrics=["judge_precision"], judge="gpt-4.1")

    assert told.keys() <= EXPERIMENT_SET
    (experiment,) = told["experiments"]  # type: ignore[misc]
    assert experiment.keys() <= EXPERIMENT
    assert (experiment["dataset"], experiment["judge_model"]) == ("noa-answering", "gpt-4.1")
    model = experiment["model"]
    assert model.keys() <= MODEL
    assert model["output"] == ["Le texte de marque.", "Noa n'a pas de réponse validée."]
    assert model["retrieval_context"] == [["En ligne.\n\n190 €."], ["Auprès de l'INPI.", "En ligne.\n\n190 €."]]


def test_files_are_named_in_the_order_to_post_them(tmp_path: Path) -> None:
    run = read_run(a_run_folder(tmp_path / "today", head=[a_refusal()], answering=[a_refusal()]))

    written = write_run(run, CONTENTS, tmp_path / "out", metrics=["output_length"], judge=None)

    assert [path.name for path in written] == ["dataset-answering.json", "dataset-head.json", "experiment-set.json"]
    told = json.loads(written[-1].read_text(encoding="utf-8"))
    assert all("judge_model" not in one for one in told["experiments"])


def test_an_entry_that_the_base_lacks_is_no_expected_text() -> None:
    (row,) = json.loads(str(dataset("head", [a_case()], {})["df"]))

    assert row["output_true"] == NO_ENTRY


@pytest.mark.parametrize("kind", [CaseKind.NEAR_MISS, CaseKind.OUT_OF_SCOPE])
def test_what_must_be_refused_expects_that_noa_says_so(kind: CaseKind) -> None:
    (row,) = json.loads(str(dataset("head", [a_case(kind=kind)], CONTENTS)["df"]))

    assert (row["output_true"], row["kind"]) == (NO_ENTRY, kind.value)
