"""Where a question is cut into two needs, and which question asks for a whole field."""

import pytest

from noa_rag.answering.conversation.words import field_of
from noa_rag.answering.steps.divide import cuts


@pytest.mark.parametrize(
    ("question", "halves"),
    [
        ("je veux déposer ma marque et embaucher un apprenti", ("je veux déposer ma marque", "embaucher un apprenti")),
        ("dois-je la CFE et comment ouvrir un compte pro ?", ("dois-je la CFE", "comment ouvrir un compte pro ?")),
        (
            "Quel est le SMIC ? Quelle visite médicale prévoir ?",
            ("Quel est le SMIC ?", "Quelle visite médicale prévoir ?"),
        ),
        ("comment faire un business plan puis obtenir un prêt", ("comment faire un business plan", "obtenir un prêt")),
    ],
)
def test_two_questions_in_one_are_cut_between_them(question: str, halves: tuple[str, str]) -> None:
    assert halves in [cut.halves for cut in cuts(question)]


def test_what_is_told_first_stands_before_both_halves() -> None:
    (cut, *_) = cuts("J'ouvre un bar : quelle licence demander, et jusqu'à quelle heure rester ouvert ?")

    assert cut.halves == (
        "J'ouvre un bar quelle licence demander",
        "J'ouvre un bar jusqu'à quelle heure rester ouvert ?",
    )
    assert cut.both_ask


@pytest.mark.parametrize(
    "question", ["Quelle différence entre SARL et SAS ?", "recherche et développement", "Comment déposer une marque ?"]
)
def test_words_that_belong_together_are_not_cut(question: str) -> None:
    assert cuts(question) == []


@pytest.mark.parametrize(
    ("question", "kind", "subject"),
    [
        ("quelles aides pour mon restaurant ?", "aids", "restaurant"),
        ("quelles démarches pour ouvrir une boulangerie ?", "steps", "boulangerie"),
        ("toutes les aides à l'embauche", "aids", "embauche"),
        ("what grants for my bakery?", "aids", "bakery"),
    ],
)
def test_a_plural_of_a_kind_of_thing_asks_for_a_field(question: str, kind: str, subject: str) -> None:
    field = field_of(question)

    assert field is not None
    assert (field.kind, field.subject) == (kind, subject)


@pytest.mark.parametrize(
    "question",
    ["Quelle aide pour l'embauche d'un apprenti ?", "Comment déposer une marque ?",
     "quelles démarches quand un salarié quitte brutalement son poste après un accident de voiture ?"],
)  # fmt: skip
def test_a_question_about_one_thing_asks_for_no_field(question: str) -> None:
    assert field_of(question) is None
