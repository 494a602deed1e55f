"""Cross-encoders of a few thousand random weights, in a folder as sentence-transformers reads it."""

from collections.abc import Sequence
from pathlib import Path

import torch

MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORDS = (
    "comment", "deposer", "une", "marque", "embaucher", "un", "salarie", "ouvrir", "restaurant", "le", "depot", "se",
    "fait", "en", "ligne", "aupres", "de", "l", "inpi", "declarez", "embauche", "a", "urssaf", "avant", "premier",
    "jour", "demandez", "licence", "restauration", "la", "mairie", "'", ".", "?", "tva", "brevet",
)  # fmt: skip
LENGTH_LIMIT = 128  # tokens
DECISIVE = 0.5  # random weights of this spread score texts some units apart


def a_cross_encoder(folder: Path, *, score_count: int = 1, has_head: bool = True) -> Path:
    """Write a cross-encoder that always scores the same pair the same; without its head it is a plain encoder."""
    from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizerFast

    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join((*MARKS, *WORDS)), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(MARKS) + len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=LENGTH_LIMIT,
        num_labels=score_count,
        initializer_range=DECISIVE,
    )
    with torch.random.fork_rng():
        torch.manual_seed(5)
        model = BertForSequenceClassification(config) if has_head else BertModel(config)
    model.save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=LENGTH_LIMIT).save_pretrained(folder)
    return folder


def logits(folder: Path, question: str, texts: Sequence[str]) -> list[list[float]]:
    """Return what the model of a folder says of each pair, by transformers alone."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        rows = [model(**tokenizer(question, text, return_tensors="pt")).logits[0] for text in texts]
    return [[float(logit) for logit in row] for row in rows]
