"""What is compared: ways of ranking entries for a question, all over the same passages and vectors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NoaError
from noa_rag.retrieval.embedding import Embedder, Vectors
from noa_rag.retrieval.index import Snapshot
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.retrieval.thresholds import NEAREST_LIMIT

# Passages asked of each list before fusion, as many as Noa takes from its own. The peers' defaults, 2, 10 and 3, may
# hold fewer than ten entries; from 20 to 100 the share of their right first answers moves by less than two points.
DEPTH = NEAREST_LIMIT
PACKAGES = ("llama-index-retrievers-bm25", "haystack-ai", "txtai")
INSTALLING = (
    "pip install -c constraints.txt -e '.[peers]' && "
    "pip install --no-deps llama-index-retrievers-bm25==0.8.0"  # it asks for PyStemmer below 3, and works with 3.1
)


class PeersMissing(NoaError):
    """The libraries that Noa is compared with are not installed."""


class Peer(Protocol):
    """A retriever that holds all passages and embeds each question itself, with the one embedder."""

    @property
    def name(self) -> str:
        """How it is called in the table, with its version."""

    def rank(self, question: str) -> list[EntryId]:
        """Return entries, each at the place of its best passage, best first."""

    def close(self) -> None:
        """Give back what it holds."""


@dataclass(frozen=True, slots=True)
class Passages:
    """What every peer indexes: texts with a row of `vectors` each, and the model that made them."""

    texts: Sequence[SearchedText]
    vectors: Vectors
    embedder: Embedder

    @property
    def depth(self) -> int:
        """How many passages to ask of each list; never more than there are."""
        return min(DEPTH, len(self.texts))


def passages_of(snapshot: Snapshot, embedder: Embedder) -> Passages:
    """Return the passages of an index with the vectors they already have.

    The titles that Noa also searches by themselves are left out: each passage stands under its title, and with the
    titles as further texts every peer found up to two points fewer right first answers.
    """
    rows = [row for row, text in enumerate(snapshot.texts) if text.kind is Kind.PASSAGE]
    return Passages([snapshot.texts[row] for row in rows], snapshot.vectors[rows], embedder)


def best_places(entry_ids: Iterable[str]) -> list[EntryId]:
    """Return the entries of ranked passages, each once, where its best passage stands."""
    return [EntryId(entry_id) for entry_id in dict.fromkeys(entry_ids)]


def named(package: str, title: str) -> str:
    """Return a title with the installed version of its package."""
    return f"{title} {version(package)}"


def require_packages(packages: Sequence[str] = PACKAGES) -> None:
    """Raise PeersMissing, with the command that installs them, unless all packages of the peers are there."""
    missing = [package for package in packages if not _is_installed(package)]
    if missing:
        raise PeersMissing(f"To compare, {', '.join(missing)} must be installed. Run: {INSTALLING}")


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True
