"""Every peer ranks the same tiny corpus by one contract; the figures of the comparison worked by hand."""

import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pytest

from evals.lab.peers import __main__ as command
from evals.lab.peers.__main__ import WARM_UP, PeerFigures, as_record, as_table, ask_in_turn, best, compared
from evals.lab.peers.retrievers import (
    INSTALLING,
    HaystackPeer,
    LlamaIndexPeer,
    NoaPeer,
    Passages,
    Peer,
    PeersMissing,
    ReadPeer,
    TxtaiPeer,
    passages_of,
    require_packages,
)
from evals.metrics.figure import Share
from evals.suites.cases import Case, CaseKind
from noa_rag.domain.entry import EntryId
from noa_rag.domain.question import Question
from noa_rag.retrieval.calibration import Subject
from noa_rag.retrieval.chroma_store import ChromaStore
from noa_rag.retrieval.embedding import VectorCache, Vectors
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.retrieval.reranker import Reranker, Vector
from noa_rag.retrieval.retriever import HybridRetriever
from noa_rag.retrieval.spelling import Glossary
from tests.factories import an_entry_version
from tests.fakes import FakeEmbedder

LONG = "Le dépôt de la marque se fait en ligne. " * 40  # two passages of at most 900 characters
ENTRIES = [
    an_entry_version("marque", question="Comment déposer une marque ?", answer=LONG),
    an_entry_version("salarie", question="Comment embaucher un salarié ?", answer="Déclarez l'embauche à l'Urssaf."),
    an_entry_version("restaurant", question="Comment ouvrir un restaurant ?", answer="Demandez une licence en mairie."),
]
RANKING = {"whole": 1.0, "covered": 1.0}


class CountingEmbedder(FakeEmbedder):
    """Remembers the questions it embedded."""

    def __init__(self) -> None:
        self.questions: list[str] = []

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        self.questions += queries
        return super().embed_queries(queries)


class Prepared:
    """What peers are built of: an index of the three entries, and its passages."""

    def __init__(self, folder: Path) -> None:
        self.embedder = CountingEmbedder()
        cache = VectorCache(folder / "vectors.db", self.embedder.dimension)
        self.index = SearchIndex(self.embedder, ChromaStore(folder / "chroma"), cache, Glossary())
        self.index.refresh(lambda revision: (1, ENTRIES))
        self.passages = passages_of(self.index.snapshot, self.embedder)
        self.embedder.questions.clear()


def _noa(prepared: Prepared) -> Peer:
    return NoaPeer(HybridRetriever(prepared.index, RANKING, Subject("another model", (), 0.0)))


BUILDERS: dict[str, tuple[str, Callable[[Prepared], Peer]]] = {
    "llama-index": ("llama-index-retrievers-bm25", lambda prepared: LlamaIndexPeer(prepared.passages)),
    "haystack": ("haystack-ai", lambda prepared: HaystackPeer(prepared.passages)),
    "txtai": ("txtai", lambda prepared: TxtaiPeer(prepared.passages)),
    "Noa": ("noa", _noa),
}


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Prepared]:
    """An index, and no way out: whoever opens a connection fails."""

    def refuse(_: socket.socket, address: object) -> None:
        raise AssertionError(f"a peer called {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    prepared = Prepared(tmp_path)
    yield prepared
    prepared.index.close()


@pytest.fixture(params=list(BUILDERS))
def peer(request: pytest.FixtureRequest, prepared: Prepared) -> Iterator[Peer]:
    package, build = BUILDERS[request.param]
    try:
        version(package)
    except PackageNotFoundError:
        pytest.skip(f"{package} is not installed. Run: {INSTALLING}")
    peer = build(prepared)
    yield peer
    peer.close()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("déposer une marque", "marque"),
        ("embaucher un salarié", "salarie"),
        ("ouvrir un restaurant", "restaurant"),
    ],
)
def test_the_entry_that_shares_the_words_comes_first(peer: Peer, question: str, expected: str) -> None:
    ranking = peer.rank(question)

    assert ranking[0] == expected
    assert len(ranking) == len(set(ranking))
    assert set(ranking) <= {one.id for one in ENTRIES}


def test_a_peer_embeds_each_question_once_and_no_passage(peer: Peer, prepared: Prepared) -> None:
    prepared.embedder.questions.clear()

    peer.rank("Comment embaucher un salarié ?")

    assert [one.rstrip(" ?").lower() for one in prepared.embedder.questions] == ["comment embaucher un salarié"]


def test_an_answer_does_not_depend_on_the_one_before(peer: Peer) -> None:
    alone = peer.rank("ouvrir un restaurant")
    peer.rank("embaucher un salarié")

    assert peer.rank("ouvrir un restaurant") == alone


def test_passages_are_indexed_with_their_own_vectors_and_titles_are_not(prepared: Prepared) -> None:
    passages = prepared.passages

    assert {text.kind for text in passages.texts} == {Kind.PASSAGE}
    assert [text.entry_id for text in passages.texts] == ["marque", "marque", "restaurant", "salarie"]
    assert passages.vectors == pytest.approx(
        FakeEmbedder().embed_passages([text.embedded_text for text in passages.texts])
    )


def test_no_more_passages_are_asked_for_than_there_are(prepared: Prepared) -> None:
    few = prepared.passages

    assert few.depth == 4
    assert Passages([few.texts[0]] * 1_000, few.vectors, few.embedder).depth == 30


class Scripted:
    """A peer that gives what it was told, and notes what it was asked."""

    def __init__(self, name: str, rankings: dict[str, list[str]], asked: list[tuple[str, str]]) -> None:
        self.name = name
        self._rankings = rankings
        self._asked = asked

    def rank(self, question: str) -> list[EntryId]:
        self._asked.append((self.name, question))
        return [EntryId(one) for one in self._rankings.get(question, [])]

    def close(self) -> None:
        """Nothing is held."""


def a_case(question: str, *expected: str) -> Case:
    return Case(question, question, CaseKind.IN_SCOPE, tuple(EntryId(one) for one in expected))


def test_each_question_goes_to_all_peers_and_each_peer_goes_first_in_turn() -> None:
    asked: list[tuple[str, str]] = []
    peers = [Scripted("a", {}, asked), Scripted("b", {}, asked)]

    ask_in_turn(peers, [a_case("1", "x"), a_case("2", "x")])

    warm_up = [("a", "1"), ("b", "1"), ("a", "2"), ("b", "2")]
    assert WARM_UP > 2
    assert asked == [*warm_up, ("a", "1"), ("b", "1"), ("b", "2"), ("a", "2")]


def test_the_place_is_that_of_the_first_right_entry_among_ten() -> None:
    eleventh = [f"other-{number}" for number in range(10)] + ["x"]
    rankings = {"first": ["x", "y"], "second": ["other", "y"], "eleventh": eleventh, "nothing": []}
    cases = [a_case(question, "x", "y") for question in rankings]

    (outcome,) = ask_in_turn([Scripted("a", rankings, [])], cases)

    assert outcome.places == (1, 2, None, None)
    assert len(outcome.milliseconds) == 4


class ByLetters(Reranker):
    """Takes an entry for the likelier, the later its id stands in the alphabet."""

    fingerprint = "letters"

    def over(self, index: SearchIndex) -> "ByLetters":
        return ByLetters(index)

    def direction(self, question: Question) -> Vector:
        return np.zeros(self.index.embedder.dimension, dtype=np.float32)

    def readings(self, question: Question, chosen: Sequence[list[SearchedText]]) -> list[float]:
        return [float(ord(texts[0].entry_id[0])) for texts in chosen]


def test_a_peer_given_our_reader_has_its_first_candidates_put_in_order_and_keeps_the_rest(prepared: Prepared) -> None:
    retriever = HybridRetriever(prepared.index, RANKING, Subject("another model", (), 0.0))
    found = ["marque", "restaurant", "salarie", "gone", "gone-too", "further"]
    scripted = Scripted("a", {"embaucher": found}, [])

    read = ReadPeer(scripted, retriever, ByLetters(prepared.index))

    assert read.rank("embaucher") == ["salarie", "restaurant", "marque", "gone", "gone-too", "further"]
    assert read.rank("") == []
    assert read.name == "a, read by Noa"


def test_what_our_reader_read_is_no_peer_to_be_compared_with() -> None:
    plain, read = an_outcome(None, 1, name="plain"), replace(an_outcome(1, 1, name="read"), is_read=True)

    assert best([read, plain]) is plain


def an_outcome(*places: int | None, name: str = "a", milliseconds: Sequence[float] = (2.0, 2.0)) -> PeerFigures:
    return PeerFigures(name, places, tuple(milliseconds))


def test_shares_and_the_mean_reciprocal_rank_are_those_worked_out_by_hand() -> None:
    outcome = an_outcome(1, 1, 2, 6, None)

    assert outcome.hit_at(1) == Share(2, 5)
    assert outcome.hit_at(5) == Share(3, 5)
    assert outcome.mean_reciprocal_rank == pytest.approx((1 + 1 + 1 / 2 + 1 / 6 + 0) / 5)


def test_times_are_told_by_median_and_95th_percentile() -> None:
    outcome = an_outcome(1, milliseconds=range(1, 100))  # 1 to 99: the p-th hundredth of them is p

    assert outcome.median == 50
    assert outcome.percentile_95 == pytest.approx(95)


def test_two_peers_are_compared_on_the_questions_where_they_differ() -> None:
    one = an_outcome(*[1] * 5, None, *[1] * 4, None)
    other = an_outcome(*[2] * 5, 1, *[1] * 4, None)

    ratio, paired = compared(one, other)

    # Five questions are won and one is lost; of six throws of a coin, five or more fall on one side 2 * (6 + 1) / 2^6.
    assert (paired.only_one, paired.only_other) == (5, 1)
    assert ratio == pytest.approx(9 / 5)
    assert paired.p_value == pytest.approx(14 / 64)


def test_equal_peers_do_not_differ() -> None:
    ratio, paired = compared(an_outcome(1, None), an_outcome(1, 2))

    assert (ratio, paired.p_value) == (1.0, 1.0)


def test_the_best_peer_has_most_right_first_answers_then_the_better_places() -> None:
    peers = [an_outcome(1, None, name="a"), an_outcome(1, 2, name="b"), an_outcome(2, 2, name="c")]

    assert best(peers).name == "b"


def test_the_table_has_one_row_a_system_beside_the_best_peer() -> None:
    peers = [an_outcome(1, 2, None, name="weak"), an_outcome(1, 1, None, name="strong")]
    noa = an_outcome(1, 1, 1, name="Noa")

    rows = list(zip(*(column.cells for column in as_table(noa, peers).columns), strict=True))

    assert rows == [
        ("weak", "0.333 (1/3)", "0.667 (2/3)", "0.500 (2 found)", "2.0", "2.0", "0.50 (+0 -1; p = 1)"),
        ("strong", "0.667 (2/3)", "0.667 (2/3)", "0.667 (2 found)", "2.0", "2.0", "1"),
        ("Noa", "1.000 (3/3)", "1.000 (3/3)", "1.000 (3 found)", "2.0", "2.0", "1.50 (+1 -0; p = 1)"),
    ]


def test_the_record_names_each_question_with_its_places() -> None:
    peers = [an_outcome(2, None, name="peer")]

    record = as_record(an_outcome(1, None, name="Noa"), peers, [a_case("première", "x"), a_case("seconde", "y")])

    assert record["best_peer"] == "peer"
    assert record["questions"] == [
        {"id": "première", "question": "première", "expected_entries": ["x"], "actual_places": {"peer": 2, "Noa": 1}},
        {
            "id": "seconde",
            "question": "seconde",
            "expected_entries": ["y"],
            "actual_places": {"peer": None, "Noa": None},
        },
    ]


def test_missing_libraries_are_named_with_the_command_that_installs_them() -> None:
    with pytest.raises(PeersMissing, match=r"no-such-library must be installed\. Run: pip install .*\[peers\]"):
        require_packages(["rich", "no-such-library"])


def test_the_command_fails_when_libraries_are_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "PACKAGES", ("no-such-library",))

    with pytest.raises(SystemExit) as left:
        command.main()

    assert left.value.code == 1
    assert "no-such-library must be installed" in capsys.readouterr().err
