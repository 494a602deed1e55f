"""What counts as hidden in a labelled text, worked out by hand, and how a file of them is read and measured."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from evals.commands import evaluation
from evals.runner.evaluate import read_gates
from evals.runner.personal_data import (
    HELD_OUT,
    SUITE,
    LabelledSpan,
    LabelledText,
    figures_of,
    hidden_in,
    masked_texts,
    missed,
    read_labelled_texts,
)
from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.domain.errors import InvalidKnowledge
from noa_rag.french.personal_data import MASKS

NAME, STREET = MASKS[Kind.NAME], MASKS[Kind.ADDRESS]


def a_text(text: str, *spans: tuple[str, Kind], lookalike: bool = False) -> LabelledText:
    """Return a text with these words of it labelled."""
    labelled = (LabelledSpan(text.index(words), text.index(words) + len(words), kind) for words, kind in spans)
    return LabelledText(text, tuple(labelled), lookalike)


def measured(case: LabelledText, masked: str) -> dict[str, tuple[float, int]]:
    figures_measured = figures_of(*masked_texts([case], lambda text: masked))
    return {figure.name: (figure.value, figure.count) for figure in figures_measured}


@pytest.mark.parametrize(
    ("masked", "hidden"),
    [
        (f"Mme {NAME} attend", 1.0),
        (f"Mme {NAME} Ly attend", 0.0),
        ("Mme Sophie Ly attend", 0.0),
    ],
)
def test_a_name_is_hidden_when_every_word_of_it_is(masked: str, hidden: float) -> None:
    shares = measured(a_text("Mme Sophie Ly attend", ("Sophie Ly", Kind.NAME)), masked)

    assert shares["name: hidden"] == shares["name with a title: hidden"] == (hidden, 1)


def test_of_an_address_the_street_counts_and_the_town_is_told_apart() -> None:
    case = a_text("au 12 rue Hugo, 69003 Lyon, oui", ("12 rue Hugo, 69003 Lyon", Kind.ADDRESS))

    shares = measured(case, f"au {STREET}, 69003 Lyon, oui")

    assert shares["address: hidden"] == (1.0, 1)
    assert shares["address: hidden with its town"] == (0.0, 1)
    assert measured(case, f"au 12 {STREET}, 69003 Lyon, oui")["address: hidden"] == (0.0, 1)


def test_a_look_alike_counts_when_it_comes_back_as_it_was() -> None:
    case = a_text("contrat Madame Pasta", lookalike=True)

    assert measured(case, "contrat Madame Pasta")["look-alikes unchanged"] == (1.0, 1)
    assert measured(case, f"contrat Madame {NAME}")["look-alikes unchanged"] == (0.0, 1)
    assert list(missed(masked_texts([case], lambda text: NAME)[0])) == [("look-alike", NAME)]


def test_positions_are_those_of_the_text_as_typed_though_masking_composes_characters() -> None:
    text = "e\u0301tat… Mme Ly"

    assert hidden_in(text, f"état... Mme {NAME}") == frozenset({text.index("L"), text.index("y")})


def test_figures_that_were_said_are_laid_beside_what_is_left_of_them() -> None:
    assert hidden_in("appelez zéro six ou deux", f"appelez {MASKS[Kind.PHONE]} ou 2") >= {8, 9, 10, 11}


def test_a_file_is_read_with_the_line_of_every_mistake(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text(
        '{"text": "Mme Ly", "spans": [{"start": 4, "end": 6, "kind": "name"}]}\n{"text": 3}\n'
        '{"text": "x", "spans": [{"start": 0, "end": 9, "kind": "name"}]}\n'
        '{"text": "x", "spans": [{"start": 0, "end": 1, "kind": "name"}], "lookalike": true}\n',
        encoding="utf-8",
    )

    with pytest.raises(InvalidKnowledge) as raised:
        read_labelled_texts(file)

    assert [(complaint.line, complaint.message[:7]) for complaint in raised.value.complaints] == [
        (2, "not a l"),
        (3, "a span "),
        (4, "a look-"),
    ]


@pytest.mark.slow
def test_the_command_prints_figures_and_no_text_and_keeps_every_gate() -> None:
    developed_on = HELD_OUT.with_name("dev.jsonl")

    result = CliRunner().invoke(evaluation, ["personal-data", str(developed_on)])

    assert result.exit_code == 0, result.output
    assert "look-alikes unchanged" in result.output
    texts = [text.text for text in read_labelled_texts(developed_on)]
    assert len(texts) == 6_920
    assert not [text for text in texts if text in result.output]


def test_every_gate_of_the_suite_names_a_figure_that_is_measured() -> None:
    names = {figure.name for figure in figures_of([], [0.0])}

    assert {gate.figure for gate in read_gates() if gate.suite == SUITE} <= names
