"""A recorded answer shown on a page: in the page's language, with the ways on that it left and what was masked."""

from dataclasses import replace
from datetime import date

import pytest

from noa_rag.answering.distress.recognise import NOT_KEPT
from noa_rag.answering.recorder import given_answer
from noa_rag.answering.shown_again import entries_named, shown_again
from noa_rag.answering.steps.compose import Compose
from noa_rag.answering.turn import Need, Turn
from noa_rag.domain.answer import Answer, AnswerStatus, Choice, Reason, RecordedAnswer, RecordedPart, Searched
from noa_rag.domain.entry import EntryVersion, Translation, fingerprint
from noa_rag.domain.facts import FactBook
from noa_rag.domain.ports import Judgement
from noa_rag.domain.question import Language
from noa_rag.french.personal_data import mask_personal_data
from tests.answering.answering_helpers import CCI, INPI, TODAY, URSSAF, a_turn, a_version
from tests.answering.test_answering_ways_on import ENTRIES, FAR, SURE, THEMES, UNCERTAIN

FRENCH_QUESTION, ENGLISH_QUESTION = "comment déposer une marque ?", "how do I register a trademark?"
AGENCIES = ENTRIES.agencies()


def a_translated_version() -> EntryVersion:
    version = a_version()
    translation = Translation(
        "en", "How to register a trademark?", "Online.", of=fingerprint(version.content), translated_on=date(2026, 3, 2)
    )
    return replace(version, content=replace(version.content, translations=(translation,)))


def recorded(answer: Answer, asked: str, *, region: str | None = None) -> RecordedAnswer:
    """Return an answer as the record keeps it."""
    parts = answer.parts or ([answer] if answer.entry else [])
    return RecordedAnswer(
        question_id="q",
        conversation_id="c",
        asked=mask_personal_data(asked),
        language=answer.language,
        region=region,
        status=answer.status,
        reason=answer.reason,
        parts=tuple(
            RecordedPart(
                getattr(part, "need", ""),
                part.entry.id if part.entry else None,
                part.entry and part.entry.version,
                None,
            )
            for part in parts
        ),
        choices=tuple(choice.entry_id for choice in answer.choices),
        contact_agency_id=answer.contact.id if answer.contact else None,
        confidence=answer.confidence,
        understood_as=None,
        subjects=(),
        given=given_answer(answer, AGENCIES),
    )


def answered(turn: Turn, judgement: Judgement, asked: str, language: Language, region: str | None = None) -> Answer:
    question = replace(turn.understood, text=mask_personal_data(asked), language=language, region=region)
    compose = Compose(ENTRIES, CCI.id, lambda question: Searched(("dragon",), ("dragon",)))
    answer = compose(replace(turn, question=question, judgement=judgement)).answer
    assert answer is not None
    return answer


def shown(record: RecordedAnswer, *versions: EntryVersion, page: Language | None = None) -> Answer:
    known = {version.id: version for version in versions}
    return shown_again(record, known, AGENCIES, FactBook(()), on=TODAY, themes=THEMES, page=page).answer


@pytest.mark.parametrize(
    ("asked", "asked_on", "page", "text"),
    [
        (FRENCH_QUESTION, Language.FRENCH, Language.FRENCH, "Réponse de marque."),
        (FRENCH_QUESTION, Language.FRENCH, Language.ENGLISH, "Online."),
        (FRENCH_QUESTION, Language.ENGLISH, Language.FRENCH, "Réponse de marque."),
        (ENGLISH_QUESTION, Language.ENGLISH, Language.FRENCH, "Online."),  # the way a French page answers it at once
        (ENGLISH_QUESTION, Language.ENGLISH, Language.ENGLISH, "Online."),
        (NOT_KEPT, Language.ENGLISH, Language.FRENCH, "Online."),  # its words are gone, its language is not
    ],
)
def test_an_answer_is_shown_in_the_language_of_the_page(
    asked: str, asked_on: Language, page: Language, text: str
) -> None:
    version = a_translated_version()
    answer = answered(a_turn(version), SURE, asked, asked_on)

    again = shown(recorded(answer, asked), version, page=page)

    assert (again.text, again.official_text) == (text, "Réponse de marque.")
    assert again.entry == version


def test_the_likeliest_entry_is_shown_again_above_the_others() -> None:
    versions = a_version("marque"), a_version("brevet")
    leads = Judgement(0.6, answers=False, leads=True, offers=tuple(version.id for version in versions))
    answer = answered(a_turn(*versions), leads, FRENCH_QUESTION, Language.FRENCH)

    again = shown(recorded(answer, FRENCH_QUESTION), *versions)

    assert again.is_unsure
    assert (again.entry, again.choices) == (versions[0], answer.choices)


def test_an_entry_read_before_is_shown_again_by_its_passage_unless_that_has_changed() -> None:
    version = a_version(answer="En ligne.\n\nIl coûte 190 €.")
    answer = answered(a_turn(version), SURE, FRENCH_QUESTION, Language.FRENCH)
    record = recorded(replace(answer, extract="Il coûte 190 €.", is_read=True), FRENCH_QUESTION)

    again, changed = shown(record, version), shown(record, a_version(answer="En ligne.\n\nIl coûte 200 €."))

    assert (again.extract, again.is_read) == ("Il coûte 190 €.", True)
    assert (changed.extract, changed.is_read) == (None, False)


def test_what_an_entry_did_not_say_is_said_again_in_the_language_of_the_page() -> None:
    version = a_version(answer="En ligne.\n\nIl coûte 190 €.")
    choice = Choice(version.id, version.content.question, extract="Il coûte 190 €.")
    answer = answered(a_turn(version), SURE, FRENCH_QUESTION, Language.FRENCH)
    answer = replace(
        answer, status=AnswerStatus.CLARIFICATION, reason=Reason.NOT_SAID, entry=None, choices=(choice,), contact=INPI
    )

    again = shown(recorded(answer, FRENCH_QUESTION), version, page=Language.ENGLISH)

    assert (again.text, again.contact) == ("This answer does not say so clearly. This comes nearest:", INPI)
    assert again.choices == (choice,)


def test_a_refusal_is_said_anew_on_the_pages_of_the_other_language() -> None:
    version = replace(a_version(), content=replace(a_version().content, question_en="How to register a mark?"))
    record = recorded(answered(a_turn(version), UNCERTAIN, FRENCH_QUESTION, Language.FRENCH), FRENCH_QUESTION)

    french, english = (shown(record, version, page=page) for page in Language)

    assert french.text.startswith("Nous n'avons pas de réponse sûre")
    assert english.text.startswith("We have no sure answer")
    assert (french.choices[0].question, english.choices[0].question) == (
        "Question de marque ?",
        "How to register a mark?",
    )
    assert english.choices[0].language == "en"


@pytest.mark.parametrize("judgement", [FAR, UNCERTAIN])
def test_a_refusal_is_shown_again_with_the_ways_on_that_it_left(judgement: Judgement) -> None:
    version = a_version(theme="banque")
    given = answered(a_turn(version), judgement, FRENCH_QUESTION, Language.FRENCH)

    again = shown(recorded(given, FRENCH_QUESTION), version, page=Language.FRENCH)

    assert (again.searched, again.themes, again.contact) == (given.searched, given.themes, given.contact)
    assert again.text == given.text


def test_what_has_expired_since_names_its_agency_and_its_theme() -> None:
    given = answered(a_turn(a_version(theme="banque")), SURE, FRENCH_QUESTION, Language.FRENCH)
    expired = a_version(theme="banque", valid_until=date(2026, 11, 1))

    again = shown(recorded(given, FRENCH_QUESTION), expired, page=Language.FRENCH)

    assert (again.status, again.contact) == (AnswerStatus.ABSTAINED, INPI)
    assert [theme.id for theme in again.themes] == ["banque"]


def test_a_part_without_answer_still_says_whom_to_ask() -> None:
    mark, hire = a_version("marque"), a_version("apprenti", agency_id=URSSAF.id)
    turn = a_turn(mark, hire)
    needs = (Need("la marque", turn.candidates[0]), Need("l'apprenti", None, near=turn.candidates[1:]))
    given = answered(replace(turn, needs=needs), SURE, FRENCH_QUESTION, Language.FRENCH)

    again = shown(recorded(given, FRENCH_QUESTION), mark, hire, page=Language.FRENCH)

    assert [(part.need, part.entry, part.contact) for part in again.parts] == [
        ("la marque", mark, None),
        ("l'apprenti", None, URSSAF),
    ]


@pytest.mark.parametrize("judgement", [FAR, UNCERTAIN, SURE])
def test_what_was_masked_is_said_again(judgement: Judgement) -> None:
    text = "déposer ma marque, 06 12 34 56 78"
    given = answered(a_turn(a_version()), judgement, text, Language.FRENCH)

    again = shown(recorded(given, text), a_version(), page=Language.FRENCH)

    assert given.personal_data is not None
    assert again.personal_data is not None
    assert again.personal_data.kinds == given.personal_data.kinds


def test_the_line_for_somebody_who_may_be_in_distress_is_shown_again_while_its_entry_is_in_force() -> None:
    version, support = a_version(), a_version("soutien")
    answer = answered(replace(a_turn(version), support=support), SURE, FRENCH_QUESTION, Language.FRENCH)
    record = recorded(answer, FRENCH_QUESTION)

    assert entries_named(record) == {version.id, support.id}
    assert shown(record, version, support).support == support
    assert shown(record, version).support is None
