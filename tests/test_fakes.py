"""The fakes keep the promises of what they stand in for."""

import numpy as np

from tests.fakes import FakeEmbedder


def test_the_fake_embedder_gives_vectors_of_length_one() -> None:
    vectors = FakeEmbedder().embed_passages(["déposer une marque", "", "le la les"])

    assert vectors.shape == (3, FakeEmbedder.dimension)
    assert np.linalg.norm(vectors, axis=1).round(5).tolist() == [1.0, 1.0, 1.0]


def test_the_fake_embedder_brings_texts_that_share_words_together() -> None:
    question, near, far = FakeEmbedder().embed_queries(
        ["déposer une marque", "le dépôt : où déposer sa marque ?", "importer du vin"]
    )

    assert question @ near > question @ far


def test_the_fake_embedder_gives_a_vector_for_each_word_that_together_point_as_the_text_does() -> None:
    (whole,) = FakeEmbedder().embed_queries(["déposer une marque"])

    tokens = FakeEmbedder().token_vectors("déposer une marque", is_query=True)

    mean = tokens.mean(axis=0)
    assert len(tokens) == 2  # "une" carries no meaning
    assert whole @ mean / np.linalg.norm(mean) > 0.99  # the hundredth in each place is counted twice
    assert FakeEmbedder().token_vectors("", is_query=True).shape == (1, FakeEmbedder.dimension)
