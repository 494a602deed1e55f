"""Training a cross-encoder from the adapted embedding model: the candidate that smaller readers are compared with.

Both texts stand in one sequence, and the model's upper layers and a new head learn whether the second answers or bears
out the first (Nogueira and Cho 2019, "Passage Re-ranking with BERT"). Training stops when told and goes on from there.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from datasets import Dataset
from sentence_transformers import CrossEncoder
from sentence_transformers.base.sampler import DefaultBatchSampler
from sentence_transformers.cross_encoder import CrossEncoderTrainer, CrossEncoderTrainingArguments
from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import get_last_checkpoint

from noa_rag.retrieval.bundled_model.sentence_folder import write_sentence_folder
from noa_rag.retrieval.bundled_model.unpacking import with_adapter
from noa_rag.retrieval.bundled_model.weights_file import locate_weights, read_q4_file, with_latin_pieces

SEED = 0
LEARNING_LAYERS = 6  # of twelve; the lower ones stay as the adapter left them
BATCH = 32
RATE, WARM_UP, DECAY = 1e-4, 0.08, 0.01
SAVED_EVERY = 50  # batches
SORTED_AT_ONCE = 50  # batches whose pairs are sorted by length, so that little is padding
BEGIN, END = "<s>", "</s>"


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two texts read together, and whether the second answers, or bears out, the first."""

    asked: str
    text: str
    is_right: bool


def adapted_encoder(folder: Path) -> Path:
    """Return `folder` with the adapted model in single precision, which reads pairs; it is filled where it is empty."""
    if not (folder / "model.safetensors").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write_sentence_folder(folder, with_adapter(with_latin_pieces(read_q4_file(locate_weights(None)))))
        name = str(folder / "tokenizer.json")
        tokenizer = Tokenizer.from_file(name)
        tokenizer.post_processor = TemplateProcessing(
            single=f"{BEGIN} $A {END}",
            pair=f"{BEGIN} $A {END} {END} $B {END}",
            special_tokens=[(one, tokenizer.token_to_id(one)) for one in (BEGIN, END)],
        )
        tokenizer.save(name)
    return folder


def train(
    start: Path, pairs: Sequence[LabelledPair], work: Path, *, minutes: float, tokens: int, seed: int = SEED
) -> tuple[Path, str]:
    """Return the folder of a cross-encoder that read `pairs` once, and how far it came within the minutes.

    `start` is the folder of an encoder; `tokens` are read of a pair. An earlier training with the same pairs is resumed
    from `work`. Right and wrong pairs weigh alike. Repeatable for a number of threads when it is not interrupted.
    """
    torch.manual_seed(seed)
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    model = CrossEncoder(str(start), num_labels=1, max_length=tokens, local_files_only=True, config_kwargs=still)
    learning = [f"encoder.layer.{at}." for at in range(model.config.num_hidden_layers)][-LEARNING_LAYERS:]
    for name, weights in model.named_parameters():
        weights.requires_grad_("classifier" in name or "pooler" in name or any(one in name for one in learning))
    arguments = CrossEncoderTrainingArguments(
        output_dir=str(work),
        num_train_epochs=1,
        per_device_train_batch_size=BATCH,
        batch_sampler=AlikeInLength,
        learning_rate=RATE,
        warmup_ratio=WARM_UP,
        weight_decay=DECAY,
        save_steps=SAVED_EVERY,
        save_total_limit=1,
        logging_steps=20,
        seed=seed,
        report_to="none",
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    right = sum(one.is_right for one in pairs)
    loss = BinaryCrossEntropyLoss(model, pos_weight=torch.tensor((len(pairs) - right) / max(right, 1)))
    rows = {
        "asked": [one.asked for one in pairs],
        "text": [one.text for one in pairs],
        "label": [float(one.is_right) for one in pairs],
    }
    trainer = CrossEncoderTrainer(
        model=model, args=arguments, train_dataset=Dataset.from_dict(rows), loss=loss, callbacks=[_Until(minutes)]
    )
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(work)) if work.is_dir() else None)
    trained = work / "model"
    model.save_pretrained(str(trained))
    state = trainer.state
    return (
        trained,
        f"{state.global_step} of {state.max_steps} batches of {BATCH}, {len(pairs)} pairs in all, seed {seed}",
    )


class AlikeInLength(DefaultBatchSampler):  # type: ignore[misc]
    """Batches of pairs of about one length, in a random order."""

    def __init__(self, dataset: Dataset, batch_size: int, drop_last: bool, **_: object) -> None:
        super().__init__(range(len(dataset)), batch_size=batch_size, drop_last=drop_last)
        self._lengths = [len(one["asked"]) + len(one["text"]) for one in dataset]
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __iter__(self) -> Iterator[list[int]]:
        """Yield the places of each batch's pairs, the same ones for a round of a seed."""
        drawn_by = random.Random(self._epoch)
        places = drawn_by.sample(range(len(self._lengths)), len(self._lengths))
        batches: list[list[int]] = []
        for start in range(0, len(places), SORTED_AT_ONCE * self.batch_size):
            near = sorted(places[start : start + SORTED_AT_ONCE * self.batch_size], key=self._lengths.__getitem__)
            cut = [near[at : at + self.batch_size] for at in range(0, len(near), self.batch_size)]
            batches += drawn_by.sample(cut, len(cut))
        yield from batches


class _Until(TrainerCallback):  # type: ignore[misc]
    """Saves and stops once the minutes are over."""

    def __init__(self, minutes: float) -> None:
        self._end = time.monotonic() + 60 * minutes

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> TrainerControl:
        if time.monotonic() > self._end:
            control.should_save = control.should_training_stop = True
        return control
