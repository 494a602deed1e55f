"""A question that nothing answers with the places it names is asked again without them."""

from dataclasses import replace

import pytest

from noa_rag.answering.steps.understand import Understand
from noa_rag.answering.steps.weigh import LeaveOutPlaces
from noa_rag.answering.turn import Candidate, Turn
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import Judgement
from noa_rag.domain.question import Ask
from tests.answering.answering_helpers import TODAY, a_match, a_question, a_version

ANSWERS, REFUSES = Judgement(0.95, answers=True, is_near=True), Judgement(0.05, answers=False)
OFFERS = Judgement(0.4, answers=False, is_near=True, offers=(EntryId("e"),))


def asked_again(
    judgement: Judgement, *, placeless: str = "cfe", regions: tuple[str, ...] = (), region: str | None = "FR-ARA"
) -> list[str]:
    """Return what is searched by the step, after a first search with this judgement and first entry."""
    found = a_version("e", regions=regions)
    question = replace(a_question("cfe à lyon"), placeless=placeless, region=region)
    turn = Turn(Ask("cfe à Lyon"), question, candidates=(Candidate(a_match(found), found),), judgement=judgement)
    searched: list[str] = []

    def search(again: Turn) -> Turn:
        searched.append(again.understood.normalised)
        return again

    LeaveOutPlaces(search)(turn)
    return searched


@pytest.mark.parametrize("judgement", [REFUSES, OFFERS])
def test_what_nothing_answers_is_asked_without_its_places(judgement: Judgement) -> None:
    assert asked_again(judgement) == ["cfe"]


def test_what_is_answered_or_names_no_place_is_left_alone() -> None:
    assert asked_again(ANSWERS) == []
    assert asked_again(REFUSES, placeless="") == []


def test_the_words_of_places_stay_where_it_is_not_settled_which_is_meant() -> None:
    assert asked_again(REFUSES, region=None) == []


def test_choices_that_an_entry_of_a_region_leads_stay_and_a_refusal_does_not() -> None:
    assert asked_again(OFFERS, regions=("FR-ARA",)) == []
    assert asked_again(REFUSES, regions=("FR-ARA",)) == ["cfe"]


def test_an_entry_of_the_place_close_behind_what_holds_anywhere_is_offered_with_it() -> None:
    anywhere, here = a_version("anywhere"), a_version("here", regions=("FR-ARA",))
    found = tuple(Candidate(a_match(one), one) for one in (anywhere, here))
    question = replace(a_question("aide cfe à lyon"), placeless="aide cfe", region="FR-ARA")
    turn = Turn(Ask("aide CFE à Lyon"), question, candidates=found, judgement=REFUSES)

    def offered(*candidates: Candidate) -> tuple[bool, tuple[str, ...]]:
        step = LeaveOutPlaces(lambda again: replace(again, candidates=candidates, judgement=ANSWERS))
        judged = step(turn).judgement
        assert judged is not None
        return judged.answers, judged.offers

    assert offered(*found) == (False, ("anywhere", "here"))
    assert offered(found[0]) == (True, ())
    assert offered(found[1], found[0]) == (True, ())


@pytest.mark.parametrize(
    ("text", "placeless"),
    [
        ("Bonjour, quelles aides pour un restaurant à Nantes ? Merci", "quelles aides pour un restaurant"),
        ("dois-je payer la CFE", ""),
        ("et à Lyon ?", ""),  # nothing else is asked about
    ],
)
def test_the_form_without_places_is_read_as_the_question_is(text: str, placeless: str) -> None:
    turn = Understand(lambda: TODAY)(Turn(Ask(text)))

    assert turn.understood.placeless == placeless
