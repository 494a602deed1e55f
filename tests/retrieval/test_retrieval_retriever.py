"""Hybrid retrieval over a small base: what is found, in what order, with what evidence."""

from pathlib import Path

import numpy as np
import pytest

from noa_rag.domain.entry import EntryId, Section
from noa_rag.retrieval.calibration import Subject
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.retriever import HybridRetriever
from noa_rag.retrieval.spelling import Glossary
from tests.retrieval.retrieval_helpers import (
    BASE,
    HashingEmbedder,
    an_entry,
    an_index,
    asked,
)

RANKING = {"whole": 1.0, "dense_question": 1.0, "covered": 1.0}
UNDECIDED = Subject("another model", (), 0.0)
SECTIONED = an_entry(
    "tva", "Comment fonctionne la TVA ?", "La TVA est un impôt sur la consommation.",
    sections=(Section("seuils", "Franchise", "Sous un plafond, aucune facturation."),
              Section("declarer", "Déclaration", "La télédéclaration est mensuelle ou trimestrielle.")),
)  # fmt: skip


def a_retriever(index: SearchIndex, *, limit: int = 10) -> HybridRetriever:
    return HybridRetriever(index, RANKING, UNDECIDED, limit=limit)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    glossary = Glossary([["embaucher", "recruter"]])
    return an_index(tmp_path_factory.mktemp("index"), *BASE, SECTIONED, glossary=glossary)


def first(index: SearchIndex, text: str) -> str:
    return a_retriever(index).retrieve(asked(text)).matches[0].entry_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Comment déposer une marque ?", "marque"),
        ("je veux embaucher un salarié", "salarie"),
        ("licence de restauration", "restaurant"),
        ("DEPOSER UNE MARQUE", "marque"),
        ("deposer une marque a l inpi", "marque"),  # accents and apostrophe missing
        ("embauche salarie", "salarie"),
        ("déposer une marqe", "marque"),  # an omission
        ("ouvrir un restuarant", "restaurant"),  # a swap
        ("recruter quelqu'un", "salarie"),  # only the glossary knows the word
    ],
)
def test_finds_the_entry_that_answers(index: SearchIndex, text: str, expected: str) -> None:
    assert first(index, text) == expected


def test_matches_are_ranked_from_one_with_falling_scores(index: SearchIndex) -> None:
    matches = a_retriever(index).retrieve(asked("déposer une marque ou ouvrir un restaurant")).matches

    assert [match.rank for match in matches] == list(range(1, len(matches) + 1))
    assert [match.score for match in matches] == sorted((match.score for match in matches), reverse=True)
    assert len({match.entry_id for match in matches}) == len(matches)


def test_each_score_is_the_weighted_sum_of_the_evidence_kept_beside_it(index: SearchIndex) -> None:
    for match in a_retriever(index).retrieve(asked("déposer une marque")).matches:
        assert match.score == pytest.approx(sum(weight * match.evidence[name] for name, weight in RANKING.items()))


def test_the_evidence_of_a_retriever_is_the_cosine_of_question_and_text(index: SearchIndex) -> None:
    question, title = HashingEmbedder().embed_queries(["déposer une marque", BASE[0].content.question])

    match = a_retriever(index).retrieve(asked("déposer une marque")).matches[0]

    assert match.evidence["dense_question"] == pytest.approx(float(question @ title), abs=1e-5)
    assert match.evidence["covered"] == pytest.approx(1.0)


def test_hidden_entries_are_treated_as_if_they_did_not_exist(index: SearchIndex) -> None:
    retrieved = a_retriever(index).retrieve(asked("déposer une marque"), hidden=[EntryId("marque")])

    assert "marque" not in {match.entry_id for match in retrieved.matches}
    assert retrieved.matches[0].rank == 1


def test_entries_behind_many_hidden_ones_are_found_as_near(tmp_path: Path) -> None:
    crowd = [an_entry(f"marque-{n}", f"Comment déposer une marque numéro {n} ?", "À l'INPI.") for n in range(70)]
    index = an_index(tmp_path, *BASE, *crowd)

    matches = a_retriever(index).retrieve(asked("déposer une marque"), hidden={entry.id for entry in crowd}).matches

    assert matches[0].entry_id == "marque"
    assert {match.entry_id for match in matches} == {entry.id for entry in BASE}


@pytest.mark.parametrize(
    ("text", "section_key"),
    [
        ("plafond de franchise de TVA sans facturation", "seuils"),
        ("télédéclaration de TVA mensuelle ou trimestrielle", "declarer"),
        ("la TVA est-elle un impôt sur la consommation ?", None),
    ],
)
def test_names_the_section_that_answers(index: SearchIndex, text: str, section_key: str | None) -> None:
    match = a_retriever(index).retrieve(asked(text)).matches[0]

    assert (match.entry_id, match.section_key) == ("tva", section_key)


@pytest.mark.parametrize("text", ["astronaute", "quel est le sens de la vie", "?", "comment faire", "日本語"])
def test_an_unknown_subject_is_no_error(index: SearchIndex, text: str) -> None:
    retrieved = a_retriever(index).retrieve(asked(text))

    assert all(np.isfinite(match.score) for match in retrieved.matches)


def test_words_that_the_base_does_not_know_are_told_apart(index: SearchIndex) -> None:
    shares = [
        a_retriever(index).retrieve(asked(text)).question_evidence["unknown_share"]
        for text in ("déposer une marque", "marque astronaute", "astronaute", "comment ?")
    ]

    assert shares[0] == 0.0
    assert 0.5 < shares[1] < 1.0  # an unknown word is rarer than a known one
    assert shares[2:] == [1.0, 1.0]


@pytest.mark.parametrize("typed", ["comment deposer une MARQUE", "Comment déposer une marque"])
def test_an_entry_comes_first_for_its_very_question(index: SearchIndex, typed: str) -> None:
    matches = HybridRetriever(index, {"whole": -1.0}, UNDECIDED).retrieve(asked(typed)).matches

    assert matches[0].entry_id == "marque"
    assert [match.evidence["is_own_question"] for match in matches] == [1.0, *(0.0 for _ in matches[1:])]


def test_an_entry_that_is_hidden_is_not_found_for_its_very_question(index: SearchIndex) -> None:
    retrieved = a_retriever(index).retrieve(asked("Comment déposer une marque"), hidden={EntryId("marque")})

    assert "marque" not in {match.entry_id for match in retrieved.matches}
