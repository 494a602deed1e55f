"""The adapter: merged into the weights it was made for, refused by others."""

from pathlib import Path

import numpy as np
import pytest

from noa_rag.domain.errors import ModelUnavailable
from noa_rag.retrieval.bundled_model import unpacking
from noa_rag.retrieval.bundled_model.unpacking import model_name, save_adapter, with_adapter
from noa_rag.retrieval.bundled_model.weights_file import Dimensions, PieceVocabulary, Q4Model

SIZES = Dimensions(
    hidden_size=4,
    layer_count=2,
    head_count=1,
    feed_forward_size=6,
    vocabulary_size=1,
    position_count=1,
    segment_count=1,
    layer_norm_epsilon=1e-5,
)
QUERY, WIDE = "attention.self.query", "intermediate.dense"


def a_model() -> Q4Model:
    drawn = np.random.default_rng(0)
    tensors = {"emb.word": np.ones(4, np.float32)}
    for layer in range(2):
        tensors[f"l{layer}.q.w"] = drawn.normal(size=16).astype(np.float32)
        tensors[f"l{layer}.fi.w"] = drawn.normal(size=24).astype(np.float32)
    return Q4Model(SIZES, PieceVocabulary(("▁",), (0.0,), 0, 0, 0, 0), tensors)


def parts(layers: int = 2) -> dict[str, np.ndarray]:
    drawn = np.random.default_rng(1)
    tensors = {}
    for layer in range(layers):
        for long, rows in ((QUERY, 4), (WIDE, 6)):
            name = f"base_model.model.encoder.layer.{layer}.{long}"
            tensors[f"{name}.lora_A.weight"] = drawn.normal(size=(2, 4)).astype(np.float16).astype(np.float32)
            tensors[f"{name}.lora_B.weight"] = drawn.normal(size=(rows, 2)).astype(np.float16).astype(np.float32)
    return tensors


def test_a_layer_gains_the_scaled_product_and_the_rest_stays(tmp_path: Path) -> None:
    save_adapter(parts(), tmp_path / "a.safetensors", {"scale": "2.0"})
    model = a_model()
    merged = with_adapter(model, tmp_path / "a.safetensors")

    for layer in range(2):
        for short, long in (("q", QUERY), ("fi", WIDE)):
            name = f"base_model.model.encoder.layer.{layer}.{long}"
            product = parts()[f"{name}.lora_B.weight"] @ parts()[f"{name}.lora_A.weight"]
            gained = merged.tensors[f"l{layer}.{short}.w"] - model.tensors[f"l{layer}.{short}.w"]
            np.testing.assert_allclose(gained.reshape(product.shape), 2.0 * product, atol=1e-5)
    np.testing.assert_array_equal(merged.tensors["emb.word"], model.tensors["emb.word"])


def test_an_adapter_of_another_model_is_refused(tmp_path: Path) -> None:
    save_adapter(parts(layers=3), tmp_path / "a.safetensors", {"scale": "2.0"})

    with pytest.raises(ModelUnavailable, match="another model"):
        with_adapter(a_model(), tmp_path / "a.safetensors")


@pytest.mark.parametrize("content", [b"", b"no adapter", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_a_damaged_adapter_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.safetensors").write_bytes(content)

    with pytest.raises(ModelUnavailable, match="Install Noa again"):
        with_adapter(a_model(), tmp_path / "a.safetensors")


def test_its_name_is_that_of_its_weights_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = []
    for number, (scaled, about) in enumerate(((1.0, "one"), (1.0, "other"), (2.0, "one"))):
        path = tmp_path / f"{number}.safetensors"
        save_adapter({name: scaled * part for name, part in parts().items()}, path, {"scale": "2.0", "figures": about})
        monkeypatch.setattr(unpacking, "ADAPTER", path)
        model_name.cache_clear()
        names.append(model_name())
    model_name.cache_clear()

    assert names[0] == names[1] != names[2]
    assert all(name.startswith("multilingual-e5-small-") for name in names)


def test_without_an_adapter_the_model_is_as_it_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "ADAPTER", tmp_path / "absent.safetensors")
    model_name.cache_clear()
    model = a_model()

    assert with_adapter(model, tmp_path / "absent.safetensors") is model
    assert model_name() == "multilingual-e5-small"
    model_name.cache_clear()
