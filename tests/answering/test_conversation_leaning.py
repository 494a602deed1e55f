"""Whether a question leans on the one before, by its words, and which choice it takes."""

import pytest

from noa_rag.answering.conversation.words import Leaning, leaning, picked_choice


@pytest.mark.parametrize(
    "question",
    ["et pour une SAS ?", "combien ça coûte ?", "c'est obligatoire ?", "où ça ?", "et si je suis micro-entrepreneur ?",
     "je suis ostéo pas médecin", "j'ai juste un cap cuisine", "non je parlais des taxes",
     "mais si la banque refuse ?", "how much does it cost?", "and the first year?"],
)  # fmt: skip
def test_a_question_that_names_no_subject_or_goes_on_with_one_leans(question: str) -> None:
    assert leaning(question) is Leaning.PLAIN


@pytest.mark.parametrize(
    "question", ["où je les trouve ?", "il doit passer une visite médicale ?", "je peux la mettre en pause ?"]
)
def test_a_pronoun_without_its_noun_points_back(question: str) -> None:
    assert leaning(question) is Leaning.POINTING


@pytest.mark.parametrize(
    "question",
    ["Comment obtenir un numéro EORI ?", "c'est quoi un incoterm ?", "Puis-je récupérer la TVA sur ma voiture ?",
     "que faire si je reçois un faux billet", "Do I need a professional bank account?", "merci beaucoup", "bonjour"],
)  # fmt: skip
def test_a_question_that_says_what_it_is_about_leans_on_nothing(question: str) -> None:
    assert leaning(question) is Leaning.NONE


@pytest.mark.parametrize(
    ("words", "place"),
    [("la première", 0), ("le 2", 1), ("3", 2), ("oui la deuxième svp", 1), ("la dernière", 2), ("the second one", 1)],
)
def test_a_choice_may_be_taken_by_its_place(words: str, place: int) -> None:
    assert picked_choice(words, 3) == place


@pytest.mark.parametrize("words", ["la quatrième", "mon premier salarié", "une marque", "oui"])
def test_other_words_take_no_choice(words: str) -> None:
    assert picked_choice(words, 3) is None
