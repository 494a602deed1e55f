"""Official sentences with a word changed that turns them, made by program."""

from evals.suites.turned import turned_sentences
from noa_rag.domain.entry import EntryId
from tests.factories import an_entry_content

ANSWER = (
    "L'employeur doit déclarer chaque embauche avant la prise de poste. "
    "La déclaration n'est pas payante et se fait en ligne. Oui."
)


def test_a_duty_becomes_a_choice_and_a_denial_comes_or_goes() -> None:
    made = turned_sentences({EntryId("dpae"): an_entry_content(answer=ANSWER)}, 30)

    assert {(sentence.kind, sentence.sentence) for sentence in made} == {
        ("duty and choice", "L'employeur peut déclarer chaque embauche avant la prise de poste."),
        ("denied", "L'employeur ne doit pas déclarer chaque embauche avant la prise de poste."),
        ("no longer denied", "La déclaration est payante et se fait en ligne."),
    }
    assert all(sentence.quote in ANSWER for sentence in made)


def test_they_are_drawn_evenly_and_always_the_same() -> None:
    entries = {EntryId(f"e{number}"): an_entry_content(answer=ANSWER) for number in range(20)}

    made = turned_sentences(entries, 30)

    assert [sentence.kind for sentence in made] == ["denied"] * 10 + ["duty and choice"] * 10 + [
        "no longer denied"
    ] * 10
    assert turned_sentences(entries, 30) == made
