"""The search over the whole bundled base, with the embedded model."""

import pytest

from evals.lab.benches.search import SearchFigures, search_figures
from evals.suites.cases import SUITES, read_suite
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.question import Language
from noa_rag.review.preview import WholeBase
from noa_rag.service.noa import Noa

pytestmark = pytest.mark.model

EVERY = 4  # one question in so many of the suite: `make search` asks them all, and fails at the same bounds


def test_the_right_entry_of_frequent_questions_is_among_the_first_five_for_nine_in_ten(bundled_noa: Noa) -> None:
    cases = read_suite(SUITES / "head.jsonl")[::EVERY]

    told = search_figures(bundled_noa, cases)

    assert told.asked_count >= 200 / EVERY
    assert told.others_count > 25
    assert not told.broken()


def test_a_search_that_misses_or_shows_too_much_breaks_its_bound() -> None:
    def broken(missed: int, shown: int) -> list[str]:
        return [one.partition(",")[0] for one in SearchFigures(["q"] * missed, 100, ["q"] * shown, 50, (), ()).broken()]

    assert broken(10, 20) == []
    assert broken(11, 20) == ["11 of 100 missed"]
    assert broken(10, 21) == ["something shown for 21 of 50 other matters"]


@pytest.mark.parametrize("typed", ["zzzz", "mon chat a faim", "azerty", "lorem ipsum dolor", "my cat is hungry"])
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
    kept = len(bundled_noa.days._vectors)

    bundled_noa.search("une recherche que personne n'a jamais faite", region=None, language=None)

    assert bundled_noa.records.review.asked_since(None) == before
    assert len(bundled_noa.days._vectors) == kept


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

    found = whole.search("aides région", among=by_id, day=today_in_paris()).hits
    regions = [by_id[hit.version.id].content.regions for hit in found]

    assert len({one for one in regions if one}) > 1
    assert whole.search("aides région", among=(), day=today_in_paris()).hits == ()
