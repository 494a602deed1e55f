"""Chroma, the store that several machines share: each searched text with its vector and what its entry says of itself.

Noa fills it through LlamaIndex and needs it for no answer: see `SearchIndex.nearest`. Whoever knows the collection's
name may ask it with LlamaIndex, or with Chroma's own `where`: entry_id, version, kind, regions (codes, "" everywhere),
valid_from and valid_until (days as numbers, 20261231, both included).
"""

import hashlib
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date
from http.client import HTTPConnection, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from structlog import get_logger

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import StaleIndex
from noa_rag.retrieval.embedding import Vectors
from noa_rag.retrieval.passages import SearchedText

if TYPE_CHECKING:
    from llama_index.core.schema import TextNode

    from noa_rag.retrieval.index import Snapshot

SCHEMA = 3  # raise when node ids, metadata or the form in which texts are embedded change
ADDED_AT_ONCE = 500  # texts in one call; half a second, far from the deadline of a call
QUERIED_AT_ONCE = 100  # texts queried with their own vectors in one call; 50 ms
CHECKED_AT_ONCE = 500  # texts queried at each check: a quarter of a second; ten checks cover 5,000 texts
NEAREST_PROBED = 10  # nearest texts among which a text must find itself
SAME_COSINE = 0.9999
# Queries look at this many graph nodes; at 11,000 vectors the true nearest is then missed less than once in 1,000.
SEARCH_WIDTH = 200
LARGE = 10_000  # texts, from which on a sound collection may miss one of a hundred: among 190,000 it missed some
CALL_SECONDS = 5.0  # the longest calls take half a second, and a visitor may wait for one of a hung server
DEFAULT_PORT = 8000
FIRST_DAY, LAST_DAY = 0, 99991231  # of entries without a beginning or an end
_log = get_logger()


class ChromaIndex:
    """The texts of the newest snapshot in a Chroma server, in one collection for each model and schema.

    A failing call raises StaleIndex where the caller can do something about it, and the next call connects anew, since
    a server that came back may have another collection, or none.
    """

    def __init__(self, url: str, fingerprint: str, dimension: int) -> None:
        self._url = url
        self._name = collection_name(fingerprint, dimension)
        self._client: Any = None
        self._collection: Any = None
        self._wanted: Snapshot | None = None
        self._held: Snapshot | None = None
        self._checked_count = 0
        self._turn = threading.Lock()
        self.is_failing = False
        """Whether the last call failed."""

    @property
    def is_in_step(self) -> bool:
        """Whether Chroma is known to hold the texts of the newest snapshot."""
        return self._held is not None and self._held is self._wanted

    def follow(self, snapshot: "Snapshot") -> None:
        """Note the newest snapshot; `keep_in_step` writes it, so that no start and no approval waits for Chroma."""
        self._wanted = snapshot

    def keep_in_step(self) -> None:
        """Write the newest snapshot where Chroma is behind, failed or lost texts. Raises StaleIndex."""
        with self._turn:
            if self._held is None or not self.is_in_step or self._count() < len(self._held.texts):
                self._write_newest()

    def check(self) -> None:
        """Look for every text by its id and query the next ones with their own vectors; put back what is lost.

        Where Chroma fails, `keep_in_step` tries again and reports.
        """
        with self._turn, suppress(StaleIndex):
            snapshot = self._held
            if snapshot is None or not self.is_in_step:
                return
            start = self._checked_count % max(1, len(snapshot.texts))
            self._checked_count = start + CHECKED_AT_ONCE
            part = slice(start, start + CHECKED_AT_ONCE)
            absent = {text.id for text in snapshot.texts} - self._ids()
            lost = [] if absent else self.missing(snapshot.texts[part], snapshot.vectors[part])
            tolerated_count = 0 if len(snapshot.texts) < LARGE else CHECKED_AT_ONCE // 100
            if absent or len(lost) > tolerated_count:
                _log.warning("chroma_texts_put_back", count=len(absent or lost))
                self._write_newest(is_anew=not absent)

    def rebuild(self, snapshot: "Snapshot") -> None:
        """Write every text anew. Raises StaleIndex."""
        with self._turn:
            self._wanted = snapshot
            self._write_newest(is_anew=True)

    def nearest(
        self, snapshot: "Snapshot", vector: Vectors, limit: int, hidden: Collection[EntryId]
    ) -> list[EntryId] | None:
        """Return the entries of the nearest texts, one item a text; None where Chroma has another snapshot, or fails.

        `hidden` entries are left out.
        """
        if self._held is not snapshot:
            return None
        from llama_index.core.vector_stores.types import (
            FilterOperator,
            MetadataFilter,
            MetadataFilters,
            VectorStoreQuery,
        )

        shown = MetadataFilter(key="entry_id", operator=FilterOperator.NIN, value=sorted(hidden))
        query = VectorStoreQuery(
            query_embedding=vector.tolist(),
            similarity_top_k=limit,
            filters=MetadataFilters(filters=[shown]) if hidden else None,
        )
        try:
            with self._connected() as collection:
                nodes = _vector_store(collection).query(query).nodes or ()
        except StaleIndex as error:
            _log.warning("chroma_failed", error=str(error))
            return None
        # Another machine may be ahead, and a text that is being deleted in this very moment has lost its metadata.
        entry_ids = [EntryId(node.metadata.get("entry_id", "")) for node in nodes]
        return [entry_id for entry_id in entry_ids if entry_id in snapshot.spans]

    def missing(self, texts: Sequence[SearchedText], vectors: Vectors) -> list[str]:
        """Return the ids of texts that a query with their own vectors misses: `count` and `get` would not notice.

        Raises StaleIndex.
        """
        lost: list[str] = []
        for start in range(0, len(texts), QUERIED_AT_ONCE):
            queried = texts[start : start + QUERIED_AT_ONCE]
            with self._connected() as collection:
                result = collection.query(
                    query_embeddings=vectors[start : start + QUERIED_AT_ONCE],
                    n_results=NEAREST_PROBED,
                    include=["distances"],
                )
            rows = zip(queried, result["ids"], result["distances"], strict=True)
            lost += [text.id for text, ids, distances in rows if not _finds(text, ids, distances)]
        return lost

    def connect(self) -> None:
        """Raise StaleIndex where the server does not answer."""
        with self._connected():
            pass

    def close(self) -> None:
        client, self._client, self._collection, self._held = self._client, None, None, None
        if client is not None:
            with suppress(Exception):  # of a server that is gone
                client.close()

    def _count(self) -> int:
        try:
            with self._connected() as collection:
                return int(collection.count())
        except StaleIndex:
            return -1  # `_write_newest` raises what is still wrong

    def _ids(self) -> set[str]:
        with self._connected() as collection:
            return set(collection.get(include=[])["ids"])

    def _write_newest(self, *, is_anew: bool = False) -> None:
        self._held = None
        if is_anew:
            with self._connected():
                self._client.delete_collection(self._name)
                self._collection = None
        while self._wanted is not None and not self.is_in_step:  # a newer snapshot may come meanwhile
            snapshot = self._wanted
            self._write(snapshot)
            self._held = snapshot

    def _write(self, snapshot: "Snapshot") -> None:
        """Make the collection hold exactly the texts of a snapshot."""
        places = {text.id: at for at, text in enumerate(snapshot.texts)}
        known = self._ids()
        stale = sorted(known - places.keys())
        fresh = [at for text_id, at in places.items() if text_id not in known]
        with self._connected() as collection:
            for start in range(0, len(stale), ADDED_AT_ONCE):
                collection.delete(ids=stale[start : start + ADDED_AT_ONCE])
            for start in range(0, len(fresh), ADDED_AT_ONCE):
                _vector_store(collection).add([_node(snapshot, at) for at in fresh[start : start + ADDED_AT_ONCE]])

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        """Yield the collection. Raises StaleIndex for any error: Chroma's own, its HTTP client's, the network's."""
        try:
            if self._collection is None:
                self._client = _client(self._url)
                self._collection = self._client.get_or_create_collection(
                    self._name,
                    configuration={"hnsw": {"space": "cosine", "ef_search": SEARCH_WIDTH}},
                    embedding_function=None,
                )
            yield self._collection
            self.is_failing = False
        except Exception as error:
            self.close()
            self.is_failing = True
            raise StaleIndex(
                f"Chroma at {self._url} does not answer: {type(error).__name__}: {error}."
                " Start it, or unset NOA_CHROMA_URL."
            ) from error


def collection_name(fingerprint: str, dimension: int) -> str:
    """Return a name that changes with model, dimension, metric and schema: Chroma silently keeps an old metric."""
    described = f"{fingerprint}|{dimension}|cosine|{SCHEMA}"
    return f"noa-{hashlib.sha256(described.encode()).hexdigest()[:32]}"


def _vector_store(collection: Any) -> Any:
    from llama_index.vector_stores.chroma import ChromaVectorStore

    return ChromaVectorStore(chroma_collection=collection)


def _node(snapshot: "Snapshot", at: int) -> "TextNode":
    from llama_index.core.schema import TextNode

    text, entry = snapshot.texts[at], snapshot.entries[snapshot.texts[at].entry_id]
    return TextNode(
        id_=text.id,
        text=text.text,
        embedding=snapshot.vectors[at].tolist(),
        metadata={
            "entry_id": str(text.entry_id),
            "version": text.version,
            "kind": text.kind.value,
            "regions": " ".join(entry.regions),
            "valid_from": _as_number(entry.window.valid_from, FIRST_DAY),
            "valid_until": _as_number(entry.window.valid_until, LAST_DAY),
        },
    )


def _as_number(day: date | None, open_end: int) -> int:
    return int(f"{day:%Y%m%d}") if day else open_end


def _finds(text: SearchedText, ids: Sequence[str], distances: Sequence[float]) -> bool:
    # Many entries may ask the very same question: one that is crowded out by its equals is not lost.
    is_crowded_out = len(ids) == NEAREST_PROBED and 1.0 - distances[-1] > SAME_COSINE
    return is_crowded_out or text.id in ids


def _client(url: str) -> Any:
    import chromadb
    from chromadb.config import Settings

    address = urlsplit(url)
    host, port, is_secure = str(address.hostname), address.port or DEFAULT_PORT, address.scheme == "https"
    # chromadb's client has no deadline, and no way to set one: its constructor would wait for ever for a hung server.
    with closing((HTTPSConnection if is_secure else HTTPConnection)(host, port, timeout=CALL_SECONDS)) as connection:
        connection.request("GET", "/api/v2/heartbeat")
        connection.getresponse().read()
    client: Any = chromadb.HttpClient(host, port, ssl=is_secure, settings=Settings(anonymized_telemetry=False))
    client._server._session.timeout = CALL_SECONDS
    return client
