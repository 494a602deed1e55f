"""Where the visitor is and what she is: her words count before her choice, and that before nothing."""

import pytest

from noa_rag.answering.steps.understand import Situate
from noa_rag.domain.entry import Audience
from noa_rag.domain.question import Question
from noa_rag.french.places import BUILT_IN
from tests.answering.answering_helpers import a_question, a_turn

MICRO, PME = Audience.MICRO_ENTREPRENEUR, Audience.PME


def situated(text: str, *, region: str | None = None, audience: Audience | None = None) -> Question:
    question = a_question(text, region=region, audience=audience)
    return Situate(BUILT_IN)(a_turn(question=question)).understood


@pytest.mark.parametrize(
    ("text", "chosen", "region"),
    [
        ("quelles aides ?", None, None),
        ("quelles aides ?", "FR-BRE", "FR-BRE"),
        ("quelles aides à Lyon ?", None, "FR-ARA"),
        ("quelles aides à Lyon ?", "FR-BRE", "FR-ARA"),
        ("quelles aides dans le 69 ?", "FR-BRE", "FR-69"),
        ("de Lyon à Nantes ?", "FR-BRE", "FR-BRE"),  # two regions: neither is where she is
        ("de Lyon à Nantes ?", "FR-PDL", "FR-PDL"),
        ("quelles aides en Île-de-France ?", "FR-75", "FR-75"),  # what she chose is closer, and there
    ],
)
def test_a_place_that_is_named_counts_before_the_region_chosen(
    text: str, chosen: str | None, region: str | None
) -> None:
    assert situated(text, region=chosen).region == region


def test_a_choice_tells_which_of_two_places_is_meant() -> None:
    question = situated("un salon à Saint-Denis", region="FR-974")

    assert (question.region, question.between) == ("FR-974", ())


@pytest.mark.parametrize("chosen", [None, "FR-BRE"])
def test_otherwise_it_stays_open(chosen: str | None) -> None:
    left_open = situated("un salon à Saint-Denis", region=chosen)

    assert {place.region for place in left_open.between} == {"FR-IDF", "FR-974"}


@pytest.mark.parametrize(
    ("text", "chosen", "audience"),
    [
        ("quelles aides ?", None, None),
        ("quelles aides ?", PME, PME),
        ("je suis micro-entrepreneur, quelles aides ?", None, MICRO),
        ("je suis micro-entrepreneur, quelles aides ?", PME, MICRO),
    ],
)
def test_what_she_says_she_is_counts_before_the_public_chosen(
    text: str, chosen: Audience | None, audience: Audience | None
) -> None:
    assert situated(text, audience=chosen).audience == audience
