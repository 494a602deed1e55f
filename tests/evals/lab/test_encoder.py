"""Adapting the bundled model: what it is shown, what is taught, and that an interrupted training goes on."""

import random
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

pytest.importorskip("datasets", reason="the extra `training` is not installed")
pytest.importorskip("peft", reason="the extra `training` is not installed")

from evals.lab.encoder.pairs import TrainingPair, with_slips
from evals.lab.encoder.train import BATCH, neighbour_batches


def a_pair(
    group: str, vector: list[float], question: str = "quand déclarer la tva", base: str = "pack"
) -> TrainingPair:
    unit = np.asarray(vector, np.float32)
    return TrainingPair(question, True, f"texte de {group}", True, base, group, unit / np.linalg.norm(unit))


def spread_pairs(count: int, base: str = "pack") -> list[TrainingPair]:
    drawn = np.random.default_rng(3)
    return [a_pair(f"{base}-{number}", list(drawn.normal(size=24)), base=base) for number in range(count)]


def test_slips_are_repeated_from_a_seed_and_touch_some_questions_only() -> None:
    question = "comment embaucher un salarié pour la première fois"
    typed = [with_slips(question, random.Random(seed)) for seed in range(200)]

    assert typed == [with_slips(question, random.Random(seed)) for seed in range(200)]
    assert 0.2 < sum(text != question for text in typed) / 200 < 0.5
    assert all(typed)


def test_a_batch_holds_each_group_once_and_no_two_texts_that_say_the_same() -> None:
    pairs = spread_pairs(3 * BATCH)
    pairs += [a_pair("pack-0", list(pairs[5].vector)), a_pair("twin", list(pairs[1].vector))]
    batches = neighbour_batches(pairs, seed=0)

    assert batches
    for batch in batches:
        assert len(batch) == BATCH
        assert len({pairs[place].group for place in batch}) == BATCH
        vectors = np.stack([pairs[place].vector for place in batch])
        assert (vectors @ vectors.T - 2 * np.eye(BATCH)).max() < 0.965


@pytest.mark.timeout(600)
def test_an_interrupted_training_ends_as_one_in_a_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from evals.lab.encoder import train as training

    pairs = spread_pairs(BATCH)
    monkeypatch.setattr(training, "SAVED_EVERY", 1)
    batches = neighbour_batches(pairs, seed=0) * 2
    whole = training.train(training.model_as_it_came(tmp_path / "base"), pairs, batches, tmp_path / "whole", seed=0)

    def cut_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("transformers.trainer_callback.CallbackHandler.on_save", cut_off)
        with pytest.raises(KeyboardInterrupt):
            training.train(training.model_as_it_came(tmp_path / "base"), pairs, batches, tmp_path / "parts", seed=0)
    assert [path.name for path in (tmp_path / "parts").glob("checkpoint-*")] == ["checkpoint-1"]
    resumed = training.train(training.model_as_it_came(tmp_path / "base"), pairs, batches, tmp_path / "parts", seed=0)

    first, second = load_file(whole), load_file(resumed)
    assert first.keys() == second.keys()
    assert len(first) == 2 * 12 * 6
    for name, part in first.items():
        np.testing.assert_allclose(part, second[name], atol=1e-5)
    assert any(np.abs(part).max() > 0 for name, part in first.items() if "lora_B" in name)
