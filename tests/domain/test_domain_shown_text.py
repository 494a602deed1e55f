"""What the public reads: the approved text with its steps, and a translation only while it is that of the text."""

from dataclasses import replace
from datetime import date

from noa_rag.domain.entry import (
    EntryContent,
    EntryId,
    JourneyStep,
    Section,
    Translation,
    fingerprint,
    official_text,
    question_in,
    translated_text,
    translation_of,
)
from tests.factories import an_entry_content

STEPS = (JourneyStep("Choisissez le nom."), JourneyStep("Déposez la marque.", EntryId("deposer-une-marque")))
ENGLISH = Translation(
    "en", "How do I start?", "Do **this**.", ("Choose.", "File."), translated_on=date(2026, 11, 27), approver="INPI"
)


def a_translated_content() -> EntryContent:
    content = an_entry_content(answer="Voici.", steps=STEPS, question_en="How to start?")
    return replace(content, translations=(replace(ENGLISH, of=fingerprint(content)),))


def test_steps_follow_the_answer_as_a_numbered_list() -> None:
    assert official_text(a_translated_content()) == "Voici.\n\n1. Choisissez le nom.\n2. Déposez la marque."
    assert translated_text(ENGLISH) == "Do **this**.\n\n1. Choose.\n2. File."


def test_an_entry_without_steps_is_its_answer_and_the_section_that_answers() -> None:
    assert official_text(an_entry_content(answer="Voici.")) == "Voici."
    assert (
        official_text(an_entry_content(answer="Voici."), Section("a", "Frais", "Un.")) == "Voici.\n\n### Frais\n\nUn."
    )


def test_a_translation_is_shown_while_the_text_is_the_one_it_was_made_from() -> None:
    content = a_translated_content()
    changes = ({"question": "Autre ?"}, {"answer": "Autre."}, {"steps": STEPS[:1]})

    assert translation_of(content, "en") == content.translations[0]
    assert [translation_of(replace(content, **change), "en") for change in changes] == [None, None, None]  # type: ignore[arg-type]
    assert translation_of(replace(content, sources=()), "en") is not None
    assert translation_of(content, "fr") is None


def test_a_question_is_told_in_english_where_somebody_wrote_it() -> None:
    content = a_translated_content()

    assert question_in(content, "en") == ("How do I start?", "en")
    assert question_in(replace(content, answer="Autre."), "en") == ("How to start?", "en")
    assert question_in(replace(content, answer="Autre.", question_en=""), "en") == (content.question, "fr")
    assert question_in(content, "fr") == (content.question, "fr")
