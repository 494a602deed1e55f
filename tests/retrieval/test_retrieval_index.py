"""The index follows the base: new, changed and withdrawn entries; nothing is embedded twice."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from noa_rag.domain.entry import EntryStatus
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.retrieval.embedding import VectorCache
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.spelling import Glossary
from tests.retrieval.retrieval_helpers import BASE, ABase, HashingEmbedder, an_entry

BREVET = an_entry("brevet", "Comment déposer un brevet ?", "Un brevet se dépose à l'INPI.")


def opened(folder: Path, embedder: HashingEmbedder) -> SearchIndex:
    cache = VectorCache(folder / "vectors.db", embedder.dimension)
    return SearchIndex(embedder, cache, Glossary())


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> SearchIndex:
    return opened(tmp_path, embedder)


@pytest.fixture
def base() -> ABase:
    return ABase(*BASE)


def indexed(index: SearchIndex) -> dict[str, int]:
    return dict(index.snapshot.versions)


def found_by_meaning(index: SearchIndex) -> set[str]:
    return set(index.nearest(index.snapshot, index.embedder.embed_queries(["x"])[0], 100))


def test_the_first_refresh_takes_in_every_entry(index: SearchIndex, base: ABase) -> None:
    count = index.refresh(base.changed_since)

    assert count == 3
    assert indexed(index) == {"marque": 1, "restaurant": 1, "salarie": 1}
    assert found_by_meaning(index) == {"marque", "restaurant", "salarie"}


def test_a_refresh_without_changes_does_nothing(index: SearchIndex, base: ABase) -> None:
    index.refresh(base.changed_since)
    before = index.snapshot

    assert index.refresh(base.changed_since) == 0
    assert index.snapshot is before


def test_a_new_entry_is_found_after_a_refresh(index: SearchIndex, base: ABase) -> None:
    index.refresh(base.changed_since)
    base.put(BREVET)

    assert index.refresh(base.changed_since) == 1
    assert "brevet" in indexed(index)
    assert "brevet" in found_by_meaning(index)


def test_a_changed_entry_replaces_its_older_version(index: SearchIndex, base: ABase) -> None:
    index.refresh(base.changed_since)
    base.put(an_entry("marque", "Comment protéger un logo ?", "Par le droit d'auteur.", version=2))

    index.refresh(base.changed_since)

    assert indexed(index)["marque"] == 2
    (marque,) = {text.version for text in index.snapshot.texts if text.entry_id == "marque"}
    assert marque == 2


def test_a_withdrawn_entry_is_found_neither_by_words_nor_by_meaning(index: SearchIndex, base: ABase) -> None:
    index.refresh(base.changed_since)
    base.withdraw(BASE[0])

    index.refresh(base.changed_since)

    assert "marque" not in indexed(index)
    assert "marque" not in found_by_meaning(index)


def test_a_restart_embeds_nothing_again(tmp_path: Path, base: ABase) -> None:
    first = opened(tmp_path, HashingEmbedder())
    first.refresh(base.changed_since)
    embedder = HashingEmbedder()

    second = opened(tmp_path, embedder)
    second.refresh(base.changed_since)

    assert embedder.embedded == []


def test_a_rebuild_embeds_nothing_again(index: SearchIndex, base: ABase, embedder: HashingEmbedder) -> None:
    index.refresh(base.changed_since)
    embedder.embedded.clear()

    index.rebuild()

    assert embedder.embedded == []


def test_a_failed_refresh_leaves_the_old_snapshot_and_the_next_one_catches_up(
    index: SearchIndex, base: ABase, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.refresh(base.changed_since)
    before = index.snapshot
    base.put(BREVET)

    def full(*_: Any, **__: Any) -> None:
        raise StorageUnavailable("The disk is full.")

    with monkeypatch.context() as full_disk:
        full_disk.setattr(index._cache, "vectors", full)
        with pytest.raises(StorageUnavailable):
            index.refresh(base.changed_since)
    assert index.snapshot is before

    assert index.refresh(base.changed_since) == 1
    assert "brevet" in indexed(index)


def test_a_trial_answers_with_what_is_proposed(index: SearchIndex, base: ABase) -> None:
    index.refresh(base.changed_since)
    changed = an_entry("marque", "Comment protéger un logo ?", "Par le droit d'auteur.", version=2, regions=("FR-75",))

    trial = index.with_proposed([changed, BREVET], day=None)

    assert indexed(trial) == {"brevet": 1, "marque": 2, "restaurant": 1, "salarie": 1}
    assert [text.text for text in trial.snapshot.texts_of(changed.id)] == [
        "Comment protéger un logo ?",
        "Par le droit d'auteur.",
    ]
    assert trial.snapshot.regions[changed.id] == ("FR-75",)
    assert trial.nearest(trial.snapshot, trial.embedder.embed_queries(["déposer un brevet"])[0], 1) == ["brevet"]


def test_a_trial_leaves_the_index_as_it_is(index: SearchIndex, base: ABase) -> None:
    index.refresh(base.changed_since)
    before, regions, stored = index.snapshot, dict(index.snapshot.regions), found_by_meaning(index)

    changed = an_entry("marque", "Comment protéger un logo ?", "Par le droit.", version=2, regions=("FR-75",))
    index.with_proposed([changed, BREVET], day=None)

    assert index.snapshot is before
    assert index.snapshot.regions == regions == {"marque": (), "restaurant": (), "salarie": ()}
    assert found_by_meaning(index) == stored == {"marque", "restaurant", "salarie"}


def test_a_trial_of_a_withdrawal_no_longer_finds_the_entry(index: SearchIndex, base: ABase) -> None:
    index.refresh(base.changed_since)

    trial = index.with_proposed([replace(BASE[0], version=2, status=EntryStatus.WITHDRAWN)], day=None)

    assert indexed(trial) == {"restaurant": 1, "salarie": 1}
    assert "marque" in indexed(index)
