"""A family takes one place among the matches, and what is written for others is not searched."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from noa_rag.domain.entry import Audience, EntryId, EntryVersion
from noa_rag.retrieval.calibration import read_calibration
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.retriever import HybridRetriever
from tests.retrieval.retrieval_helpers import BASE, an_entry, an_index, asked


def a_variant(name: str, *regions: str, audiences: tuple[Audience, ...] = ()) -> EntryVersion:
    entry = an_entry(name, f"Quelles aides pour une entreprise ({name}) ?", "Demandez à la région.", regions=regions)
    return replace(entry, content=replace(entry.content, variant_of=EntryId("aides"), audiences=audiences))


GENERAL = an_entry("aides", "Quelles aides pour une entreprise ?", "Cherchez sur les bases publiques.")
VARIANTS = (
    a_variant("aides-bretagne", "FR-BRE"),
    a_variant("aides-normandie", "FR-NOR"),
    a_variant("aides-micro", audiences=(Audience.MICRO_ENTREPRENEUR,)),
)
MEMBERS = ("aides", "aides-bretagne", "aides-micro", "aides-normandie")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SearchIndex]:
    index = an_index(tmp_path, *BASE, GENERAL, *VARIANTS)
    yield index
    index.close()


@pytest.fixture
def retriever(index: SearchIndex) -> HybridRetriever:
    calibration = read_calibration()
    return HybridRetriever(index, calibration.ranking, calibration.subject)


def found(retriever: HybridRetriever, *, hidden: tuple[str, ...] = (), **of_question: object) -> list[str]:
    question = replace(asked("Quelles aides pour une entreprise ?"), **of_question)  # type: ignore[arg-type]
    matches = retriever.retrieve(question, hidden=[EntryId(entry_id) for entry_id in hidden]).matches
    return [match.entry_id for match in matches]


def test_whoever_is_unknown_finds_the_general_entry_alone(retriever: HybridRetriever) -> None:
    assert [entry_id for entry_id in found(retriever) if entry_id.startswith("aides")] == ["aides"]


def test_a_family_has_one_match_which_names_its_members(retriever: HybridRetriever) -> None:
    question = replace(asked("Quelles aides pour une entreprise (aides-bretagne) ?"), region="FR-29")

    matches = retriever.retrieve(question).matches

    assert [match.entry_id for match in matches if match.entry_id.startswith("aides")] == ["aides-bretagne"]
    assert matches[0].family == MEMBERS
    assert all(match.family == () for match in matches[1:])
    assert [match.rank for match in matches] == list(range(1, len(matches) + 1))


def test_a_variant_for_others_is_never_found(retriever: HybridRetriever) -> None:
    assert "aides-normandie" not in found(retriever, region="FR-BRE")
    assert "aides-micro" not in found(retriever, audience=Audience.PME)


def test_what_is_hidden_is_no_member(retriever: HybridRetriever) -> None:
    question = replace(asked("Quelles aides pour une entreprise ?"), region="FR-BRE")

    matches = retriever.retrieve(question, hidden=[EntryId("aides-bretagne")]).matches

    assert matches[0].family == ("aides", "aides-micro", "aides-normandie")


def test_a_variant_that_becomes_an_entry_of_its_own_is_found_beside_the_general_one(index: SearchIndex) -> None:
    alone = replace(VARIANTS[0], version=2, content=replace(VARIANTS[0].content, variant_of=None))
    trial = index.with_proposed([alone], day=None)
    calibration = read_calibration()

    matches = found(HybridRetriever(trial, calibration.ranking, calibration.subject))

    assert {"aides", "aides-bretagne"} <= set(matches)


def test_an_index_of_some_versions_knows_their_families(index: SearchIndex) -> None:
    other = index.holding(index.state, lambda _: ())

    assert other.snapshot.families.of(EntryId("aides-micro")) == MEMBERS
