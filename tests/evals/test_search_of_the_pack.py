"""The search over the whole bundled base, with the embedded model."""

import pytest

from evals.suites.cases import SUITES, Case, read_suite
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryId
from noa_rag.domain.question import Language
from noa_rag.review.preview import WholeBase
from noa_rag.service.noa import Noa

pytestmark = pytest.mark.model

EVERY = 4  # one question in so many of the suite
FIRST = 5
# Most of what is shown for other matters holds the very word ("passeport", "permis de conduire"), as the base speaks of
# a hundred trades; without a threshold something is shown for all.
MISSED_AT_MOST = 0.1
SHOWN_FOR_OTHERS_AT_MOST = 0.45
OTHER_MATTERS = (
    "zzzz", "le ciel est bleu", "azerty", "recette de lasagnes", "quel temps fait-il demain", "blabla", "pokemon",
    "qui a gagné la coupe du monde", "lorem ipsum dolor", "je t'aime", "horaires piscine municipale",
    "symptômes grippe",
    "film netflix ce soir", "blague de toto", "comment perdre du ventre", "score psg om",
    "prénom bébé fille", "vélo électrique pas cher", "jouer aux échecs", "météo paris", "comment cuire un oeuf",
    "cours de guitare", "my cat is hungry", "football scores", "hggfd jkl",
)  # fmt: skip


def test_the_right_entry_of_frequent_questions_is_among_the_first_five_for_nine_in_ten(bundled_noa: Noa) -> None:
    cases = [case for case in read_suite(SUITES / "head.jsonl")[::EVERY] if case.expected_entries]

    missed = [case.question for case in cases if not found_first(bundled_noa, case) & set(case.expected_entries)]

    assert len(cases) >= 200 / EVERY
    assert len(missed) <= MISSED_AT_MOST * len(cases), missed


def found_first(noa: Noa, case: Case) -> set[EntryId]:
    language = Language.ENGLISH if case.language == "en" else None
    return {hit.version.id for hit in noa.search(case.question, region=None, language=language).hits[:FIRST]}


def test_for_other_matters_little_is_shown(bundled_noa: Noa) -> None:
    unanswered = [case.question for case in read_suite(SUITES / "head.jsonl")[::EVERY] if not case.expected_entries]
    others = [*unanswered, *OTHER_MATTERS]

    shown = [text for text in others if bundled_noa.search(text, region=None, language=None).hits]

    assert len(shown) <= SHOWN_FOR_OTHERS_AT_MOST * len(others), shown


@pytest.mark.parametrize("typed", ["zzzz", "le ciel est bleu", "azerty", "lorem ipsum dolor", "my cat is hungry"])
def test_nonsense_finds_nothing(bundled_noa: Noa, typed: str) -> None:
    assert bundled_noa.search(typed, region=None, language=None).hits == ()


@pytest.mark.parametrize(
    ("typed", "entry_id"),
    [
        ("kbi", "attestation-rne-kbis"),
        ("déposer une mar", "deposer-une-marque"),
        ("congé pat", "conge-paternite-salarie"),
    ],
)
def test_a_word_that_is_being_typed_finds_its_entry_on_the_way(bundled_noa: Noa, typed: str, entry_id: str) -> None:
    hits = bundled_noa.search(typed, region=None, language=None).hits

    assert entry_id in [hit.version.id for hit in hits[:3]]


def test_nothing_that_was_searched_for_is_recorded_or_kept(bundled_noa: Noa) -> None:
    before = bundled_noa.records.review.asked_since(None)
    count = len(bundled_noa.days._vectors)

    bundled_noa.search("une recherche que personne n'a jamais faite", region=None, language=None)

    assert bundled_noa.records.review.asked_since(None) == before
    assert len(bundled_noa.days._vectors) == count


def test_an_english_word_finds_the_entry_and_marks_what_it_shows(bundled_noa: Noa) -> None:
    (first, *_) = bundled_noa.search("register a trademark", region=None, language=Language.ENGLISH).hits
    quote = first.quote(Language.ENGLISH)

    assert first.version.id == "deposer-une-marque"
    assert {"register", "trademark"} <= {piece.text for piece in quote.question if piece.is_marked}
    assert (quote.question_language, quote.passage_language) == ("en", "en")


def test_whoever_looks_after_the_base_finds_regional_entries_beside_the_general_one(bundled_noa: Noa) -> None:
    _, every = bundled_noa.records.changed_since(-1)
    by_id = {version.id: version for version in every}
    whole = WholeBase(bundled_noa)

    hits = whole.search("aides région", among=by_id, day=today_in_paris()).hits
    regions = [by_id[hit.version.id].content.regions for hit in hits]

    assert len({region for region in regions if region}) > 1
    assert whole.search("aides région", among=(), day=today_in_paris()).hits == ()
