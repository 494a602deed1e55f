"""`python -m evals.lab.peers`: right answers and speed of Noa and of other open hybrid retrievers, in one table."""

import sys
from collections.abc import Sequence
from importlib.metadata import version

from rich.console import Console

from evals.lab.peers.measure import as_record, as_table, ask_in_turn
from evals.lab.peers.peer import PACKAGES, Passages, Peer, passages_of, require_packages
from evals.lab.peers.retrievers import HaystackPeer, LlamaIndexPeer, NoaPeer, TxtaiPeer
from evals.runner.bases import ROOT, SHARED, keep, opened, shared_is_there
from evals.runner.running import new_folder
from evals.suites.cases import CaseKind, read_shared_questions
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.ports import Progress


def main() -> None:
    """Compare over the imported fiches; print the table and keep every question's places in evals/results."""
    console = Console(width=140)
    with reported_errors(), shown_progress() as progress:
        require_packages(PACKAGES)
        if not shared_is_there():
            sys.exit("The shared French material is needed to compare; put `shared` beside the repository.")
        cases = read_shared_questions(SHARED / "questions" / "in_scope.jsonl", CaseKind.IN_SCOPE)
        with opened("fiches", pack=False, fiches=True, progress=progress) as noa:
            passages = passages_of(noa.index.snapshot, noa.index.embedder)
            peers: list[Peer] = [*_others(passages, progress), NoaPeer(noa.retriever)]
            *others, own = ask_in_turn(peers, cases, progress)
            for peer in peers:
                peer.close()
            settings = _settings(passages)
    console.print(as_table(own, others))
    path = new_folder() / "peers.json"
    keep(path, settings | as_record(own, others, cases))
    console.print(f"Every question's places are kept in {path.relative_to(ROOT)}.")


def _others(passages: Passages, progress: Progress) -> Sequence[Peer]:
    progress("building the peers' indexes", 0, 0)
    return [LlamaIndexPeer(passages), HaystackPeer(passages), TxtaiPeer(passages)]


def _settings(passages: Passages) -> dict[str, object]:
    return {
        "model": passages.embedder.fingerprint,
        "passages": len(passages.texts),
        "passages_of_each_list": passages.depth,
        "versions": {package: version(package) for package in ("llama-index-core", "chromadb", *PACKAGES)},
    }


if __name__ == "__main__":
    main()
