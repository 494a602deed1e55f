"""What the encoder is taught: the right text nearest, by sentence vectors and by late interaction."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn

TEMPERATURE = 0.02  # e5 was trained at 0.01; a higher one spreads cosines wider


class NearestByBothReadings(nn.Module):
    """Contrastive loss within a batch, over sentence vectors and over token vectors, added up.

    The first is InfoNCE (van den Oord et al. 2018) with cosines, the second the same over MaxSim, the mean over the
    question's tokens of the largest cosine with a token of the text (Khattab and Zaharia 2020, ColBERT).
    """

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, sentence_features: Iterable[dict[str, Tensor]], labels: Any = None) -> Tensor:
        """Return the loss of a batch of questions and as many texts, where each question's text has its number."""
        asked, texts = (self.model(dict(features)) for features in sentence_features)
        right = torch.arange(len(asked["sentence_embedding"]))
        meaning = _unit(asked["sentence_embedding"]) @ _unit(texts["sentence_embedding"]).T
        whole = nn.functional.cross_entropy(meaning / TEMPERATURE, right.to(meaning.device))
        words = nn.functional.cross_entropy(late_interaction(asked, texts) / TEMPERATURE, right.to(meaning.device))
        return whole + words


def late_interaction(asked: Mapping[str, Tensor], texts: Mapping[str, Tensor]) -> Tensor:
    """Return MaxSim of every question with every text, shape (questions, texts)."""
    is_word, is_given = asked["attention_mask"].bool(), texts["attention_mask"].bool()
    alike = torch.einsum("qwd,tgd->qtwg", _unit(asked["token_embeddings"]), _unit(texts["token_embeddings"]))
    best = alike.masked_fill(~is_given[None, :, None, :], -1.0).amax(-1).masked_fill(~is_word[:, None, :], 0.0)
    mean: Tensor = best.sum(-1) / is_word.sum(-1)[:, None]
    return mean


def _unit(vectors: Tensor) -> Tensor:
    return nn.functional.normalize(vectors, dim=-1)
