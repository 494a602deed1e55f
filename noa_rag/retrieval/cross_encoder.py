"""Any cross-encoder of sentence-transformers as the reranker."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from noa_rag.domain.errors import ModelUnavailable
from noa_rag.domain.question import Question
from noa_rag.french.places import BUILT_IN, Gazetteer
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.model_loading import fingerprint_of_loaded, load_quietly
from noa_rag.retrieval.passages import SearchedText
from noa_rag.retrieval.reranker import Reranker, Vector
from noa_rag.retrieval.thresholds import READ_LIMIT

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

ADVICE = (
    'Give NOA_RERANKER the value "bundled", "none", the folder of a sentence-transformers CrossEncoder, or the name of '
    "one that can be downloaded."
)
SCORES_AT_MOST = 2  # for each pair: one log-odds, or those of "no" and "yes"
PAIRS_PER_ONNX_BATCH = 1  # as for sentences: what is quantised dynamically depends on the rest of its batch
TRIAL = ("one", "one two", "one two three")  # texts of different lengths, which a batch has to bring to one
_HEADS = ("ForSequenceClassification", "ForCausalLM")


class PairReader:
    """A loaded cross-encoder; calls from several threads take turns."""

    def __init__(self, model: "CrossEncoder", *, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._model = model
        self._pairs_per_batch = PAIRS_PER_ONNX_BATCH if model.backend == "onnx" else READ_LIMIT
        self._turn = threading.Lock()

    def log_odds(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return for each text the log-odds that it answers the question. Raises ModelUnavailable when it fails."""
        from torch.nn import Identity

        with self._turn:
            try:
                scores = self._model.predict(
                    [(question, text) for text in texts],
                    batch_size=self._pairs_per_batch,
                    activation_fn=Identity(),
                    show_progress_bar=False,
                )
            except Exception as error:  # A full GPU, a driver that is gone, a tokenizer without padding.
                # Its words might hold the question's.
                raise ModelUnavailable(
                    f"The reranker {self.fingerprint} cannot read ({type(error).__name__}). {ADVICE}"
                ) from error
        figures = np.asarray(scores, np.float64).reshape(len(texts), -1)
        return [float(one) for one in figures[:, -1] - (figures[:, 0] if figures.shape[1] > 1 else 0.0)]


class CrossEncoderReranker(Reranker):
    """Reads the question with each of the first candidates in one pass of a cross-encoder."""

    def __init__(self, index: SearchIndex, model: PairReader, gazetteer: Gazetteer = BUILT_IN) -> None:
        super().__init__(index, gazetteer)
        self.model = model

    @property
    def fingerprint(self) -> str:
        return self.model.fingerprint

    def over(self, index: SearchIndex) -> "CrossEncoderReranker":
        return CrossEncoderReranker(index, self.model, self.gazetteer)

    def direction(self, question: Question) -> Vector:
        vector: Vector = self.index.embedder.embed_queries([question.normalised])[0]
        return vector

    def readings(self, question: Question, chosen: Sequence[list[SearchedText]]) -> list[float]:
        return self.model.log_odds(question.normalised, [as_one_text(texts) for texts in chosen])


def as_one_text(texts: Sequence[SearchedText]) -> str:
    """Return the texts of `chosen_texts` one below the other; an entry's own question stands there once."""
    return "\n".join(dict.fromkeys(one.text for one in texts))


def load_cross_encoder(name: str) -> PairReader:
    """Return the cross-encoder of a folder, or of a name on the Hugging Face hub; only the latter may use the network.

    Raises ModelUnavailable when there is none, or when what there is was never taught to score pairs.
    """
    from sentence_transformers import CrossEncoder

    is_local = Path(name).is_dir()
    if not is_local and (Path(name).is_absolute() or name.startswith((".", "~"))):
        raise ModelUnavailable(f"The reranker {name} cannot be loaded: there is no such folder. {ADVICE}")
    model = load_quietly(CrossEncoder, name, device=None, is_local=is_local, what="reranker", advice=ADVICE)
    _check(model, name)
    reader = PairReader(model, fingerprint=fingerprint_of_loaded(model, name, is_local=is_local))
    reader.log_odds("?", TRIAL)  # so that what cannot run is told at the start, and no visitor waits for the first run
    return reader


def _check(model: "CrossEncoder", name: str) -> None:
    """Raise ModelUnavailable for a model whose scores say nothing of one text answering another."""
    architectures = getattr(model.config, "architectures", None) or ()
    if len(model) == 1 and architectures and not any(one.endswith(_HEADS) for one in architectures):
        # The library would put a head of random numbers on it, with nothing but a line in the log.
        raise ModelUnavailable(f"The reranker {name} is no cross-encoder but a {architectures[0]}. {ADVICE}")
    if model.num_labels > SCORES_AT_MOST:
        raise ModelUnavailable(
            f"The reranker {name} gives {model.num_labels} scores for a pair of texts; one or two are needed. {ADVICE}"
        )
