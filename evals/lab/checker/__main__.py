"""`make checker`: train the checker anew and store it, with its figures, beside the code that uses it."""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
import torch
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer

from evals.lab.checker.network import CheckerNetwork, export_checker
from evals.lab.checker.own_pairs import OWN
from evals.lab.checker.pairs import WRITTEN, Material, PairUse, crossed
from evals.lab.checker.training import (
    BOUND,
    RULES,
    JudgedPair,
    Pieces,
    Recipe,
    Watch,
    auroc_of,
    both_shares,
    by_kind,
    found_by_rules,
    is_shown,
    scores_of,
    threshold_for,
    train,
)
from evals.metrics.figure import share
from evals.runner.bases import FICHES
from evals.runner.folders import ROOT, WORK
from noa_rag.cli.console import reported_errors
from noa_rag.domain.errors import NoaError
from noa_rag.knowledge.pack import read_pack
from noa_rag.rephrasing.checker.checker import BUNDLED_CHECKER, Checker, Layered
from noa_rag.retrieval.bundled_model import prepare_bundled_model
from noa_rag.retrieval.bundled_model.running import BundledModel
from noa_rag.retrieval.bundled_model.sentence_folder import MAX_TOKENS
from noa_rag.retrieval.embedding import SentenceEmbedder, load_embedder
from noa_rag.retrieval.model_loading import model_of
from noa_rag.retrieval.verifier.token_cache import TokenCache, TokenStore
from noa_rag.settings import BUNDLED

BYTES_KEPT = 6_000_000_000  # more than the material needs
FOLDER = WORK.parent / "checker"
MADE_BY = ("own_pairs.py", "pairs.py")
_console = Console(width=110)


@click.group()
def main() -> None:
    """The checker of rephrasings: trained, and measured beside the rules."""


@main.command("train")
def train_command() -> None:
    """Train the network, fit the probability on the part that calibrates, and store."""
    torch.set_num_threads(1)  # sums in one order, so that a training can be repeated
    material, embedder = _material(), _embedder()
    written = material.training()
    examples = [*written, *crossed(written)]
    FOLDER.mkdir(parents=True, exist_ok=True)
    cache = TokenCache(Layered(embedder), limit=BYTES_KEPT, store=TokenStore(FOLDER / "tokens.sqlite"))
    digest = digest_of()
    network = train(examples, cache, FOLDER / f"{digest[:12]}.pt", pieces=_pieces(), watch=_watch("checker"))
    about = calibrated(network, material, cache) | {
        "command": "make checker",
        "model": model_of(embedder.fingerprint),
        "data_sha256": digest,
        "recipe": json.dumps(asdict(Recipe())),
        "examples": str(len(examples)),
        "written": str(len(written)),
    }
    export_checker(BUNDLED_CHECKER, network, about)
    print(about["figures"])


def calibrated(network: CheckerNetwork, material: Material, cache: TokenCache) -> dict[str, str]:
    """Return the curve from scores to probabilities and the figures, as they stand in the file."""
    judged = {
        part: [
            JudgedPair(example, frozenset(), score)
            for example, score in zip(example, scores_of(network, example, cache), strict=True)
        ]
        for part in (PairUse.CALIBRATION, PairUse.REPORT)
        for example in [material.written_of(part)]
    }
    fitted = judged[PairUse.CALIBRATION]
    curve = LogisticRegression().fit(
        [[judged_pair.score] for judged_pair in fitted], [judged_pair.example.is_faithful for judged_pair in fitted]
    )
    figures = {f"{part}: AUROC": round(auroc_of(judged_pairs) or 0.0, 3) for part, judged_pairs in judged.items()}
    figures |= {f"{part}: sentences": len(judged_pairs) for part, judged_pairs in judged.items()}
    return {
        "slope": str(float(curve.coef_[0][0])),
        "intercept": str(float(curve.intercept_[0])),
        "threshold": "1.0",  # until one is chosen, the checker lets nothing through
        "figures": json.dumps(figures, ensure_ascii=False),
    }


def digest_of() -> str:
    """Return the hash of the training data: pairs, entries, fiches, and the code that reads them."""
    digest = hashlib.sha256()
    entries = sorted((ROOT / "knowledge" / "entries").rglob("*.yaml"))
    made_by = (Path(__file__).with_name(name) for name in MADE_BY)
    for path in (WRITTEN, FICHES, *sorted(OWN.glob("*.txt")), *made_by, *entries):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@main.command("calibrate")
def calibrate() -> None:
    """Choose the threshold on the part that calibrates, beside the rules in force, and write it into the file."""
    import onnx

    judged = judged_of(PairUse.CALIBRATION)
    threshold = min(1.0, threshold_for(judged, RULES))
    graph = onnx.load(BUNDLED_CHECKER)
    about = {prop.key: prop.value for prop in graph.metadata_props} | {
        "threshold": str(threshold),
        "promise": str(BOUND),
    }
    onnx.helper.set_model_props(graph, about)
    onnx.save(graph, BUNDLED_CHECKER)
    shown, caught = both_shares(judged, RULES, threshold)
    print(f"threshold {threshold:.3f} ({BOUND}): faithful shown {shown}, wrong not shown {caught}, of what chose it")


@main.command("measure")
def measure() -> None:
    """Print what rules and checker catch and let through, apart and together, on the part that reports."""
    pack, material, checker = read_pack(ROOT / "knowledge"), _material(), Checker(_embedder())
    judged = judged_of(PairUse.REPORT)
    threshold = checker.about.threshold
    _console.print(f"the checker alone: AUROC {auroc_of(judged) or 0:.3f} on {len(judged)} sentences")
    _console.print(_side_by_side(judged, threshold))
    passed = [is_shown(judged_pair.example, checker, pack, material.entries) for judged_pair in judged]
    for name, is_right in (("faithful shown", True), ("wrong not shown", False)):
        verdicts = [
            ok is is_right
            for judged_pair, ok in zip(judged, passed, strict=True)
            if judged_pair.example.is_faithful is is_right
        ]
        _console.print(f"through the gate itself: {name} {share(verdicts)}")


def _side_by_side(judged: Sequence[JudgedPair], threshold: float) -> Table:
    """Return both gates by kind: the rules without a checker, and with it."""
    table = Table("", "rules alone", "rules and checker")
    gates = ((RULES, float("-inf")), (RULES, threshold))
    (shown, caught), (shown_now, caught_now) = (both_shares(judged, *gate) for gate in gates)
    table.add_row("faithful shown", str(shown), str(shown_now))
    table.add_row("wrong not shown", str(caught), str(caught_now))
    kinds = [dict(by_kind(judged, *gate)) for gate in gates]
    for kind in kinds[0]:
        table.add_row(f"  {kind}", *(str(shares[kind]) for shares in kinds))
    return table


def judged_of(part: PairUse) -> list[JudgedPair]:
    """Return the French written pairs of a part with what the rules find and the shipped checker's probability."""
    pack, material = read_pack(ROOT / "knowledge"), _material()
    checker = Checker(_embedder())
    return [
        JudgedPair(
            example,
            found_by_rules(example, pack, material.entries),
            checker.probability(example.sentence, example.premise),
        )
        for example in material.written_of(part)
        if not example.is_english
    ]


def _material() -> Material:
    for path in (WRITTEN, FICHES):
        if not path.is_file():
            raise NoaError(f"The checker needs the shared material, and {path.name} is not there.")
    return Material(read_pack(ROOT / "knowledge"))


def _embedder() -> SentenceEmbedder:
    return load_embedder(BUNDLED, WORK / "models")


def _pieces() -> Pieces:
    """Return what gives the tokens of a passage as the bundled model reads it."""
    folder = prepare_bundled_model(WORK / "models")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    prompt = BundledModel(folder).prompts["passage"]
    return lambda text: tokenizer.encode(prompt + text).tokens


def _watch(what: str) -> Watch:
    started = time.perf_counter()

    def watch(done: int, total: int, figure: float) -> None:
        minutes = (time.perf_counter() - started) / 60
        _console.print(f"{what}: {done} of {total}, {figure:.3f}, {minutes:.1f} min")

    return watch


if __name__ == "__main__":
    with reported_errors():
        main()
