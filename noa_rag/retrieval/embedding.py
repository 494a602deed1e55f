"""Sentence vectors: made by the embedded model or another, and kept by content hash."""

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from structlog import get_logger

from noa_rag.cache import Cache
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.retrieval.bundled_model import Progress, ignore_progress, prepare_bundled_model
from noa_rag.retrieval.bundled_model.running import BundledModel
from noa_rag.retrieval.model_loading import fingerprint_of, fingerprint_of_loaded, load_quietly

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


BUNDLED = "bundled"
TEXTS_PER_ONNX_BATCH = 1  # dynamic quantisation takes its range from the whole batch
TEXTS_PER_TORCH_BATCH = 8
# Those under way: one that is searched for and then read by the verifier is encoded once. A token takes 1.5 KB, the
# longest question 800 KB: counted in bytes, for visitors choose the length.
READ_LATELY_BYTES = 8_000_000
TINY = 1e-12
# Names under which models keep their prompts; e5 says passage, sentence-transformers' own models say document.
QUERY_PROMPTS, PASSAGE_PROMPTS = ("query",), ("passage", "document")
Vectors = NDArray[np.float32]
_log = get_logger()
_CHUNK = 500  # hashes in one IN clause
_UNIT_SLACK = 1e-3  # by which the length of a vector may be off one: rounding stays below 1e-6
_EMBEDDED_AT_ONCE = 256  # texts between two commits: what is done is kept if the process is stopped


class Embedder(Protocol):
    """What turns texts into vectors of length one."""

    @property
    def fingerprint(self) -> str:
        """Names the model, its variant and its content: vectors of two fingerprints never compare."""

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        """One row for each question."""

    def embed_passages(self, passages: Sequence[str]) -> Vectors:
        """One row for each passage."""

    def token_vectors(self, text: str, *, is_query: bool) -> Vectors:
        """One row for each token of a text."""


class TextModel(Protocol):
    """A model that was loaded: reads texts, with a prompt in front of each where it knows some."""

    texts_per_batch: int
    takes_the_mean: bool  # whether a sentence's vector is the mean of its tokens' vectors
    prompts: Mapping[str, str]

    def sentence_vectors(self, texts: Sequence[str], prompt: str) -> Vectors:
        """Return one row of length one for each text."""

    def token_vectors(self, text: str, prompt: str) -> Vectors:
        """Return one row for each token of a text."""


def load_embedder(
    model: str, models_dir: Path, *, weights_path: Path | None = None, progress: Progress = ignore_progress
) -> "SentenceEmbedder":
    """The embedder for "bundled", a folder, or a name on the Hugging Face hub; only the last may use the network."""
    if model == BUNDLED:
        folder = prepare_bundled_model(models_dir, weights_path=weights_path, progress=progress)
        return SentenceEmbedder(BundledModel(folder), fingerprint=fingerprint_of(folder))
    is_local = Path(model).is_dir()
    progress(f"loading the model {model}")
    loaded = _load(model, is_local=is_local)
    return SentenceEmbedder(
        SentenceTransformerModel(loaded), fingerprint=fingerprint_of_loaded(loaded, model, is_local=is_local)
    )


class SentenceEmbedder:
    """A loaded model; calls from several threads take turns, since each uses all cores anyway."""

    def __init__(self, model: TextModel, *, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._model = model
        self._turn = threading.Lock()
        self._read_lately: Cache[str, Vectors] = Cache(READ_LATELY_BYTES, size_of=lambda vectors: vectors.nbytes)
        self.dimension = self._encode(["dimension"], QUERY_PROMPTS).shape[1]

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        """One normalised row for each question.

        A single one costs nothing when its tokens were read lately, or are read next: the vector is their mean.
        """
        if len(queries) == 1 and self._model.takes_the_mean:
            mean = self.token_vectors(queries[0], is_query=True).mean(axis=0)
            return np.asarray([mean / max(float(np.linalg.norm(mean)), TINY)], np.float32)
        return self._in_batches(queries, QUERY_PROMPTS)

    def embed_passages(self, passages: Sequence[str]) -> Vectors:
        """One normalised row for each passage."""
        return self._in_batches(passages, PASSAGE_PROMPTS)

    def token_vectors(self, text: str, *, is_query: bool) -> Vectors:
        """One row for each token of a text, as long as the model made it; their mean is the text's vector."""
        if not is_query:
            return self._token_vectors(text, PASSAGE_PROMPTS)
        return self._read_lately.get_or_make(text, lambda: self._token_vectors(text, QUERY_PROMPTS))

    def _token_vectors(self, text: str, prompt_names: Sequence[str]) -> Vectors:
        with self._turn:
            return self._model.token_vectors(text, self._prompt(prompt_names))

    def _prompt(self, names: Sequence[str]) -> str:
        return next((self._model.prompts[name] for name in names if name in self._model.prompts), "")

    def _in_batches(self, texts: Sequence[str], prompt_names: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        size = self._model.texts_per_batch
        # Texts of like length share a batch, so that little of it is padding.
        by_length = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(texts), size):
            places = by_length[start : start + size]
            vectors[places] = self._encode([texts[place] for place in places], prompt_names)
        return vectors

    def _encode(self, texts: list[str], prompt_names: Sequence[str]) -> Vectors:
        with self._turn:
            return self._model.sentence_vectors(texts, self._prompt(prompt_names))


class SentenceTransformerModel:
    """A model of sentence-transformers, whatever it is made of."""

    def __init__(self, model: "SentenceTransformer") -> None:
        self._model = model
        self.prompts: Mapping[str, str] = model.prompts
        self.texts_per_batch = TEXTS_PER_ONNX_BATCH if model.backend == "onnx" else TEXTS_PER_TORCH_BATCH
        poolings = [module.pooling_mode for module in model if hasattr(module, "pooling_mode")]
        self.takes_the_mean = poolings in (["mean"], [("mean",)])

    def sentence_vectors(self, texts: Sequence[str], prompt: str) -> Vectors:
        """Return one row of length one for each text."""
        vectors = self._model.encode(
            list(texts),
            prompt=prompt,
            batch_size=self.texts_per_batch,
            show_progress_bar=False,
            normalize_embeddings=True,
        )
        return np.asarray(vectors, np.float32)

    def token_vectors(self, text: str, prompt: str) -> Vectors:
        """Return one row for each token of a text."""
        (vectors,) = self._model.encode([text], prompt=prompt, output_value="token_embeddings", show_progress_bar=False)
        return np.asarray(vectors, np.float32)


def _load(name: str, *, is_local: bool) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer

    return load_quietly(
        SentenceTransformer,
        name,
        device="cpu",
        is_local=is_local,
        what="embedding model",
        advice='Give NOA_EMBEDDING_MODEL the value "bundled", the folder of a sentence-transformers model, or the name '
        "of one that can be downloaded.",
    )


class VectorCache:
    """One SQLite file for one embedding model. Derived data: a damaged file is dropped and filled again.

    Once opened, nothing is raised for it: vectors that cannot be read are made again, those that cannot be written are
    used all the same.
    """

    def __init__(self, path: Path, dimension: int) -> None:
        self._path = path
        self._dimension = dimension
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._create()
        except sqlite3.OperationalError as error:
            raise self._unavailable(error) from error
        except sqlite3.DatabaseError as error:
            _log.warning("vectors_dropped", path=str(path), error=str(error))
            self.clear()
        except OSError as error:
            raise self._unavailable(error) from error

    def vectors(
        self,
        hashes: Sequence[str],
        embed: Callable[[Sequence[int]], Vectors],
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Vectors:
        """Return one row for each hash, shape (n, dimension); `embed` is asked for positions not kept yet."""
        vectors_by_hash = self._load(set(hashes))
        missing = list(
            {text_hash: at for at, text_hash in enumerate(hashes) if text_hash not in vectors_by_hash}.values()
        )
        for start in range(0, len(missing), _EMBEDDED_AT_ONCE):
            progress(start, len(missing))
            positions = missing[start : start + _EMBEDDED_AT_ONCE]
            fresh = dict(zip((hashes[at] for at in positions), embed(positions), strict=True))
            self._save(fresh)
            vectors_by_hash |= fresh
        if missing:
            progress(len(missing), len(missing))
        if not hashes:
            return np.empty((0, self._dimension), dtype=np.float32)
        return np.stack([vectors_by_hash[text_hash] for text_hash in hashes])

    def clear(self) -> None:
        """Forget every vector."""
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)
        self._create()

    def _drop(self, error: sqlite3.DatabaseError) -> None:
        _log.warning("vectors_dropped", path=str(self._path), error=str(error))
        try:
            self.clear()
        except (OSError, sqlite3.Error) as still:
            _log.warning("vectors_not_kept", path=str(self._path), error=str(still))

    def _create(self) -> None:
        with closing(self._connect()) as connection, connection:
            damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if damage != "ok":
                raise sqlite3.DatabaseError(damage)
            connection.execute("CREATE TABLE IF NOT EXISTS vectors (hash TEXT PRIMARY KEY, vector BLOB NOT NULL)")

    def _load(self, hashes: set[str]) -> dict[str, Vectors]:
        listed = sorted(hashes)
        vectors: dict[str, Vectors] = {}
        try:
            with closing(self._connect()) as connection:
                for start in range(0, len(listed), _CHUNK):
                    chunk = listed[start : start + _CHUNK]
                    marks = ",".join("?" * len(chunk))
                    query = f"SELECT hash, vector FROM vectors WHERE hash IN ({marks})"
                    for key, blob in connection.execute(query, chunk):
                        vector = np.frombuffer(blob, dtype=np.float32)
                        if vector.shape == (self._dimension,) and _is_whole(vector):
                            vectors[key] = vector
        except sqlite3.OperationalError as error:
            _log.warning("vectors_not_read", path=str(self._path), error=str(error))
        except sqlite3.DatabaseError as error:
            self._drop(error)
            return {}
        return vectors

    def _save(self, vectors: dict[str, Vectors]) -> None:
        rows = [(key, vector.astype(np.float32).tobytes()) for key, vector in vectors.items()]
        try:
            with closing(self._connect()) as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        except sqlite3.OperationalError as error:  # a full disk: the next start embeds them again
            _log.warning("vectors_not_kept", path=str(self._path), error=str(error))
        except sqlite3.DatabaseError as error:
            self._drop(error)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _unavailable(self, error: Exception) -> StorageUnavailable:
        return StorageUnavailable(
            f"The vectors in {self._path} cannot be kept: {error}. Check free space and rights of the data folder."
        )


def _is_whole(vector: Vectors) -> bool:
    """Whether it has length one, as embedders make them: SQLite reads zeros where a file was cut short."""
    return bool(abs(float(np.linalg.norm(vector)) - 1.0) < _UNIT_SLACK)
