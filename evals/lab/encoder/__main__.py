"""`make encoder`: adapt the bundled model anew, and store the adapter beside the code that merges it."""

import argparse
import json
import random
import shutil
import sys
from collections import Counter

from safetensors.numpy import load_file

from evals.calibration.asking import ask_with
from evals.calibration.fiche_report import HITS_AT, hit_figure, orders
from evals.lab.encoder.pairs import FICHES, PACK, TrainingPair, data_hash, pairs_of_fiches, pairs_of_pack
from evals.lab.encoder.train import ALPHA, RANK, model_as_it_came, neighbour_batches, served_as_it_came, train
from evals.metrics.figure import Figure
from evals.runner.bases import WORK, opened, shared_is_there
from evals.suites.cases import CaseKind
from evals.suites.splits import questions_apart
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.ports import Progress
from noa_rag.retrieval.bundled_model.unpacking import ADAPTER, MODEL, model_name, save_adapter

SEED = 0
ROUNDS = 2  # each with other neighbours and other slips
FOLDER = WORK.parent / "encoder"
GATHERED = ((FICHES, pairs_of_fiches), (PACK, pairs_of_pack))


def main() -> int:
    """Train, store, and print hits on fiches that training never saw; what a share of the data gives is kept apart."""
    parser = argparse.ArgumentParser(prog="python -m evals.lab.encoder", description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the data, to try it out; nothing is replaced")
    share = parser.parse_args().share
    if not 0 < share <= 1:
        parser.error("--share is a number above 0, at most 1")
    if not shared_is_there():
        parser.error("the shared French material is absent: there is nothing to learn from")
    with reported_errors(), shown_progress() as progress:
        pairs = gathered(progress)
        pairs = random.Random(SEED).sample(pairs, round(share * len(pairs)))
        batches = [batch for seed in range(ROUNDS) for batch in neighbour_batches(pairs, seed=seed)]
        print(len(pairs), "pairs,", len(batches), "batches")
        work = FOLDER / ("training" if share == 1 else f"training-{share}")
        made = train(model_as_it_came(FOLDER / "base"), pairs, batches, work, seed=SEED)
        about = {
            "command": "make encoder",
            "model": MODEL,
            "scale": str(ALPHA / RANK),
            "data_sha256": data_hash(),
            "pairs": str(len(pairs)),
            "batches": str(len(batches)),
            "seed": str(SEED),
        }
        if share < 1:
            save_adapter(load_file(made), work / ADAPTER.name, about)
            print("kept in", work / ADAPTER.name)
            return 0
        save_adapter(load_file(made), ADAPTER, about)
        model_name.cache_clear()
        figures = {figure.name: round(figure.value, 4) for figure in measured(progress)}
        save_adapter(load_file(made), ADAPTER, {**about, "figures": json.dumps(figures, ensure_ascii=False)})
    shutil.rmtree(work)  # only an interrupted training is gone on with
    for name, figure in figures.items():
        print(name, figure)
    return 0


def gathered(progress: Progress) -> list[TrainingPair]:
    """Return all that is learned from, with the vectors of the model as it came."""
    pairs: list[TrainingPair] = []
    model = served_as_it_came(FOLDER / "served")
    for name, gather in GATHERED:
        with opened(
            f"{name}-as-it-came", pack=name == PACK, fiches=name == FICHES, progress=progress, embedding_model=model
        ) as noa:
            pairs += gather(noa)
    return pairs


def measured(progress: Progress) -> list[Figure]:
    """Return how often the right fiche comes first, and in the first five, by each order and in each register.

    The fiches are those that training never saw, the model has its adapter.
    """
    with opened(FICHES, pack=False, fiches=True, progress=progress) as noa:
        cases = [case for case in questions_apart() if case.kind is CaseKind.IN_SCOPE]
        asked = ask_with(noa.retriever, noa.index.embedder, cases)
        found = []
        for name, order in orders(noa).items():
            ranked = [(one, order(one)) for one in asked]
            found += [hit_figure(ranked, limit, f"written, {name}") for limit in HITS_AT]
            for register in Counter(case.register for case in cases):
                own = [(one, ids) for one, ids in ranked if one.case.register == register]
                found += [hit_figure(own, limit, f"written, {name}, {register}") for limit in HITS_AT]
        return found


if __name__ == "__main__":
    sys.exit(main())
