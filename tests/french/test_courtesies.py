"""What is said around a question is dropped; what is asked stays, whatever it is."""

import pytest

from noa_rag.french.courtesies import SmallTalk, small_talk, without_courtesies


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("Bonjour, comment déposer une marque ? Merci", "comment déposer une marque"),
        ("bonjour madame, kbis svp", "kbis"),
        ("Bonjour à tous ! Dois-je payer la CFE ? Merci d'avance, cordialement", "Dois-je payer la CFE"),
        ("Je voudrais savoir si je dois payer la CFE", "je dois payer la CFE"),
        ("comment faire pour déposer une marque", "déposer une marque"),
        ("Pouvez-vous me dire quel est le taux de TVA s'il vous plaît ?", "quel est le taux de TVA"),
        ("tva !!!", "tva"),
        ("Hello, could you tell me how to register a trademark? Thanks a lot", "how to register a trademark"),
        ("j'ai une question : la mutuelle est-elle obligatoire ?", "la mutuelle est-elle obligatoire"),
    ],
)
def test_a_question_is_left_without_what_stands_around_it(typed: str, asked: str) -> None:
    assert without_courtesies(typed) == asked


@pytest.mark.parametrize(
    "typed",
    [
        "comment remercier un salarié",
        "la monsieur bricolage franchise",
        "salutaire",
        "mercier de métier",
        "hiver et congés",
        "question prioritaire",
    ],
)
def test_words_that_only_begin_like_a_courtesy_stay(typed: str) -> None:
    assert without_courtesies(typed) == typed


@pytest.mark.parametrize("typed", ["Bonjour", "merci", "Bonjour ! Merci.", "s'il vous plaît"])
def test_a_message_of_courtesies_alone_stays_as_it_is(typed: str) -> None:
    assert without_courtesies(typed) == typed


def test_a_question_in_the_middle_of_a_story_keeps_its_story() -> None:
    story = "Bonjour, je suis artisan à Lyon. Mon client ne paie pas, que faire ? Merci"

    assert without_courtesies(story) == "je suis artisan à Lyon. Mon client ne paie pas, que faire"


@pytest.mark.parametrize(
    ("typed", "done"),
    [
        ("bonjour", SmallTalk.GREETS),
        ("Salut, ça va ?", SmallTalk.GREETS),
        ("bjr c'est noa ?", SmallTalk.GREETS),
        ("ok", SmallTalk.GREETS),
        ("hello there", SmallTalk.GREETS),
        ("merci bcp bonne journée", SmallTalk.THANKS),
        ("thanks you are great!!", SmallTalk.THANKS),
        ("combien ?", None),
        ("avoir", None),
        ("et si je le dis pas ?", None),
        ("bonjour tva", None),
        ("jour ouvrable", None),
    ],
)
def test_a_message_that_only_greets_or_thanks_is_told_from_one_that_asks(typed: str, done: SmallTalk | None) -> None:
    assert small_talk(typed) is done
