"""`make encoder`: train the adapter of the embedded model further, measure it, and keep it; with `--anew` from none.

The others of a batch are wrong answers. An interrupted training goes on where it was saved.
"""

import json
import random
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from numpy.typing import NDArray
from peft import LoraConfig, set_peft_model_state_dict
from safetensors.numpy import load_file as load_arrays
from safetensors.torch import load_file
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.base.sampler import DefaultBatchSampler
from torch import Tensor, nn
from torch.utils.data import SequentialSampler
from transformers.trainer_utils import get_last_checkpoint

from evals.calibration.asking import ask_with
from evals.calibration.fiche_report import HITS_AT, hit_figure, orders
from evals.lab.encoder.pairs import (
    FICHES,
    PACK,
    TrainingPair,
    data_hash,
    pairs_of_fiches,
    pairs_of_pack,
    pairs_of_sentences,
)
from evals.metrics.figure import Figure
from evals.runner.bases import opened, shared_is_there
from evals.runner.folders import WORK
from evals.suites.cases import CaseKind
from evals.suites.splits import questions_apart
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.ports import Progress
from noa_rag.retrieval.bundled_model import ignore_progress
from noa_rag.retrieval.bundled_model.sentence_folder import write_sentence_folder
from noa_rag.retrieval.bundled_model.unpacking import (
    ADAPTER,
    MODEL,
    model_name,
    save_adapter,
    unpack,
    variant_for_this_processor,
)
from noa_rag.retrieval.bundled_model.weights_file import locate_weights, read_q4_file, with_latin_pieces
from noa_rag.retrieval.embedding import BUNDLED

BATCH = 32
CLUSTER = 8  # neighbours together; four such in a batch
SAME_TEXT = 0.965  # cosine before training; above it, one of two texts may answer the other's question
RANK, ALPHA = 16, 32  # what is added to the weights is ALPHA / RANK times the product
ADAPTED = (
    r".*encoder\.layer\.\d+\."
    r"(attention\.self\.(query|key|value)|attention\.output\.dense|intermediate\.dense|output\.dense)"
)
RATE, WARM_UP = 5e-4, 0.08
FURTHER_RATE = 2e-4  # from an adapter that was trained before
TOKENS = 144  # read of a text while training; half of the passages are longer, and say what they are about first
SAVED_EVERY = 40  # batches; about four minutes on two cores


def neighbour_batches(pairs: Sequence[TrainingPair], *, seed: int) -> list[list[int]]:
    """Return the positions of pairs in batches of `BATCH`, one kind in each; incomplete batches are left out.

    No batch holds two pairs of one group, nor two texts that say the same: either might answer the other's question.
    """
    drawn_by = random.Random(seed)
    vectors = np.stack([pair.vector for pair in pairs])
    batches = []
    for kind in sorted({pair.kind for pair in pairs}):
        places = [place for place, pair in enumerate(pairs) if pair.kind == kind]
        batches += _of_one_kind(pairs, vectors, places, drawn_by)
    drawn_by.shuffle(batches)
    return batches


def _of_one_kind(
    pairs: Sequence[TrainingPair], vectors: NDArray[np.float32], places: Sequence[int], drawn_by: random.Random
) -> list[list[int]]:
    left = set(places)
    order = list(places)
    drawn_by.shuffle(order)
    batches: list[list[int]] = []
    batch: list[int] = []
    for first in order:
        if first not in left or not _fits(first, batch, pairs, vectors):
            continue
        near = np.asarray(sorted(left))
        near = near[np.argsort(-(vectors[near] @ vectors[first]), kind="stable")]
        chosen = 0
        for place in [first, *(int(row) for row in near)]:
            if chosen == CLUSTER or len(batch) == BATCH:
                break
            if place in left and _fits(place, batch, pairs, vectors):
                batch.append(place)
                left.discard(place)
                chosen += 1
        if len(batch) == BATCH:
            batches.append(batch)
            batch = []
    return batches


def _fits(place: int, batch: Sequence[int], pairs: Sequence[TrainingPair], vectors: NDArray[np.float32]) -> bool:
    if not batch:
        return True
    group = pairs[place].group
    return all(pairs[position].group != group for position in batch) and bool(
        (vectors[list(batch)] @ vectors[place]).max() < SAME_TEXT
    )


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
        questions, texts = (self.model(dict(features)) for features in sentence_features)
        right = torch.arange(len(questions["sentence_embedding"]))
        meaning = _unit(questions["sentence_embedding"]) @ _unit(texts["sentence_embedding"]).T
        whole = nn.functional.cross_entropy(meaning / TEMPERATURE, right.to(meaning.device))
        words = nn.functional.cross_entropy(late_interaction(questions, texts) / TEMPERATURE, right.to(meaning.device))
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


def model_as_it_came(folder: Path) -> SentenceTransformer:
    """Return the bundled model before any adapter, in single precision; `folder` is filled when it is missing."""
    with _filled_once(folder) as missing:
        if missing:
            write_sentence_folder(folder, with_latin_pieces(read_q4_file(locate_weights(None))))
    # Dropout takes as long as the layers on a processor, and the adapter is small beside what it learns from.
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    return SentenceTransformer(
        str(folder), local_files_only=True, config_kwargs=still, model_kwargs={"add_pooling_layer": False}
    )


def served_as_it_came(folder: Path) -> str:
    """Return the same model as a service would run it, in whole numbers; `folder` is filled when it is missing."""
    with _filled_once(folder) as missing:
        if missing:
            unpack(
                locate_weights(None), folder, variant_for_this_processor(), progress=ignore_progress, is_adapted=False
            )
    return str(folder)


def train(
    model: SentenceTransformer,
    pairs: Sequence[TrainingPair],
    batches: Sequence[Sequence[int]],
    work: Path,
    *,
    seed: int,
    start: Path | None = None,
) -> Path:
    """Train an adapter of the model on the pairs, batch by batch, and return the file that peft saved it in.

    It begins as the adapter `start`, at random without one. An earlier training with the same batches is resumed from
    `work`. The model is left adapted.
    """
    torch.manual_seed(seed)
    model.max_seq_length = TOKENS
    model.add_adapter(LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=ADAPTED, task_type="FEATURE_EXTRACTION"))
    if start is not None:
        _load_adapter(model, start)
    drawn_by = random.Random(seed)
    ordered = [pairs[place].as_typed(drawn_by) for batch in batches for place in batch]
    rows = Dataset.from_dict({"asked": [question for question, _ in ordered], "text": [text for _, text in ordered]})
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(work),
        num_train_epochs=1,
        per_device_train_batch_size=BATCH,
        learning_rate=FURTHER_RATE if start else RATE,
        warmup_steps=int(WARM_UP * len(batches)),
        lr_scheduler_type="linear",
        weight_decay=0.01,
        max_grad_norm=1.0,
        save_steps=SAVED_EVERY,
        save_total_limit=2,
        logging_steps=10,
        batch_sampler=_as_laid_out,
        seed=seed,
        report_to="none",
        dataloader_pin_memory=torch.cuda.is_available(),
        dataloader_drop_last=True,
    )
    trainer = _AdapterTrainer(model=model, args=arguments, train_dataset=rows, loss=NearestByBothReadings(model))
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(work)) if work.is_dir() else None)
    saved = work / "adapter"
    model[0].auto_model.save_pretrained(str(saved))
    return saved / "adapter_model.safetensors"


class _AdapterTrainer(SentenceTransformerTrainer):  # type: ignore[misc]
    """Goes on from a checkpoint that holds an adapter alone; the library looks for a whole model in it."""

    def _load_from_checkpoint(self, checkpoint_path: str) -> None:
        _load_adapter(self.model, Path(checkpoint_path, "adapter_model.safetensors"))


def _load_adapter(model: SentenceTransformer, path: Path) -> None:
    named = {name.removeprefix("base_model.model."): part.float() for name, part in load_file(path).items()}
    set_peft_model_state_dict(model[0].auto_model, named)


@contextmanager
def _filled_once(folder: Path) -> Iterator[bool]:
    """Yield whether a folder is still to be filled; one that was left half filled is emptied first."""
    done = folder / ".filled"
    if missing := not done.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    yield missing
    done.touch()


def _as_laid_out(dataset: Dataset, batch_size: int, drop_last: bool, **_: object) -> DefaultBatchSampler:
    return DefaultBatchSampler(SequentialSampler(dataset), batch_size=batch_size, drop_last=drop_last)


SEED = 0
ROUNDS = 2  # each with other neighbours and other slips; one where an adapter is trained further
FOLDER = WORK.parent / "encoder"
GATHERED = ((FICHES, pairs_of_fiches), (PACK, pairs_of_pack))
REHEARSED = 0.33  # of the pairs that an adapter was trained on before, so that it does not forget them


def main() -> None:
    """Train, store, and print hits on fiches that training never saw."""
    if not shared_is_there():
        raise SystemExit("The shared French material is absent: there is nothing to learn from.")
    start = None if "--anew" in sys.argv[1:] else ADAPTER
    with reported_errors(), shown_progress() as progress:
        pairs = gathered(progress, start)
        batches = [batch for seed in range(1 if start else ROUNDS) for batch in neighbour_batches(pairs, seed=seed)]
        print(len(pairs), "pairs,", len(batches), "batches")
        work = FOLDER / "training"
        made = train(model_as_it_came(FOLDER / "base"), pairs, batches, work, seed=SEED, start=start)
        about = {
            "command": f"make encoder, trained further from {model_name()}" if start else "make encoder, anew",
            "model": MODEL,
            "scale": str(ALPHA / RANK),
            "data_sha256": data_hash(),
            "pairs": str(len(pairs)),
            "batches": str(len(batches)),
            "seed": str(SEED),
        }
        save_adapter(load_arrays(made), ADAPTER, about)
        model_name.cache_clear()
        figures = {figure.name: round(figure.value, 4) for figure in measured(progress)}
        save_adapter(load_arrays(made), ADAPTER, {**about, "figures": json.dumps(figures, ensure_ascii=False)})
    shutil.rmtree(work)  # only an interrupted training is resumed
    for name, figure in figures.items():
        print(name, figure)


def gathered(progress: Progress, start: Path | None) -> list[TrainingPair]:
    """Return all that is learned from, with the vectors of the model that training begins with.

    Where that has an adapter, what it was trained on before is a sample, beside the sentences.
    """
    pairs: list[TrainingPair] = []
    model = BUNDLED if start else served_as_it_came(FOLDER / "served")
    for name, gather in GATHERED:
        base = name if start else f"{name}-as-it-came"
        with opened(base, pack=name == PACK, fiches=name == FICHES, progress=progress, embedding_model=model) as noa:
            before = gather(noa)
            pairs += random.Random(SEED).sample(before, int(REHEARSED * len(before))) if start else before
            pairs += pairs_of_sentences(noa) if name == PACK else []
    return pairs


def measured(progress: Progress) -> list[Figure]:
    """Return how often the right fiche comes first, and in the first five, by each order and in each register.

    The fiches are those that training never saw, the model has its adapter.
    """
    with opened(FICHES, pack=False, fiches=True, progress=progress) as noa:
        cases = [case for case in questions_apart() if case.kind is CaseKind.IN_SCOPE]
        asked_cases = ask_with(noa.retriever, noa.index.embedder, cases)
        rates = []
        for name, order in orders(noa).items():
            ranked = [(asked_case, order(asked_case)) for asked_case in asked_cases]
            rates += [hit_figure(ranked, limit, f"written, {name}") for limit in HITS_AT]
            for register in Counter(case.register for case in cases):
                own = [(asked_case, ids) for asked_case, ids in ranked if asked_case.case.register == register]
                rates += [hit_figure(own, limit, f"written, {name}, {register}") for limit in HITS_AT]
        return rates


if __name__ == "__main__":
    main()
