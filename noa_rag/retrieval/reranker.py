"""Reading the first matches together with the question: what rerankers share, a cache, and any cross-encoder."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from noa_rag.cache import Cache
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import ModelUnavailable
from noa_rag.domain.ports import Match, Retrieved
from noa_rag.domain.question import Question
from noa_rag.french.places import BUILT_IN, Gazetteer
from noa_rag.retrieval.index import SearchIndex, Snapshot
from noa_rag.retrieval.model_loading import fingerprint_of_loaded, load_quietly
from noa_rag.retrieval.passages import SearchedText
from noa_rag.retrieval.thresholds import PASSAGES_READ, READ_LIMIT, READING_WEIGHT

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


Vector = NDArray[np.float32]
READINGS_KEPT = 12_000  # three candidates of 4,000 questions; half a kilobyte each
QUESTIONS_KEPT = 4_000  # their vectors: 6 MB
ADVICE = (
    'Give NOA_RERANKER the value "bundled", "none", the folder of a sentence-transformers CrossEncoder, or the name of '
    "one that can be downloaded."
)
SCORES_AT_MOST = 2  # for each pair: one log-odds, or those of "no" and "yes"
PAIRS_PER_ONNX_BATCH = 1  # as for sentences: with dynamic quantisation a result depends on the rest of its batch
TRIAL = ("one", "one two", "one two three")  # texts of different lengths, which a batch has to pad
_HEADS = ("ForSequenceClassification", "ForCausalLM")


class Reranker(ABC):
    """Reads a question and candidate entries together; a subclass says how likely each one is to answer."""

    def __init__(self, index: SearchIndex, gazetteer: Gazetteer = BUILT_IN) -> None:
        self.index = index
        self.gazetteer = gazetteer

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Names the model and its content: readings of two fingerprints never compare."""

    @abstractmethod
    def over(self, index: SearchIndex) -> "Reranker":
        """Return the same reranker for another index."""

    @abstractmethod
    def direction(self, question: Question) -> Vector:
        """Return the vector of a question, of length one, by which the texts to read are chosen."""

    @abstractmethod
    def readings(self, question: Question, chosen: Sequence[list[SearchedText]]) -> list[float]:
        """Return the log-odds that an entry answers, for the `chosen_texts` of each."""

    def warm(self, pause: Callable[[float], bool] = lambda seconds: False) -> None:  # noqa: B027
        """Read entries ahead where that spares visitors time; see `Verifier.warm`."""

    def close(self) -> None:  # noqa: B027
        """Close what is open."""

    def read(self, question: Question, retrieved: Retrieved) -> Retrieved:
        """Return the matches with the first ones read together with the question, and reordered.

        Their evidence gains `read`, the log-odds that the entry answers, and `elsewhere`, 1 for an entry that holds
        in none of the places that the question names.
        """
        snapshot = self.index.snapshot
        known = [match for match in retrieved.matches[:READ_LIMIT] if match.entry_id in snapshot.spans]
        if not known:
            return retrieved
        direction = self.direction(question)
        chosen = [chosen_texts(snapshot, match, direction) for match in known]
        scores = self.readings(question, chosen)
        reread = [
            replace(
                match,
                score=match.score + READING_WEIGHT * score,
                evidence={**match.evidence, "read": score, "elsewhere": self._elsewhere(question, snapshot, match)},
            )
            for match, score in zip(known, scores, strict=True)
        ]
        reread.sort(key=lambda match: (-match.score, match.entry_id))
        read_ids = {match.entry_id for match in known}
        rest = [match for match in retrieved.matches if match.entry_id not in read_ids]
        ordered = tuple(replace(match, rank=rank) for rank, match in enumerate([*reread, *rest], start=1))
        return replace(retrieved, matches=ordered)

    def log_odds(self, question: Question, matches: Sequence[Match]) -> dict[EntryId, float]:
        """Return the log-odds that each entry answers, for the entries that are in the index."""
        snapshot = self.index.snapshot
        known = [match for match in matches if match.entry_id in snapshot.spans]
        if not known:
            return {}
        direction = self.direction(question)
        scores = self.readings(question, [chosen_texts(snapshot, match, direction) for match in known])
        return {match.entry_id: score for match, score in zip(known, scores, strict=True)}

    def _elsewhere(self, question: Question, snapshot: Snapshot, match: Match) -> float:
        return float(self.gazetteer.is_elsewhere(question.normalised, snapshot.regions[match.entry_id]))


def chosen_texts(snapshot: Snapshot, match: Match, vector: Vector) -> list[SearchedText]:
    """Return what is read of an entry: its question, the nearest way of asking, the nearest passages in their order."""
    span, question_count = snapshot.spans[match.entry_id], snapshot.question_counts[match.entry_id]
    texts = snapshot.texts[span]
    similarities = snapshot.vectors[span] @ vector
    nearest = texts[int(similarities[:question_count].argmax())]
    order = np.argsort(-similarities[question_count:], kind="stable")[:PASSAGES_READ]
    return [texts[0], nearest, *(texts[question_count + at] for at in sorted(order))]


class KeptReadings(Reranker):
    """A cache over another reranker: a question is read with the same texts only once.

    A reading depends on the question and on the entry's texts alone, so it holds in every base that has the entry
    unchanged.
    """

    def __init__(self, reader: Reranker, like: "KeptReadings | None" = None) -> None:
        """Share the cache of `like`, which reads over another index."""
        super().__init__(reader.index, reader.gazetteer)
        self.reader = reader
        self._directions: Cache[str, Vector] = like._directions if like else Cache(QUESTIONS_KEPT)
        self._scores: Cache[Hashable, float] = like._scores if like else Cache(READINGS_KEPT)

    @property
    def fingerprint(self) -> str:
        return self.reader.fingerprint

    def over(self, index: SearchIndex) -> "KeptReadings":
        return KeptReadings(self.reader.over(index), like=self)

    def forget_questions(self) -> None:
        """Empty the caches of questions' vectors and readings; what the reader keeps of entries stays."""
        self._directions.forget()
        self._scores.forget()

    def warm(self, pause: Callable[[float], bool] = lambda seconds: False) -> None:
        self.reader.warm(pause)

    def close(self) -> None:
        self.reader.close()

    def direction(self, question: Question) -> Vector:
        return self._directions.get_or_make(question.normalised, lambda: self.reader.direction(question))

    def readings(self, question: Question, chosen: Sequence[list[SearchedText]]) -> list[float]:
        keys = [(question.normalised, *texts) for texts in chosen]
        known = [self._scores.get(key) for key in keys]
        missing = [place for place, score in enumerate(known) if score is None]
        if missing:
            fresh = self.reader.readings(question, [chosen[place] for place in missing])
            for place, score in zip(missing, fresh, strict=True):
                known[place] = self._scores.keep(keys[place], score)
        return [score for score in known if score is not None]


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
        return [float(figure) for figure in figures[:, -1] - (figures[:, 0] if figures.shape[1] > 1 else 0.0)]


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
    return "\n".join(dict.fromkeys(text.text for text in texts))


def load_cross_encoder(name: str) -> PairReader:
    """Return the cross-encoder of a folder, or of a name on the Hugging Face hub; only the latter may use the network.

    Raises ModelUnavailable when it cannot be loaded, or was not trained to score pairs.
    """
    from sentence_transformers import CrossEncoder

    is_local = Path(name).is_dir()
    if not is_local and (Path(name).is_absolute() or name.startswith((".", "~"))):
        raise ModelUnavailable(f"The reranker {name} cannot be loaded: there is no such folder. {ADVICE}")
    model = load_quietly(CrossEncoder, name, device=None, is_local=is_local, what="reranker", advice=ADVICE)
    _check(model, name)
    reader = PairReader(model, fingerprint=fingerprint_of_loaded(model, name, is_local=is_local))
    reader.log_odds("?", TRIAL)  # so that what cannot run fails at the start, and no visitor waits for the first run
    return reader


def _check(model: "CrossEncoder", name: str) -> None:
    """Raise ModelUnavailable for a model that is no cross-encoder with one or two scores for each pair."""
    architectures = getattr(model.config, "architectures", None) or ()
    if len(model) == 1 and architectures and not any(architecture.endswith(_HEADS) for architecture in architectures):
        # The library would put a head of random numbers on it, with nothing but a line in the log.
        raise ModelUnavailable(f"The reranker {name} is no cross-encoder but a {architectures[0]}. {ADVICE}")
    if model.num_labels > SCORES_AT_MOST:
        raise ModelUnavailable(
            f"The reranker {name} gives {model.num_labels} scores for a pair of texts; one or two are needed. {ADVICE}"
        )
