"""The part of the vocabulary that Noa's languages use.

More than half of the 250,002 pieces are for other scripts. The tokeniser's tree of them all takes 295 MB of
resident memory, that of the Latin ones 98 MB; texts in Latin script are cut, and so embedded, exactly as before.
"""

import unicodedata
from dataclasses import replace

import numpy as np

from noa_rag.retrieval.bundled_model.q4_file import Q4Model, Vocabulary

METASPACE = "▁"


def with_latin_pieces(model: Q4Model) -> Q4Model:
    """Return the model with special pieces, pieces in Latin script, digits, signs, and single letters of any alphabet.

    The order is kept, so that the special pieces at the head keep their ids.
    """
    sizes, vocabulary = model.dimensions, model.vocabulary
    kept = [at for at, piece in enumerate(vocabulary.pieces) if _is_special(at, vocabulary) or is_kept(piece)]
    rows = model.tensors["emb.word"].reshape(sizes.vocabulary_size, sizes.hidden_size)
    return Q4Model(
        dimensions=replace(sizes, vocabulary_size=len(kept)),
        vocabulary=replace(
            vocabulary,
            pieces=tuple(vocabulary.pieces[at] for at in kept),
            scores=tuple(vocabulary.scores[at] for at in kept),
        ),
        tensors={**model.tensors, "emb.word": np.ascontiguousarray(rows[kept]).reshape(-1)},
    )


def is_kept(piece: str) -> bool:
    """Whether a piece is written in Latin script, or is one letter of another alphabet, no ideograph."""
    bare = piece.replace(METASPACE, "")
    if len(bare) == 1:
        return unicodedata.category(bare) != "Lo"
    return all(_is_latin_or_neutral(char) for char in bare)


def _is_special(at: int, vocabulary: Vocabulary) -> bool:
    mask_at = len(vocabulary.pieces) - 1
    return at in (vocabulary.bos_id, vocabulary.eos_id, vocabulary.pad_id, vocabulary.unk_id, mask_at)


def _is_latin_or_neutral(char: str) -> bool:
    if not char.isalpha():
        return unicodedata.category(char)[0] != "M" or ord(char) < 0x370
    return unicodedata.name(char, "").startswith(("LATIN", "FEMININE ORDINAL", "MASCULINE ORDINAL", "MICRO"))
