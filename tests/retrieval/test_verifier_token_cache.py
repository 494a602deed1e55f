"""Token vectors are computed once, kept in a byte a number, and forgotten in their turn."""

import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from noa_rag.retrieval.verifier.token_cache import TokenCache

Vectors = NDArray[np.float32]
DIMENSION = 384
LETTER = DIMENSION + 4  # bytes that a letter takes when kept


class CountingReader:
    """Gives a text as many vectors as it has letters, always the same, and remembers what it was asked."""

    def __init__(self) -> None:
        self.read: list[tuple[str, bool]] = []

    def token_vectors(self, text: str, *, is_query: bool) -> Vectors:
        self.read.append((text, is_query))
        return vectors_of(text)


def vectors_of(text: str) -> Vectors:
    drawn = np.random.default_rng(list(text.encode()))
    return 7 * drawn.normal(size=(len(text), DIMENSION)).astype(np.float32)


def cosines(vectors: Vectors, other: Vectors) -> Vectors:
    return (vectors * other).sum(axis=1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(other, axis=1)


def test_a_text_is_read_once() -> None:
    reader = CountingReader()
    cache = TokenCache(reader)

    first, second = (cache.tokens("marque", is_query=True) for _ in range(2))

    assert reader.read == [("marque", True)]
    assert np.array_equal(first, second)


def test_the_text_read_longest_ago_is_forgotten() -> None:
    reader = CountingReader()
    cache = TokenCache(reader, limit=2 * LETTER)

    for text in ("a", "b", "a", "c", "a", "b"):  # "c" takes the place of "b", since "a" was read again
        cache.tokens(text, is_query=False)

    assert [text for text, _ in reader.read] == ["a", "b", "c", "b"]


@pytest.mark.parametrize("text", ["a", "déposer une marque", "long " * 100])
def test_kept_vectors_have_length_one_and_point_where_the_model_s_do(text: str) -> None:
    tokens = TokenCache(CountingReader()).tokens(text, is_query=False).astype(np.float32)

    assert tokens.shape == (len(text), DIMENSION)
    assert cosines(tokens, vectors_of(text)).min() > 0.999
    assert np.linalg.norm(tokens, axis=1) == pytest.approx(1.0, abs=0.01)


def test_two_threads_get_the_vectors_of_the_text_they_ask_for() -> None:
    cache = TokenCache(CountingReader(), limit=12 * LETTER)  # not enough: both keep and forget all the time
    texts = [letter * length for length, letter in enumerate("abcdefgh", start=1)]
    wrong: list[str] = []
    crashes: list[Exception] = []

    def ask_on_and_on(seed: int) -> None:
        try:
            for at in np.random.default_rng(seed).integers(len(texts), size=400):
                tokens = cache.tokens(texts[at], is_query=False).astype(np.float32)
                if len(tokens) != len(texts[at]) or cosines(tokens, vectors_of(texts[at])).min() < 0.999:
                    wrong.append(texts[at])
        except Exception as error:
            crashes.append(error)

    threads = [threading.Thread(target=ask_on_and_on, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (crashes, wrong) == ([], [])
    assert 0 < cache._kept.size <= 12 * LETTER
