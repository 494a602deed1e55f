"""Sentence vectors: of the embedded model, or of any other that sentence-transformers loads."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from noa_rag.cache import Cache
from noa_rag.retrieval.bundled_model import prepare_bundled_model
from noa_rag.retrieval.model_fingerprint import fingerprint_of
from noa_rag.retrieval.model_loading import fingerprint_of_loaded, load_quietly

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED = "bundled"
# Dynamic quantisation takes its range from the whole batch: in a batch of 8 a text's vector moved to a cosine of .9956
# with its own. Alone, a text always has the same vector, as quickly on two cores (45 texts of 700 characters a second).
TEXTS_PER_ONNX_BATCH = 1
TEXTS_PER_TORCH_BATCH = 8
TEXTS_PER_REPORT = 256
# Those under way: one that is searched for and then read by the verifier is encoded once. A token takes 1.5 KB, the
# longest question 800 KB: counted in bytes, for visitors choose the length.
READ_LATELY_BYTES = 8_000_000
TINY = 1e-12
# Names under which models keep their prompts; e5 says passage, sentence-transformers' own models say document.
QUERY_PROMPTS, PASSAGE_PROMPTS = ("query",), ("passage", "document")

Vectors = NDArray[np.float32]
Progress = Callable[[str], None]


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

    def embed_passages(self, passages: Sequence[str], *, progress: Progress = ...) -> Vectors:
        """One row for each passage."""

    def token_vectors(self, text: str, *, is_query: bool) -> Vectors:
        """One row for each token of a text."""


def ignore_progress(message: str) -> None:
    """Progress that nobody watches."""


def load_embedder(
    model: str, models_dir: Path, *, weights_path: Path | None = None, progress: Progress = ignore_progress
) -> "SentenceEmbedder":
    """The embedder for "bundled", a folder, or a name on the Hugging Face hub; only the last may use the network."""
    if model == BUNDLED:
        folder = prepare_bundled_model(models_dir, weights_path=weights_path, progress=progress)
        return SentenceEmbedder(_load(str(folder), is_local=True), fingerprint=fingerprint_of(folder))
    is_local = Path(model).is_dir()
    progress(f"loading the model {model}")
    loaded = _load(model, is_local=is_local)
    return SentenceEmbedder(loaded, fingerprint=fingerprint_of_loaded(loaded, model, is_local=is_local))


class SentenceEmbedder:
    """A loaded model; calls from several threads take turns, since each uses all cores anyway."""

    def __init__(self, model: "SentenceTransformer", *, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._model = model
        self._texts_per_batch = TEXTS_PER_ONNX_BATCH if model.backend == "onnx" else TEXTS_PER_TORCH_BATCH
        self._turn = threading.Lock()
        self._read_lately: Cache[str, Vectors] = Cache(READ_LATELY_BYTES, size_of=lambda vectors: vectors.nbytes)
        self.dimension = self._encode(["dimension"], QUERY_PROMPTS).shape[1]

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        """One normalised row for each question.

        A single one costs nothing when its tokens were read lately, or are read next: the vector is their mean.
        """
        if len(queries) == 1 and self._takes_the_mean():
            mean = self.token_vectors(queries[0], is_query=True).mean(axis=0)
            return np.asarray([mean / max(float(np.linalg.norm(mean)), TINY)], np.float32)
        return self._in_batches(queries, QUERY_PROMPTS, ignore_progress)

    def embed_passages(self, passages: Sequence[str], *, progress: Progress = ignore_progress) -> Vectors:
        """One normalised row for each passage; `progress` hears how many are done."""
        return self._in_batches(passages, PASSAGE_PROMPTS, progress)

    def token_vectors(self, text: str, *, is_query: bool) -> Vectors:
        """One row for each token of a text, as long as the model made it; their mean is the text's vector."""
        if not is_query:
            return self._token_vectors(text, PASSAGE_PROMPTS)
        return self._read_lately.get_or_make(text, lambda: self._token_vectors(text, QUERY_PROMPTS))

    def _token_vectors(self, text: str, prompt_names: Sequence[str]) -> Vectors:
        with self._turn:
            (vectors,) = self._model.encode(
                [text], prompt=self._prompt(prompt_names), output_value="token_embeddings", show_progress_bar=False
            )
        return np.asarray(vectors, np.float32)

    def _takes_the_mean(self) -> bool:
        poolings = [module.pooling_mode for module in self._model if hasattr(module, "pooling_mode")]
        return poolings in (["mean"], [("mean",)])

    def _prompt(self, names: Sequence[str]) -> str:
        return next((self._model.prompts[name] for name in names if name in self._model.prompts), "")

    def _in_batches(self, texts: Sequence[str], prompt_names: Sequence[str], progress: Progress) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        # Texts of like length share a batch, so that little of it is padding.
        by_length = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(texts), self._texts_per_batch):
            places = by_length[start : start + self._texts_per_batch]
            vectors[places] = self._encode([texts[place] for place in places], prompt_names)
            done = start + len(places)
            if done % TEXTS_PER_REPORT == 0 or done == len(texts):
                progress(f"{done} of {len(texts)} texts embedded")
        return vectors

    def _encode(self, texts: list[str], prompt_names: Sequence[str]) -> Vectors:
        with self._turn:
            vectors = self._model.encode(
                texts,
                prompt=self._prompt(prompt_names),
                batch_size=self._texts_per_batch,
                show_progress_bar=False,
                normalize_embeddings=True,
            )
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
