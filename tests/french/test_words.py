"""Words, stems, the glossary and the speller: what lexical retrieval sees of a text."""

from pathlib import Path

import pytest

from noa_rag.domain.errors import InvalidKnowledge
from noa_rag.french.words import fold, stem, stems, words
from noa_rag.retrieval.spelling import Glossary, Speller, read_glossary

GLOSSARY_FILE = Path(__file__).parents[2] / "knowledge" / "glossary.yaml"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DÉPOSER", "deposer"),
        ("e\u0301te\u0301", "ete"),
        ("Œuvre ex æquo", "oeuvre ex aequo"),
        ("Straße ﬁnie", "strasse finie"),
        ("Ça, où ?", "ca, ou ?"),
        ("²", "2"),
    ],
)
def test_folding_removes_case_accents_and_ligatures(text: str, expected: str) -> None:
    assert fold(text) == expected


def test_words_are_those_that_carry_meaning_in_order() -> None:
    assert words("Comment puis-je déposer la marque « L'Étoile » en 2026 ?") == ["deposer", "marque", "etoile", "2026"]


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("embaucher des salariés", "embauche d'un salarié"),
        ("DECLARER LES COTISATIONS", "déclarer une cotisation"),
        ("marques", "marque"),
    ],
)
def test_inflections_share_their_stems(word: str, other: str) -> None:
    assert stems(word) == stems(other)


def a_glossary() -> Glossary:
    return Glossary([["micro-entrepreneur", "auto-entrepreneur"], ["SMIC", "salaire minimum"]])


def test_the_glossary_adds_the_stems_of_the_other_terms_of_a_group() -> None:
    assert a_glossary().expansion("le montant du smic") == sorted(stems("salaire minimum"))


def test_the_glossary_leaves_out_what_the_question_says_itself() -> None:
    added = a_glossary().expansion("le salaire minimum")

    assert added == [stem("smic")]


@pytest.mark.parametrize("text", ["AUTO-ENTREPRENEUR", "auto entrepreneurs", "autó-entrepreneur ?"])
def test_the_glossary_knows_a_term_without_case_accents_hyphens_and_in_the_plural(text: str) -> None:
    assert stem("micro") in a_glossary().expansion(text)


@pytest.mark.parametrize("text", ["smicard", "salaire du minimum", "marque", ""])
def test_the_glossary_adds_nothing_for_other_words(text: str) -> None:
    assert a_glossary().expansion(text) == []


@pytest.mark.parametrize("text", ["a: [", "just words", "a: b", "- word", "- [a, 1]", "- [[a]]", ""])
def test_a_malformed_glossary_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "glossary.yaml"
    path.write_text(text)

    with pytest.raises(InvalidKnowledge, match=r"glossary\.yaml"):
        read_glossary(path)


COUNTS = {"marque": 5, "marche": 2, "salarie": 4, "entreprise": 9, "declaration": 3, "taxe": 1, "taxi": 8, "2026": 1}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("marqe", "marque"),  # an omission
        ("marqque", "marque"),  # an insertion
        ("mraque", "marque"),  # a swap counts as one slip
        ("narque", "marque"),  # a wrong letter
        ("entrprse", "entreprise"),  # eight letters and more: two slips
        ("declarassion", "declaration"),
        ("deklarassion", "deklarassion"),  # three slips are too many
        ("salrei", "salrei"),  # two slips are too many under eight letters
        ("taxo", "taxi"),  # one slip from both: the word of more texts
        ("txa", "txa"),  # too short to be corrected
        ("marque", "marque"),
        ("2025", "2025"),  # another year is another question
        ("cerfa2026", "cerfa2026"),
        ("quelconque", "quelconque"),
    ],
)
def test_a_misspelt_word_becomes_the_nearest_known_one(typed: str, expected: str) -> None:
    assert Speller(COUNTS).corrected(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("declar", "declaration"),
        ("exo", "exoneration"),  # "exonerer" is a form of it
        ("indep", "independant"),  # though "index" is one letter away
        ("mar", "mar"),  # several words begin so
        ("ex", "ex"),
        ("photo", "photo"),  # a word of French, not "photographe"
    ],
)
def test_a_clipped_word_becomes_the_one_that_begins_so(typed: str, expected: str) -> None:
    counts = {"exoneration": 6, "exonerer": 3, "independant": 7, "independance": 1, "index": 2, "photographe": 2}

    assert Speller(COUNTS | counts).corrected(typed) == expected
