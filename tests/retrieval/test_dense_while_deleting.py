"""Dense retrieval while texts are being deleted: Chroma then finds vectors that have lost their metadata."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from noa_rag.retrieval.chroma_store import ChromaStore
from noa_rag.retrieval.dense import DenseIndex


def test_a_text_that_is_being_deleted_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ChromaStore(tmp_path / "chroma")
    dense = DenseIndex(store, "fake#1", 2)
    found = SimpleNamespace(
        nodes=[SimpleNamespace(metadata={}), SimpleNamespace(metadata={"entry_id": "marque"})],
        similarities=[1.0, np.exp(-0.25)],
    )
    dense.sync([], np.empty((0, 2), np.float32))
    monkeypatch.setattr(dense, "_nodes", SimpleNamespace(query=lambda query: found))
    monkeypatch.setattr(dense, "_is_empty", False)

    nearest = dense.nearest(np.array([1.0, 0.0], dtype=np.float32), 2)
    store.close()

    assert nearest == [("marque", pytest.approx(1 - 0.25))]
