"""Writes the sentence-transformers folder of the model: configuration, tokeniser, weights."""

import json
from pathlib import Path
from typing import Any

from noa_rag.retrieval.bundled_model.weights_file import Dimensions, Float32Array, PieceVocabulary, Q4Model

# Names in the weights file, and in transformers' BertModel.
LAYER_TENSORS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
MODULES = ("Transformer", "Pooling", "Normalize")
PROMPTS_NAME = "config_sentence_transformers.json"
MAX_TOKENS = 512  # The model has 512 positions.

# What SentencePiece's nmt_nfkc rules do beyond NFKC, read from the character map of the weights file.
DROPPED_CHARACTERS = r"[\x01-\x08\x0b\x0e-\x1f\x7f\x{8f}\x{9f}]"
SPACE_CHARACTERS = r"[\t\n\f\r\x{1680}\x{200b}-\x{200f}\x{2028}\x{2029}\x{2581}\x{feff}\x{fffd}]"


def write_sentence_folder(folder: Path, model: Q4Model) -> None:
    """Write configuration, tokeniser and single-precision weights; the folder must exist and be empty."""
    from safetensors.numpy import save_file

    write_configuration(folder, model)
    save_file(_bert_tensors(model), folder / "model.safetensors", metadata={"format": "pt"})


def write_configuration(folder: Path, model: Q4Model) -> None:
    """Write everything but the weights."""
    write_tokenizer_files(folder, model.vocabulary)
    _write_json(folder / "config.json", _bert_config(model.dimensions, pad_id=model.vocabulary.pad_id))
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": MAX_TOKENS, "do_lower_case": False})
    _write_json(folder / PROMPTS_NAME, _prompts())
    _write_json(folder / "modules.json", [_module(place, name) for place, name in enumerate(MODULES)])
    (folder / "1_Pooling").mkdir()
    _write_json(folder / "1_Pooling" / "config.json", _mean_pooling(model.dimensions.hidden_size))
    (folder / "2_Normalize").mkdir()
    (folder / "2_Normalize" / "config.json").write_text("{}", encoding="utf-8")


def _bert_config(dimensions: Dimensions, *, pad_id: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": dimensions.hidden_size,
        "num_hidden_layers": dimensions.layer_count,
        "num_attention_heads": dimensions.head_count,
        "intermediate_size": dimensions.feed_forward_size,
        "vocab_size": dimensions.vocabulary_size,
        "max_position_embeddings": dimensions.position_count,
        "type_vocab_size": dimensions.segment_count,
        "layer_norm_eps": dimensions.layer_norm_epsilon,
        "hidden_act": "gelu",
        "pad_token_id": pad_id,
        "torch_dtype": "float32",
        # Keeps transformers from warning that the tokeniser has Mistral's wrong regular expression (4.57.3 and later).
        "transformers_version": "4.57.0",
    }


def _prompts() -> dict[str, Any]:
    return {
        "prompts": {"query": "query: ", "passage": "passage: "},
        "default_prompt_name": None,
        "similarity_fn_name": "cosine",
    }


def _module(place: int, name: str) -> dict[str, Any]:
    path = f"{place}_{name}" if place else ""
    return {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{name}"}


def _mean_pooling(dimension: int) -> dict[str, Any]:
    return {"word_embedding_dimension": dimension, "pooling_mode_mean_tokens": True}


def _bert_tensors(model: Q4Model) -> dict[str, Float32Array]:
    sizes, stored = model.dimensions, model.tensors
    tensors = {
        "embeddings.word_embeddings.weight": stored["emb.word"].reshape(sizes.vocabulary_size, sizes.hidden_size),
        "embeddings.position_embeddings.weight": stored["emb.pos"].reshape(sizes.position_count, sizes.hidden_size),
        "embeddings.token_type_embeddings.weight": stored["emb.type"].reshape(sizes.segment_count, sizes.hidden_size),
        "embeddings.LayerNorm.weight": stored["emb.ln.w"],
        "embeddings.LayerNorm.bias": stored["emb.ln.b"],
    }
    for layer in range(sizes.layer_count):
        for short, long in LAYER_TENSORS.items():
            weight, bias = stored[f"l{layer}.{short}.w"], stored[f"l{layer}.{short}.b"]
            # A layer norm has as many weights as biases; a linear layer has a row of weights for each bias.
            shaped = weight if len(weight) == len(bias) else weight.reshape(len(bias), -1)
            tensors[f"encoder.layer.{layer}.{long}.weight"] = shaped
            tensors[f"encoder.layer.{layer}.{long}.bias"] = bias
    return tensors


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")


def write_tokenizer_files(folder: Path, vocabulary: PieceVocabulary) -> None:
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


def _tokenizer_json(vocabulary: PieceVocabulary, names: dict[str, str]) -> str:
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
