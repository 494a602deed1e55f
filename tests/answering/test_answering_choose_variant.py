"""Of the entries of one question, the one for this visitor is shown, whichever was found."""

from dataclasses import replace
from datetime import date

import pytest

from noa_rag.answering.steps.choose_variant import ChooseVariant
from noa_rag.answering.steps.compose import Compose
from noa_rag.answering.turn import Candidate, Turn
from noa_rag.domain.answer import Answer, AnswerStatus, General, Reason
from noa_rag.domain.entry import Audience, EntryId, EntryStatus, EntryVersion, Section
from noa_rag.domain.ports import Judgement
from noa_rag.domain.question import Ask
from noa_rag.domain.regions import Place
from tests.answering.answering_helpers import EntriesInMemory, a_match, a_question, a_version

GENERAL = a_version("aides", sections=(Section("ou", "Où ?", "Partout."),))
BRETAGNE = a_version("aides-bretagne", variant_of=GENERAL.id, regions=("FR-BRE",))
REUNION = a_version("aides-reunion", variant_of=GENERAL.id, regions=("FR-974",))
MICRO = a_version("aides-micro", variant_of=GENERAL.id, audiences=(Audience.MICRO_ENTREPRENEUR,))
ALONE = a_version("marque")
FAMILY = (GENERAL, BRETAGNE, REUNION, MICRO)
BETWEEN = (Place("Saint-Denis", "FR-974", 155_000), Place("Saint-Denis", "FR-93", 149_000))


def answered(
    *found: EntryVersion,
    entries: tuple[EntryVersion, ...] = (*FAMILY, ALONE),
    judgement: Judgement | None = None,
    as_of: date | None = None,
    **asked: object,
) -> Answer:
    """Return the outcome when these entries were found, the first of them judged to answer."""
    ids = tuple(version.id for version in FAMILY)
    candidates = tuple(
        Candidate(
            replace(a_match(version, rank=rank, section_key="ou"), family=ids if version in FAMILY else ()),
            version,
        )
        for rank, version in enumerate(found, start=1)
    )
    question = a_question(**asked)  # type: ignore[arg-type]
    turn = Turn(
        Ask("x", as_of=as_of),
        question=question,
        candidates=candidates,
        judgement=judgement or Judgement(0.9, answers=True, is_near=True),
    )
    reader = EntriesInMemory(*entries)
    answer = Compose(reader)(ChooseVariant(reader)(turn)).answer
    assert answer is not None
    return answer


@pytest.mark.parametrize("found", FAMILY)
def test_the_variant_of_the_visitor_s_region_is_shown_whichever_was_found(found: EntryVersion) -> None:
    answer = answered(found, region="FR-29")

    assert answer.entry == BRETAGNE
    assert answer.text == BRETAGNE.content.answer
    assert answer.general is None


def test_a_section_of_the_entry_found_is_not_looked_for_in_another() -> None:
    assert answered(GENERAL, region="FR-BRE").section_key is None
    assert answered(GENERAL).section_key == "ou"


def test_without_a_place_the_general_entry_is_shown_and_said_to_be_general() -> None:
    answer = answered(GENERAL)

    assert (answer.entry, answer.general) == (GENERAL, General())


def test_a_region_without_a_variant_is_given_the_general_entry_and_told_so() -> None:
    answer = answered(GENERAL, region="FR-NOR")

    assert (answer.entry, answer.general) == (GENERAL, General(region="FR-NOR"))


def test_the_variant_of_the_visitor_s_audience_is_shown() -> None:
    assert answered(GENERAL, audience=Audience.MICRO_ENTREPRENEUR).entry == MICRO


def test_an_entry_without_variants_is_neither_general_nor_looked_up() -> None:
    answer = answered(ALONE, entries=(), region="FR-BRE")

    assert (answer.entry, answer.general) == (ALONE, None)


def test_a_variant_that_was_withdrawn_or_has_expired_is_not_shown() -> None:
    withdrawn = replace(BRETAGNE, status=EntryStatus.WITHDRAWN)
    expired = a_version("aides-bretagne", valid_until=date(2026, 1, 1), variant_of=GENERAL.id, regions=("FR-BRE",))

    for gone in (withdrawn, expired):
        answer = answered(GENERAL, entries=(GENERAL, gone, REUNION), region="FR-BRE")
        assert (answer.entry, answer.general) == (GENERAL, General(region="FR-BRE"))


def test_an_entry_that_left_the_family_is_not_taken_for_a_variant() -> None:
    apart = a_version("aides-bretagne", regions=("FR-BRE",))

    assert answered(GENERAL, entries=(GENERAL, apart), region="FR-BRE").entry == GENERAL


def test_choices_name_the_variants_too() -> None:
    offers = Judgement(0.4, answers=False, offers=(GENERAL.id, ALONE.id), is_near=True)

    answer = answered(GENERAL, ALONE, judgement=offers, region="FR-BRE")

    assert [choice.entry_id for choice in answer.choices] == [BRETAGNE.id, ALONE.id]


def test_the_visitor_is_asked_which_place_is_meant_where_the_answer_depends_on_it() -> None:
    answer = answered(GENERAL, between=BETWEEN)

    assert (answer.status, answer.reason) == (AnswerStatus.CLARIFICATION, Reason.AMBIGUOUS_PLACE)
    assert [(choice.question, choice.region, choice.entry_id) for choice in answer.choices] == [
        ("Saint-Denis (La Réunion)", "FR-974", EntryId("aides-reunion")),
        ("Saint-Denis (Île-de-France)", "FR-IDF", EntryId("aides")),
    ]


def test_she_is_not_asked_where_the_answer_is_the_same() -> None:
    assert answered(ALONE, between=BETWEEN).entry == ALONE
    assert answered(GENERAL, entries=(GENERAL, BRETAGNE), between=BETWEEN).entry == GENERAL


def test_she_is_not_asked_about_an_answer_that_noa_does_not_have() -> None:
    refused = Judgement(0.1, answers=False, is_near=True)

    assert answered(GENERAL, between=BETWEEN, judgement=refused).status is AnswerStatus.ABSTAINED


def test_as_of_a_day_the_variants_are_those_of_that_day() -> None:
    early = date(2026, 1, 1)  # before anything was approved

    assert answered(GENERAL, as_of=early, region="FR-BRE").entry == GENERAL
    assert answered(GENERAL, as_of=date(2026, 11, 1), region="FR-BRE").entry == BRETAGNE
