"""Who asks in English is given the vetted translation byte for byte, with the official text beside it."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from noa_rag.answering.entry_payload import full_entry_as_json
from noa_rag.answering.payload import answer_as_json
from noa_rag.answering.recorder import given_again, given_answer
from noa_rag.answering.steps.compose import Compose
from noa_rag.answering.turn import Candidate
from noa_rag.domain.answer import Answer, Citation
from noa_rag.domain.entry import (
    EntryContent,
    EntryId,
    EntryVersion,
    JourneyStep,
    Translation,
    fingerprint,
    official_text,
    translated_text,
)
from noa_rag.domain.ports import Judgement, Retrieved
from noa_rag.domain.question import Language
from tests.answering.answering_helpers import EntriesInMemory, a_match, a_question, a_turn, a_version

STEPS = (JourneyStep("Rédigez."), JourneyStep("Déposez.", EntryId("capital")))


def translated(content: EntryContent, answer: str = "Do it **online**.") -> EntryContent:
    english = Translation(
        "en",
        "How?",
        answer,
        ("Write.", "Deposit.")[: len(content.steps)],
        fingerprint(content),
        date(2026, 11, 27),
        "CCI",
    )
    return replace(content, translations=(english,))


def answered(version: EntryVersion, language: Language) -> Answer:
    turn = replace(
        a_turn(),
        question=a_question(language=language),
        retrieved=Retrieved((a_match(version),)),
        candidates=(Candidate(a_match(version), version),),
        judgement=Judgement(0.93, answers=True),
    )
    answer = Compose(EntriesInMemory())(turn).answer
    assert answer is not None
    return answer


def a_journey(answer: str = "Tout se fait en ligne.") -> EntryVersion:
    version = a_version(answer=answer, steps=STEPS)
    return replace(version, content=translated(version.content))


@given(st.text(min_size=1), st.text(min_size=1))
def test_each_language_is_shown_byte_for_byte(french: str, english: str) -> None:
    version = a_version(answer=french)
    version = replace(version, content=translated(version.content, english))

    in_french, in_english = answered(version, Language.FRENCH), answered(version, Language.ENGLISH)

    assert in_french.text.encode() == in_french.official_text.encode() == french.encode()  # type: ignore[union-attr]
    assert in_english.text.encode() == english.encode()
    assert in_english.official_text == french
    assert in_english.citations == (Citation(1, french),)


def test_the_steps_belong_to_the_official_text_and_to_its_translation() -> None:
    version = a_journey()

    answer = answered(version, Language.ENGLISH)

    assert (
        answer.text == translated_text(version.content.translations[0]) == "Do it **online**.\n\n1. Write.\n2. Deposit."
    )
    assert (
        answer.official_text == official_text(version.content) == "Tout se fait en ligne.\n\n1. Rédigez.\n2. Déposez."
    )


def test_a_translation_of_an_older_text_is_not_shown() -> None:
    version = a_journey()
    stale = replace(version, content=replace(version.content, answer="Tout a changé."))

    answer = answered(stale, Language.ENGLISH)

    assert answer.translation is None
    assert answer.text == answer.official_text == official_text(stale.content)
    assert full_entry_as_json(stale, {})["translations"] == []


def test_the_api_tells_whose_translation_it_is_and_names_the_steps() -> None:
    version = a_journey()

    payload = answer_as_json(answered(version, Language.ENGLISH), {})

    assert payload["translation"] == {
        "language": "en",
        "question": "How?",
        "translated_on": "2026-11-27",
        "approver": "CCI",
    }
    assert payload["entry"] is not None
    assert payload["entry"]["steps"] == [
        {"text": "Rédigez.", "entry": None},
        {"text": "Déposez.", "entry": "capital"},
    ]
    assert full_entry_as_json(version, {})["text"] == official_text(version.content)
    assert answer_as_json(answered(version, Language.FRENCH), {})["translation"] is None


def test_a_translated_answer_is_given_again_as_it_was() -> None:
    version = a_journey()
    answer = answered(version, Language.ENGLISH)

    again = given_again(given_answer(answer, {}), version, None)

    assert again == answer_as_json(answer, {})
