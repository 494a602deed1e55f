"""The other candidate: sentence and passages in one sequence through the encoder, with a low-rank adapter and a head.

sentence-transformers' own trainer, which goes on from its last checkpoint. One pair costs twelve layers over both
sides, where the network over token vectors costs two small products; what it takes is printed before it begins.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import torch
from datasets import Dataset
from peft import LoraConfig
from sentence_transformers import CrossEncoder, CrossEncoderTrainer, CrossEncoderTrainingArguments
from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss
from tokenizers.processors import TemplateProcessing
from transformers.trainer_utils import get_last_checkpoint

from evals.lab.checker.pairs import Example
from evals.lab.encoder.train import ADAPTED, ALPHA, RANK
from noa_rag.retrieval.bundled_model.sentence_folder import write_sentence_folder
from noa_rag.retrieval.bundled_model.unpacking import with_adapter
from noa_rag.retrieval.bundled_model.weights_file import locate_weights, read_q4_file, with_latin_pieces

BATCH = 16
TOKENS = 256
RATE, WARM_UP = 4e-4, 0.08
SAVED_EVERY = 20  # batches


def opened(folder: Path) -> CrossEncoder:
    """Return the adapted encoder with a head and an adapter to train; `folder` is filled when it is missing."""
    if not (folder / "model.safetensors").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write_sentence_folder(folder, with_adapter(with_latin_pieces(read_q4_file(locate_weights(None)))))
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    model = CrossEncoder(str(folder), num_labels=1, max_length=TOKENS, local_files_only=True, config_kwargs=still)
    names = model.tokenizer.bos_token, model.tokenizer.eos_token
    ends = [(name, model.tokenizer.convert_tokens_to_ids(name)) for name in names]
    begin, end = names
    model.tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"{begin} $A {end}", pair=f"{begin} $A {end} {end} $B {end}", special_tokens=ends
    )
    return model


def train(model: CrossEncoder, examples: Sequence[Example], work: Path, *, seed: int, steps: int) -> Path:
    """Train an adapter and a head on the examples for at most `steps` batches, and return the folder they are saved in.

    What `work` holds of an earlier training is gone on with.
    """
    torch.manual_seed(seed)
    model.add_adapter(
        LoraConfig(
            r=RANK,
            lora_alpha=ALPHA,
            target_modules=ADAPTED,
            task_type="SEQ_CLS",
            modules_to_save=["classifier", "pooler"],
        )
    )
    rows = Dataset.from_dict(
        {
            "sentence": [one.sentence for one in examples],
            "passages": [one.premise for one in examples],
            "label": [float(one.is_faithful) for one in examples],
        }
    )
    arguments = CrossEncoderTrainingArguments(
        output_dir=str(work),
        max_steps=steps,
        per_device_train_batch_size=BATCH,
        learning_rate=RATE,
        warmup_steps=int(WARM_UP * steps),
        weight_decay=0.01,
        max_grad_norm=1.0,
        save_steps=SAVED_EVERY,
        save_total_limit=2,
        logging_steps=10,
        seed=seed,
        report_to="none",
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    right = sum(one.is_faithful for one in examples)
    weight = torch.tensor((len(examples) - right) / max(right, 1))
    loss = BinaryCrossEntropyLoss(model, pos_weight=weight)
    trainer = CrossEncoderTrainer(model=model, args=arguments, train_dataset=rows, loss=loss)
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(work)) if work.is_dir() else None)
    saved = work / "trained"
    model.save_pretrained(str(saved))
    return saved


def seconds_a_step(model: CrossEncoder, examples: Sequence[Example], count: int = 3) -> float:
    """Return how long a step over a batch takes on this machine: forward and back through every layer."""
    model.train()
    started = time.perf_counter()
    for place in range(count):
        batch = examples[place * BATCH : (place + 1) * BATCH]
        features = model.tokenizer(
            [one.sentence for one in batch],
            [one.premise for one in batch],
            padding=True,
            truncation=True,
            max_length=TOKENS,
            return_tensors="pt",
        )
        model.model(**features.to(model.device)).logits.mean().backward()
    return (time.perf_counter() - started) / count
