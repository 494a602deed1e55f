"""The tokeniser of XLM-RoBERTa, written for the `tokenizers` library from pieces and scores."""

import json
from pathlib import Path

from noa_rag.retrieval.bundled_model.q4_file import Vocabulary

MAX_TOKENS = 512  # The model has 512 positions.

# What SentencePiece's nmt_nfkc rules do beyond NFKC, read from the character map of the weights file.
DROPPED_CHARACTERS = r"[\x01-\x08\x0b\x0e-\x1f\x7f\x{8f}\x{9f}]"
SPACE_CHARACTERS = r"[\t\n\f\r\x{1680}\x{200b}-\x{200f}\x{2028}\x{2029}\x{2581}\x{feff}\x{fffd}]"


def write_tokenizer_files(folder: Path, vocabulary: Vocabulary) -> None:
    """Write `tokenizer.json` and `tokenizer_config.json` into the folder."""
    names = {
        "bos_token": vocabulary.pieces[vocabulary.bos_id],
        "eos_token": vocabulary.pieces[vocabulary.eos_id],
        "pad_token": vocabulary.pieces[vocabulary.pad_id],
        "unk_token": vocabulary.pieces[vocabulary.unk_id],
        "cls_token": vocabulary.pieces[vocabulary.bos_id],
        "sep_token": vocabulary.pieces[vocabulary.eos_id],
        "mask_token": vocabulary.pieces[-1],
    }
    config = names | {
        # Any other class name is looked up in transformers, and the names differ between versions 4 and 5.
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": MAX_TOKENS,
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer.json").write_text(_tokenizer_json(vocabulary, names), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")


def _tokenizer_json(vocabulary: Vocabulary, names: dict[str, str]) -> str:
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    pairs = list(zip(vocabulary.pieces, vocabulary.scores, strict=True))
    tokenizer = Tokenizer(models.Unigram(pairs, vocabulary.unk_id, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(DROPPED_CHARACTERS), ""),
            normalizers.Replace(Regex(SPACE_CHARACTERS), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{names['bos_token']} $A {names['eos_token']}",
        special_tokens=[
            (names["bos_token"], vocabulary.bos_id),
            (names["eos_token"], vocabulary.eos_id),
        ],
    )
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in dict.fromkeys(names.values())])
    return str(tokenizer.to_str())
