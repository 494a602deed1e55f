"""What teaches which questions are out of scope, and what is left to report on."""

import json

import numpy as np

from evals.lab.scope import NEAR, OUT, PRIVATE, ScopeCase, Seen, _title, learned, weighed
from evals.suites.splits import hashed
from noa_rag.answering.distress.recognise import buckets, plain


def a_page(title: str, subject: str = "Logement") -> bytes:
    def named(name: str, text: str) -> dict[str, object]:
        return {"name": name, "children": [{"type": "text", "text": text}]}

    return json.dumps(
        {"name": "Publication", "children": [named("dc:title", title), named("dc:subject", subject)]}
    ).encode()


def test_titles_teach_that_are_of_private_life_and_that_nobody_else_measures_on() -> None:
    even, odd = (next(f"Louer {n} ?" for n in range(99) if hashed(f"Louer {n} ?") % 2 == half) for half in (0, 1))

    assert _title(a_page(even)) == even
    assert _title(a_page(odd)) == ""
    assert _title(a_page("Louer un garage")) == "Louer un garage"
    assert _title(a_page("Modèle : Donner congé à son propriétaire")) == "Donner congé à son propriétaire"
    assert _title(a_page("Démissionner", "Travail")) == ""
    assert _title(b"[]") == ""


def test_questions_over_one_subject_are_on_one_side() -> None:
    case, other = (ScopeCase(text, NEAR, "F123") for text in ("prix d'un bail", "durée d'un bail"))

    assert case.teaches == other.teaches
    assert ScopeCase("Louer un garage", PRIVATE, "Louer un garage").teaches


def test_what_was_learned_tells_the_sorts_apart_with_few_false_alarms() -> None:
    chance = np.random.default_rng(0)
    questions = [
        ScopeCase(f"{words} numéro {number}", kind, f"{kind} {number}")
        for number in range(150)
        for kind, words in ((OUT, "quel temps fait il"), (NEAR, "créer une société"))
    ]
    figures = np.array([[-1.0 if question.is_out else 1.0] for question in questions]) + chance.normal(0, 0.5, (300, 1))
    seen = Seen(
        [buckets(plain(question.text)) for question in questions], chance.normal(0, 1, (300, 4)), figures, ("knows",)
    )

    model = learned(seen, questions, model="made up", trained_on="300 questions")

    apart = [at for at, question in enumerate(questions) if not question.teaches]
    judged = [score >= model.out_from for score in weighed(model, seen, questions, apart)]
    assert (model.model, model.trained_on) == ("made up", "300 questions")
    assert 100 < len(apart) < 200
    assert sum(put_out == questions[at].is_out for put_out, at in zip(judged, apart, strict=True)) >= 0.95 * len(apart)
    assert model.figures["knows"] < 0  # the surer the base knows of it, the less it is out of scope
