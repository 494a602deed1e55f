"""Searching the entries: only what may be shown, nothing recorded, what is not about the words left out."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from noa_rag.answering.search import Found, search_entries
from noa_rag.domain.entry import EntryId, EntryStatus, Section, Urgency, ValidityWindow
from noa_rag.domain.errors import InvalidQuestion, InvalidRequest
from noa_rag.domain.question import Language
from noa_rag.retrieval.calibration import read_calibration
from noa_rag.retrieval.embedding import VectorCache
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.retriever import HybridRetriever
from noa_rag.retrieval.spelling import Glossary
from tests.factories import a_new_version
from tests.fakes import FakeEmbedder, FakeEntryReader

DAY = date(2026, 11, 24)
BEFORE = ValidityWindow(None, DAY - timedelta(days=1))


class Base:
    """Entries in memory with an index over all that is approved, so that it lags behind validity windows."""

    def __init__(self, folder: Path) -> None:
        self.entries = FakeEntryReader()
        self.index = SearchIndex(FakeEmbedder(), VectorCache(folder / "v.db", FakeEmbedder.dimension), Glossary())

    def add(self, entry_id: str, question: str, answer: str = "Une réponse.", **content: Any) -> None:
        self.entries.add_versions([a_new_version(entry_id, question=question, answer=answer, **content)])
        self.index.refresh(self.entries.changed_since)

    def search(
        self,
        typed: str,
        *,
        region: str | None = None,
        hidden: frozenset[EntryId] = frozenset(),
        urgent: tuple[EntryId, ...] = (),
    ) -> Found:
        calibration = read_calibration()
        retriever = HybridRetriever(self.index, calibration.ranking, calibration.subject, limit=100)
        return search_entries(
            typed,
            retriever=retriever,
            entries=self.entries,
            day=DAY,
            region=region,
            hidden=hidden,
            urgent=lambda: urgent,
        )

    def ids(self, typed: str, **options: Any) -> list[str]:
        return [hit.version.id for hit in self.search(typed, **options).hits]


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Base]:
    base = Base(tmp_path)
    yield base
    base.index.close()


def test_finds_entries_by_words_of_their_questions_and_texts(base: Base) -> None:
    base.add("marque", "Comment déposer une marque ?")
    base.add("brevet", "Comment protéger une invention ?", "Un brevet, et non une marque, protège une invention.")
    base.add("salarie", "Comment embaucher un salarié ?")

    assert set(base.ids("les marques")) == {"marque", "brevet"}
    assert base.ids("zzzz") == []
    assert base.ids("salariés brevetés zzzz qqqq") == []


def test_only_what_may_be_shown_that_day_is_found(base: Base) -> None:
    base.add("marque", "Comment déposer une marque ?")
    base.add("expiree", "Comment renouveler une marque ?", window=BEFORE)
    base.add("a-venir", "Comment céder une marque ?", window=ValidityWindow(DAY + timedelta(days=1), None))
    base.add("retiree", "Comment retirer une marque ?", status=EntryStatus.WITHDRAWN)

    assert base.ids("marque") == ["marque"]


def test_what_was_withdrawn_a_moment_ago_is_not_found_though_the_index_has_it(base: Base) -> None:
    base.add("marque", "Comment déposer une marque ?")
    base.entries.withdraw(EntryId("marque"), author="a", note="", at=a_new_version("x").approved_at)

    assert base.ids("marque") == []


def test_a_region_leaves_out_other_regions_and_puts_its_own_variant_in_the_place_of_the_general_entry(
    base: Base,
) -> None:
    base.add("aides", "Quelles aides régionales ?")
    base.add("aides-bre", "Quelles aides régionales en Bretagne ?", regions=("FR-BRE",), variant_of=EntryId("aides"))
    base.add("aides-idf", "Quelles aides à Paris ?", regions=("FR-IDF",))

    assert base.ids("aides régionales") == ["aides"]
    assert base.ids("aides régionales", region="FR-BRE") == ["aides-bre"]
    assert base.ids("aides régionales Bretagne") == ["aides-bre"]
    assert set(base.ids("aides", region="FR-IDF")) == {"aides", "aides-idf"}
    with pytest.raises(InvalidRequest):
        base.search("aides", region="FR-XX")


@pytest.mark.parametrize("typed", ["", "a", "tv", " t.v ", "??", "1,2"])
def test_too_little_is_not_searched_for(base: Base, typed: str) -> None:
    base.add("tva", "Qu'est-ce que la TVA ?")

    assert base.search(typed) == Found(is_too_short=True)


@pytest.mark.parametrize("typed", ["marque\x01", "marque " * 200])
def test_what_is_no_text_or_too_long_is_refused(base: Base, typed: str) -> None:
    with pytest.raises(InvalidQuestion):
        base.search(typed)


def test_the_passage_is_of_the_section_that_holds_the_words(base: Base) -> None:
    sections = (Section("a", "Prix", "Le tarif est de 190 €."), Section("b", "Durée", "La protection dure dix ans."))
    base.add("marque", "Comment déposer une marque ?", "Le dépôt se fait en ligne.", sections=sections)

    (hit,) = base.search("protection").hits
    quote = hit.quote(Language.FRENCH)

    assert "".join(piece.text for piece in quote.passage) == "La protection dure dix ans."
    assert [piece.text for piece in quote.passage if piece.is_marked] == ["protection"]
    assert (quote.question_language, quote.passage_language) == ("fr", "fr")


def test_an_english_page_shows_the_english_question_and_the_french_text(base: Base) -> None:
    base.add("marque", "Comment déposer une marque ?", question_en="How do I register a trademark?")

    (hit,) = base.search("trademark").hits
    quote = hit.quote(Language.ENGLISH)

    assert [piece.text for piece in quote.question if piece.is_marked] == ["trademark"]
    assert (quote.question_language, quote.passage_language) == ("en", "fr")


def test_whoever_cannot_go_on_finds_the_help_first_and_no_entry_twice(base: Base) -> None:
    base.add("aide", "Je n'en peux plus, qui m'écoute ?", urgent=Urgency.FIRST)
    base.add("soutien", "À qui parler de ma fatigue ?", urgent=Urgency.BESIDE)
    base.add("dettes", "Mes dettes sont trop lourdes, que faire ?")
    urgent = (EntryId("aide"), EntryId("soutien"))

    results = base.search("je veux mourir, mes dettes", urgent=urgent)

    assert results.is_distress
    assert [hit.version.id for hit in results.hits] == ["aide", "soutien", "dettes"]
    assert not base.search("mes dettes", urgent=urgent).is_distress


def test_without_an_entry_to_show_first_a_search_is_a_search(base: Base) -> None:
    base.add("soutien", "À qui parler quand on veut mourir ?", urgent=Urgency.BESIDE)

    assert not base.search("je veux mourir", urgent=(EntryId("soutien"),)).is_distress
    assert not base.search("je veux mourir").is_distress
