"""The searched texts in a real Chroma server: in step, with what `where` filters on, and put back when lost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import chromadb
import pytest

from noa_rag.domain.entry import EntryId, ValidityWindow
from noa_rag.domain.errors import StaleIndex
from noa_rag.retrieval import index as search_index
from noa_rag.retrieval.chroma import ChromaIndex, collection_name
from noa_rag.retrieval.embedding import VectorCache
from noa_rag.retrieval.index import SearchIndex, compared
from noa_rag.retrieval.spelling import Glossary
from tests.machines import ChromaServer, chroma_server
from tests.retrieval.retrieval_helpers import BASE, ABase, HashingEmbedder, an_entry

YEAR = ValidityWindow(date(2026, 1, 1), date(2026, 12, 31))
OF_A_REGION = an_entry("foire", "Comment déposer un stand à la foire ?", "À la mairie.", regions=("FR-BRE", "FR-NOR"))
OF_A_YEAR = replace(OF_A_REGION, id=EntryId("an"), content=replace(OF_A_REGION.content, regions=(), window=YEAR))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with chroma_server(tmp_path_factory.mktemp("chroma") / "server") as server:
        yield server


@pytest.fixture
def base() -> ABase:
    return ABase(*BASE, OF_A_REGION, OF_A_YEAR)


@pytest.fixture
def index(server: ChromaServer, base: ABase, tmp_path: Path) -> Iterator[SearchIndex]:
    """An index whose texts are in a collection of the test's own."""
    embedder = HashingEmbedder(f"model-of-{tmp_path}")
    index = SearchIndex(
        embedder, VectorCache(tmp_path / "vectors.db", embedder.dimension), Glossary(), chroma_url=server.url
    )
    index.refresh(base.changed_since)
    stored_in(index).keep_in_step()
    yield index
    index.close()


def stored_in(index: SearchIndex) -> ChromaIndex:
    assert index.stored is not None
    return index.stored


def collection_of(index: SearchIndex) -> Any:
    with stored_in(index)._connected() as collection:
        return collection


def test_texts_are_kept_with_what_their_entry_says_of_itself(index: SearchIndex) -> None:
    held = collection_of(index).get(include=["documents", "metadatas"])
    rows = dict(zip(held["ids"], zip(held["documents"], held["metadatas"], strict=True), strict=True))

    assert set(rows) == {text.id for text in index.snapshot.texts}
    document, about = rows["foire:1:0"]
    assert document == "Comment déposer un stand à la foire ?"
    columns = ("entry_id", "version", "kind", "regions", "valid_from", "valid_until")
    assert [about[name] for name in columns] == ["foire", 1, "question", "FR-BRE FR-NOR", 0, 99991231]
    assert [rows["an:1:1"][1][name] for name in columns] == ["an", 1, "passage", "", 20260101, 20261231]


def test_whoever_asks_chroma_itself_may_filter(index: SearchIndex, server: ChromaServer) -> None:
    host, _, port = server.url.rpartition("//")[2].partition(":")
    client = chromadb.HttpClient(host, int(port))
    collection = client.get_collection(collection_name(index.embedder.fingerprint, index.embedder.dimension))
    day = {"$and": [{"valid_from": {"$lte": 20270101}}, {"valid_until": {"$gte": 20270101}}]}

    assert "an" not in {row["entry_id"] for row in collection.get(where=day)["metadatas"] or ()}
    assert {row["entry_id"] for row in collection.get(where={"regions": "FR-BRE FR-NOR"})["metadatas"] or ()} == {
        "foire"
    }


@pytest.mark.parametrize("hidden", [set(), {"marque"}, {"marque", "foire", "an"}])
def test_chroma_finds_what_comparing_finds_and_is_asked_for_large_bases(
    index: SearchIndex, hidden: set[EntryId], monkeypatch: pytest.MonkeyPatch
) -> None:
    vector = index.embedder.embed_queries(["déposer une marque"])[0]
    expected = compared(index.snapshot, vector, 4, hidden)
    calls: list[int] = []
    nearest = stored_in(index).nearest

    def noting(*arguments: Any) -> list[EntryId] | None:
        calls.append(1)
        return nearest(*arguments)

    monkeypatch.setattr(stored_in(index), "nearest", noting)
    assert index.nearest(index.snapshot, vector, 4, hidden) == expected
    assert calls == []

    monkeypatch.setattr(search_index, "COMPARED_UP_TO", 3)
    assert index.nearest(index.snapshot, vector, 4, hidden) == expected
    assert calls == [1]


def test_what_changed_is_added_and_what_is_gone_is_deleted(index: SearchIndex, base: ABase) -> None:
    base.withdraw(BASE[0])
    base.put(an_entry("salarie", "Comment recruter ?", "Par une annonce.", version=2))
    index.refresh(base.changed_since)
    assert not stored_in(index).is_in_step
    assert stored_in(index).nearest(index.snapshot, index.snapshot.vectors[0], 5, ()) is None

    stored_in(index).keep_in_step()

    assert stored_in(index).is_in_step
    assert set(collection_of(index).get(include=[])["ids"]) == {text.id for text in index.snapshot.texts}
    assert index.missing() == []


def test_a_lost_text_is_missing_although_counting_sees_nothing_and_a_check_puts_it_back(index: SearchIndex) -> None:
    lost = index.snapshot.texts[0].id
    collection_of(index).delete(ids=[lost])
    collection_of(index).add(ids=["in-its-place"], embeddings=[[1.0] * 64])
    assert index.missing() == [lost]

    stored_in(index).check()

    assert index.missing() == []


def test_an_emptied_collection_is_filled_again(index: SearchIndex) -> None:
    collection_of(index).delete(ids=[text.id for text in index.snapshot.texts])

    stored_in(index).keep_in_step()

    assert index.missing() == []


def test_a_vector_that_no_query_finds_is_written_anew(index: SearchIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    stored, written = stored_in(index), []
    lost = iter([["marque:1:0"], []])
    monkeypatch.setattr(stored, "missing", lambda texts, vectors: next(lost))
    monkeypatch.setattr(stored, "_write_newest", lambda *, is_anew: written.append(is_anew))

    stored.check()
    stored.check()

    assert written == [True]


def test_texts_with_the_very_same_words_do_not_count_as_lost(index: SearchIndex, base: ABase) -> None:
    for number in range(12):
        base.put(an_entry(f"autre{number:02}", "Comment déposer une marque ?", "Le dépôt se fait en ligne."))
    index.refresh(base.changed_since)

    assert index.missing() == []


def test_a_rebuild_writes_every_text(index: SearchIndex) -> None:
    collection_of(index).delete(ids=[index.snapshot.texts[0].id])

    index.rebuild()

    assert index.missing(sample=3) == []
    assert collection_of(index).count() == len(index.snapshot.texts)


def test_the_collection_changes_its_name_with_model_and_dimension() -> None:
    names = {collection_name("one", 64), collection_name("other", 64), collection_name("one", 384)}

    assert len(names) == 3
    assert all(3 <= len(name) <= 512 for name in names)


def test_a_server_that_does_not_answer_costs_no_answer_and_is_told_with_its_address(index: SearchIndex) -> None:
    away = SearchIndex(index.embedder, index._cache, Glossary(), chroma_url="http://127.0.0.1:9")
    away.refresh(ABase(*BASE).changed_since)

    assert away.nearest(away.snapshot, away.snapshot.vectors[0], 1) == ["marque"]
    with pytest.raises(StaleIndex, match=r"http://127\.0\.0\.1:9 does not answer: ConnectionRefusedError.* Start it"):
        away.missing()
    assert stored_in(away).is_failing
