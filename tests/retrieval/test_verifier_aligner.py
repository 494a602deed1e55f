"""The aligner: pairs are scored the same alone and in company, and from a file as before it was written."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from noa_rag.domain.errors import NoaError
from noa_rag.retrieval.verifier.aligner import Aligner, Pair, batch, load_aligners, model_of_aligners, save_aligners

DIMENSION = 8
ABOUT = {"command": "make verifier", "model": "multilingual-e5-small", "lessons": "12"}


def an_aligner(seed: int = 0, *, width: int = 6) -> Aligner:
    torch.manual_seed(seed)
    return Aligner(DIMENSION, width=width).eval()


def a_pair(asked: int, *lengths: int, seed: int = 1) -> Pair:
    """Return a pair of that many words: of the question, then of each segment of the entry."""
    drawn = np.random.default_rng(seed)
    question, entry = (drawn.normal(size=(n, DIMENSION)).astype(np.float16) for n in (asked, sum(lengths)))
    return Pair(question, entry, np.repeat(np.arange(len(lengths)), lengths))


def scores(aligner: Aligner, pairs: Sequence[Pair]) -> list[float]:
    with torch.inference_mode():
        return [float(one) for one in aligner(*batch(pairs))]


def test_a_pair_scores_the_same_alone_and_beside_longer_ones() -> None:
    pairs = [a_pair(2, 1, 1, 0), a_pair(9, 5, 7, 30, seed=2), a_pair(4, 3, 2, 50, seed=3)]
    aligner = an_aligner()

    together = scores(aligner, pairs)

    assert together == pytest.approx([scores(aligner, [pair])[0] for pair in pairs], abs=1e-5)
    assert len({round(one, 4) for one in together}) == 3  # or nothing was compared


def test_a_batch_is_padded_to_the_longest_with_words_that_are_not_real() -> None:
    question, is_word, entry, is_entry, segments = batch([a_pair(1, 1, 1, 1), a_pair(3, 2, 1, 2)])

    assert (question.shape, entry.shape) == ((2, 3, DIMENSION), (2, 5, DIMENSION))
    assert is_word.tolist() == [[True, False, False], [True, True, True]]
    assert is_entry.sum(dim=1).tolist() == [3, 5]
    assert segments.tolist() == [[0, 1, 2, 0, 0], [0, 0, 1, 2, 2]]
    assert not question[0, 1:].any()


def test_the_part_of_the_entry_in_which_a_word_stands_matters() -> None:
    pair = a_pair(3, 2, 2, 2)
    elsewhere = Pair(pair.question, pair.entry, pair.segments[::-1].copy())

    one, other = scores(an_aligner(), [pair, elsewhere])

    assert abs(one - other) > 1e-4


def test_stored_aligners_score_as_before_within_half_precision(tmp_path: Path) -> None:
    pairs = [a_pair(4, 3, 3, 10, seed=seed) for seed in range(5)]
    written = [an_aligner(0), an_aligner(1)]
    save_aligners(tmp_path / "aligner.safetensors", written, ABOUT)

    loaded = load_aligners(tmp_path / "aligner.safetensors")

    assert model_of_aligners(tmp_path / "aligner.safetensors") == "multilingual-e5-small"
    assert len(loaded) == 2
    for before, after in zip(written, loaded, strict=True):
        assert scores(after, pairs) == pytest.approx(scores(before, pairs), abs=5e-3)
    assert scores(loaded[0], pairs) != pytest.approx(scores(loaded[1], pairs), abs=5e-3)


def test_aligners_of_any_width_are_loaded_and_do_not_drop_words(tmp_path: Path) -> None:
    torch.manual_seed(0)
    save_aligners(tmp_path / "aligner.safetensors", [Aligner(DIMENSION, width=3, dropout=0.5)], ABOUT)

    (aligner,) = load_aligners(tmp_path / "aligner.safetensors")

    assert aligner.match.out_features == 3
    assert scores(aligner, [a_pair(2, 2, 2, 2)]) == scores(aligner, [a_pair(2, 2, 2, 2)])


def test_what_made_the_aligners_is_kept_with_them(tmp_path: Path) -> None:
    save_aligners(tmp_path / "aligner.safetensors", [an_aligner()], ABOUT)

    with safe_open(tmp_path / "aligner.safetensors", framework="pt") as file:
        assert file.metadata() == ABOUT


@pytest.mark.parametrize("damage", ["empty", "cut", "random", "missing", "no metadata", "other tensors", "one missing"])
def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "aligner.safetensors"
    save_aligners(path, [an_aligner()], ABOUT)
    whole = path.read_bytes()
    tensors = {f"0.{name}": tensor for name, tensor in an_aligner().state_dict().items()}
    if damage == "missing":
        path.unlink()
    elif damage == "no metadata":
        save_file(tensors, path)
    elif damage == "other tensors":
        save_file({"weights": torch.zeros(2)}, path, metadata=ABOUT)
    elif damage == "one missing":
        save_file({name: tensor for name, tensor in tensors.items() if "decide" not in name}, path, metadata=ABOUT)
    else:
        path.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "random": b"\x07" * 500}[damage])

    with pytest.raises(NoaError, match=r"(?s)The verifier aligner\.safetensors cannot be read .*Run `make verifier`\."):
        _ = model_of_aligners(path), load_aligners(path)
