"""What names a place that no entry has is asked without it; where none is known, what holds anywhere comes first."""

from dataclasses import replace
from typing import Any

import pytest

from noa_rag.answering.answer_text import answer_text
from noa_rag.answering.payload import answer_as_json
from noa_rag.answering.steps.compose import official_answer
from noa_rag.answering.steps.understand import Understand
from noa_rag.answering.steps.weigh import LeaveOutPlaces, NationalFirst
from noa_rag.answering.turn import Candidate, Turn
from noa_rag.domain.agency import LocalOffice
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import Judgement
from noa_rag.domain.question import Ask, Language
from tests.answering.answering_helpers import INPI, TODAY, JudgeSaying, a_match, a_question, a_version

ANSWERS, REFUSES = Judgement(0.95, answers=True, is_near=True), Judgement(0.05, answers=False)
OFFERS = Judgement(0.4, answers=False, is_near=True, offers=(EntryId("e"),))


def asked_again(
    judgement: Judgement, *, placeless: str = "cfe", regions: tuple[str, ...] = (), region: str | None = "FR-ARA"
) -> list[str]:
    """Return what is searched by the step, after a first search with this judgement and first entry."""
    version = a_version("e", regions=regions)
    question = replace(a_question("cfe à lyon"), placeless=placeless, region=region)
    turn = Turn(Ask("cfe à Lyon"), question, candidates=(Candidate(a_match(version), version),), judgement=judgement)
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
    candidates = tuple(Candidate(a_match(entry), entry) for entry in (anywhere, here))
    question = replace(a_question("aide cfe à lyon"), placeless="aide cfe", region="FR-ARA")
    turn = Turn(Ask("aide CFE à Lyon"), question, candidates=candidates, judgement=REFUSES)

    def offered(*candidates: Candidate) -> tuple[bool, tuple[str, ...]]:
        step = LeaveOutPlaces(lambda again: replace(again, candidates=candidates, judgement=ANSWERS))
        judged = step(turn).judgement
        assert judged is not None
        return judged.answers, judged.offers

    assert offered(*candidates) == (False, ("anywhere", "here"))
    assert offered(candidates[0]) == (True, ())
    assert offered(candidates[1], candidates[0]) == (True, ())


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


ANYWHERE, HERE = a_version("anywhere"), a_version("here", regions=("FR-75",))


def with_unknown_region(
    judgement: Judgement,
    *,
    lead: float = 0.5,
    region: str | None = None,
    first: Judgement,
    understood_as: str | None = None,
) -> Turn:
    """Return the turn in which an entry of Paris leads one that holds anywhere, and that is judged so by itself."""
    found = (Candidate(a_match(HERE, score=1.0 + lead), HERE), Candidate(a_match(ANYWHERE, rank=2), ANYWHERE))
    turn = Turn(Ask("licence"), a_question("licence", region=region), candidates=found, judgement=first)
    turn = replace(turn, understood_as=understood_as)
    return NationalFirst(JudgeSaying(judgement))(turn)


def test_where_the_region_is_not_known_an_entry_that_holds_anywhere_is_shown_above_one_of_paris() -> None:
    shown = with_unknown_region(ANSWERS, first=ANSWERS)

    assert [candidate.version for candidate in shown.candidates] == [ANYWHERE, HERE]
    assert shown.judgement is not None
    assert (shown.judgement.leads, shown.judgement.offers) == (True, (ANYWHERE.id, HERE.id))


@pytest.mark.parametrize(
    "changes",
    [
        {"judgement": OFFERS},  # which does not answer by itself
        {"lead": 2.1},
        {"region": "FR-75"},
        {"first": REFUSES},
        {"understood_as": "ouvrir un bar, et la licence ?"},
    ],
)
def test_else_the_entry_of_paris_stays_where_it_was(changes: dict[str, Any]) -> None:
    shown = with_unknown_region(**{"judgement": ANSWERS, "first": ANSWERS, **changes})

    assert [candidate.version for candidate in shown.candidates] == [HERE, ANYWHERE]


def test_an_answer_for_some_regions_says_whom_to_ask_elsewhere_unless_the_region_is_known() -> None:
    office = LocalOffice("La préfecture de votre département", "https://www.prefectures-regions.gouv.fr")
    prefecture = replace(INPI, regions=("FR-75",), elsewhere=office)
    answer = official_answer(HERE, language=Language.FRENCH, section_key=None, confidence=0.9)

    unknown = answer_as_json(answer, {INPI.id: prefecture})
    known = answer_as_json(replace(answer, region="FR-75"), {INPI.id: prefecture})

    assert unknown["elsewhere"] is not None
    assert (unknown["elsewhere"]["agency"], known["elsewhere"]) == (office.name, None)
    assert answer_text(unknown).startswith(
        "Cette fiche vaut pour\u00a0: Paris. Ailleurs\u00a0: La préfecture de votre département : https"
    )
