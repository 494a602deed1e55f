"""`noa ask`: one question, and files of them with good and bad lines."""

import json
from pathlib import Path
from typing import Any

import pytest

from noa_rag.domain.entry import Urgency
from noa_rag.knowledge.pack import Pack, write_pack
from tests.factories import a_theme, an_agency, an_entry_content

Command = Any
pytestmark = pytest.mark.usefixtures("fake_model")


@pytest.fixture
def noa(noa: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`noa` over a base that one entry fills."""
    entries = (("deposer-une-marque", an_entry_content()),)
    write_pack(Pack((an_agency(),), (a_theme(),), entries), tmp_path / "pack")  # type: ignore[arg-type]
    monkeypatch.setenv("NOA_KNOWLEDGE", str(tmp_path / "pack"))
    return noa


def ask_lines(noa: Command, tmp_path: Path, *lines: str | bytes) -> tuple[int, list[dict[str, Any]], str]:
    content = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    (tmp_path / "in.jsonl").write_bytes(content)
    outcome = noa("ask", "--batch", tmp_path / "in.jsonl", "--out", tmp_path / "out.jsonl")
    written = (tmp_path / "out.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    return outcome.status, [json.loads(line) for line in written], outcome.out


def test_an_answer_as_json_has_the_fields_of_the_api(noa: Command) -> None:
    outcome = noa("ask", "comment déposer une marque ?", "--json")

    answer = json.loads(outcome.out)
    assert outcome.status == 0
    assert answer["status"] in {"answered", "clarification", "abstained"}
    assert {"entry", "text", "confidence", "question_id", "conversation_id", "contact", "choices"} <= answer.keys()


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("", "Écrivez votre question en quelques mots"),
        ("   \n\t", "Écrivez votre question en quelques mots"),
        ("?!…", "Écrivez votre question en quelques mots"),
        ("a" * 10_000, "10000 caractères ; Noa en lit 1000 au plus"),
        ("marque\x07", "des caractères qui ne sont pas du texte"),
        ("marque \udcff\udcfe", "des caractères qui ne sont pas du texte"),
    ],
)
def test_what_is_no_question_is_refused_in_words(noa: Command, question: str, words: str) -> None:
    outcome = noa("ask", question)

    assert (outcome.status, outcome.out) == (1, "")
    assert words in outcome.err


def test_every_line_gets_one_line_with_its_id(noa: Command, tmp_path: Path) -> None:
    status, rows, said = ask_lines(
        noa,
        tmp_path,
        json.dumps({"id": "a", "question": "comment déposer une marque ?", "region": "FR-IDF", "lang": "fr"}),
        json.dumps({"id": 7, "question": "comment déposer une marque ?", "as_of": None}),
        json.dumps({"question": "comment déposer une marque ?"}),
    )

    assert status == 0
    assert [row.get("id") for row in rows] == ["a", 7, None]
    assert all(row["status"] for row in rows)
    assert said == f"3 answers in {tmp_path}/out.jsonl\n"


def test_bad_lines_are_told_with_their_number_and_the_others_answered(noa: Command, tmp_path: Path) -> None:
    good = json.dumps({"id": "good", "question": "comment déposer une marque ?"})

    status, rows, said = ask_lines(
        noa,
        tmp_path,
        good,
        "",
        "{not json",
        '{"id": "list", "question": ["a"]}',
        '{"id": "none"}',
        '{"id": "empty", "question": "  "}',
        json.dumps({"id": "long", "question": "a" * 10_000}),
        '{"id": "control", "question": "a\\u0000b"}',
        '{"id": "region", "question": "a", "region": "FR-XYZ"}',
        '{"id": "number", "question": "a", "region": 75}',
        '{"id": "day", "question": "a", "as_of": "hier"}',
        '{"id": "field", "question": "a", "regoin": "FR-IDF"}',
        "[" * 100_000,
        "[]",
        good,
    )

    assert status == 1
    assert [row["line"] for row in rows if "error" in row] == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]
    assert [row.get("id") for row in rows] == [
        "good", None, "list", "none", "empty", "long", "control", "region", "number", "day", "field",
        None, None, "good",
    ]  # fmt: skip
    errors = {row.get("id"): row["error"] for row in rows if "error" in row}
    assert errors["list"] == 'The line is not a JSON object with a "question".'
    assert errors["region"] == "'FR-XYZ' is not the code of a French region."
    assert errors["number"] == "`region` must be text."
    assert errors["field"] == "Unknown fields: regoin."
    assert said == f"2 answers in {tmp_path}/out.jsonl, 12 lines could not be asked\n"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("absent.jsonl", None, "No such file"), ("in.jsonl", b"\xff\xfe{}", "not UTF-8 text"), (".", None, "directory")],
)
def test_a_batch_that_cannot_be_read_is_told(
    noa: Command, tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    outcome = noa("ask", "--batch", tmp_path / name, "--out", tmp_path / "out.jsonl")

    assert outcome.status == 1
    assert words in outcome.err
    assert not (tmp_path / "out.jsonl").exists()
    assert not (tmp_path / "data").exists()


def test_a_batch_goes_to_standard_output_and_its_options_hold_for_lines_without(noa: Command, tmp_path: Path) -> None:
    lines = ['{"id": 1, "question": "comment déposer une marque ?"}', '{"id": 2, "question": "a", "lang": "fr"}', "{"]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))

    outcome = noa("ask", "--batch", tmp_path / "in.jsonl", "--lang", "en")
    wrong = noa("ask", "--batch", tmp_path / "in.jsonl", "--lang", "de")

    rows = [json.loads(line) for line in outcome.out.splitlines()]
    assert [(row.get("id"), row.get("language")) for row in rows] == [(1, "en"), (2, "fr"), (None, None)]
    assert outcome.err.splitlines()[-1] == "2 answers, 1 lines could not be asked"
    assert (outcome.status, wrong.status, wrong.out) == (1, 1, "")


def test_a_conversation_goes_on_from_an_earlier_answer(noa: Command) -> None:
    first = json.loads(noa("ask", "comment déposer une marque ?", "--json").out)

    second = json.loads(noa("ask", "et pour une SAS ?", "--conversation", first["conversation_id"], "--json").out)

    assert second["conversation_id"] == first["conversation_id"]
    assert second["understood_as"] == "comment déposer une marque ? et pour une SAS ?"


def test_lines_with_one_label_are_one_conversation(noa: Command, tmp_path: Path) -> None:
    lines = [
        json.dumps({"question": question, "conversation_id": label})
        for question, label in [
            ("comment déposer une marque ?", "a"),
            ("et pour une SAS ?", "a"),
            ("et pour une SAS ?", "b"),
        ]
    ]

    _, (first, second, third), _ = ask_lines(noa, tmp_path, *lines)

    assert first["conversation_id"] == second["conversation_id"] != third["conversation_id"]
    assert len(first["conversation_id"]) == 32
    assert (second["understood_as"] is None, third["understood_as"]) == (False, None)


def test_a_recorded_answer_is_printed_again_byte_for_byte(noa: Command) -> None:
    first = noa("ask", "comment déposer une marque ?", "--json").out
    question_id = json.loads(first)["question_id"]

    assert noa("ask", "--again", question_id, "--json").out == first
    assert json.loads(first)["text"] in noa("ask", "--again", question_id).out
    assert noa("ask", "--again", "0" * 32).status == 1
    assert noa("ask", "une question", "--again", question_id).status == 2


def test_assisted_mode_without_a_model_says_so_and_answers_strictly(noa: Command) -> None:
    outcome = noa("ask", "comment déposer une marque ?", "--mode", "assisted", "--json")

    assert outcome.status == 0
    assert "NOA_LLM" in outcome.err
    assert json.loads(outcome.out)["mode"] == "strict"


def test_whoever_cannot_go_on_reads_first_that_nobody_reads_it_here(
    noa: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    help_content = an_entry_content(question="Je n'en peux plus, qui m'écoute ?", urgent=Urgency.FIRST)
    pack = Pack((an_agency(),), (a_theme(),), (("aide", help_content),))  # type: ignore[arg-type]
    write_pack(pack, tmp_path / "help")
    monkeypatch.setenv("NOA_KNOWLEDGE", str(tmp_path / "help"))

    printed = noa("ask", "je veux mourir").out

    assert printed.startswith("Noa est un service automatique : personne ne lit votre message")
    assert "Plusieurs réponses" not in printed
    assert "Je n'en peux plus, qui m'écoute ?" in printed
