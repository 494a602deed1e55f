"""Somebody who asks for a person is told how to reach one, and nobody else is."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from noa_rag.answering.distress.recognise import is_in_distress
from noa_rag.answering.steps.compose import Compose
from noa_rag.answering.steps.reach_person import ReachPerson, names_of
from noa_rag.answering.turn import Turn
from noa_rag.domain.agency import Agency, AgencyId, LocalOffice, Theme
from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.entry import AlternateQuestion, EntryId, EntryVersion
from noa_rag.domain.ports import EarlierTurn, Judgement
from noa_rag.domain.question import Ask
from noa_rag.french.reaching import asks_for, asks_for_person, asks_what_is_meant, asks_who_answers
from noa_rag.knowledge.pack import read_pack
from tests.answering.answering_helpers import CCI, INPI, EntriesInMemory, a_question, a_turn, a_version

MESSAGES = tomllib.loads((Path(__file__).parent / "asks_for_a_person.toml").read_text(encoding="utf-8"))
KNOWN, FRESH, SIGNING_IN = MESSAGES["known"], MESSAGES["fresh"], MESSAGES["signing_in"]
THEMES = (Theme("creation", "Création", "Creation"),)
URSSAF = Agency(
    AgencyId("urssaf"),
    "Urssaf Île-de-France",
    "https://www.urssaf.fr",
    regions=("FR-IDF",),
    elsewhere=LocalOffice("L'Urssaf de votre région", "https://www.urssaf.fr", phone="3957"),
    names=("Urssaf",),
)
UNCERTAIN = Judgement(0.3, answers=False, is_near=True)
RESTATED = Judgement(0.9, answers=True, is_near=True, is_restated=True)
MARQUE = a_version()


class Entries(EntriesInMemory):
    def themes(self) -> tuple[Theme, ...]:
        return THEMES


class Asked:
    """A conversation in which these questions were asked, the newest first."""

    def __init__(self, *turns: EarlierTurn) -> None:
        self._turns = turns

    def earlier(self, conversation_id: str, *, since: datetime) -> Sequence[EarlierTurn]:
        return self._turns


def reached(text: str, judgement: Judgement = UNCERTAIN, *asked: EarlierTurn, **question: Any) -> Turn:
    entries = Entries(MARQUE, agencies=(INPI, URSSAF, CCI))
    turn = a_turn(MARQUE, ask=Ask(text, conversation_id="c" if asked else None), judgement=judgement)
    turn = replace(turn, question=a_question(text, **question))
    return ReachPerson(Asked(*asked), Compose(entries, CCI.id))(turn)


def test_an_agency_that_is_named_is_the_contact_even_where_an_entry_is_near() -> None:
    turn = reached("quel numéro pour l'INPI ?", Judgement(0.8, answers=True, is_near=True))

    assert turn.is_settled
    assert turn.answer is not None
    assert (turn.answer.status, turn.answer.reason) == (AnswerStatus.ABSTAINED, Reason.ASKS_FOR_PERSON)
    assert (turn.answer.contact, turn.answer.themes, turn.answer.searched) == (INPI, (), None)


@pytest.mark.parametrize(("region", "name"), [(None, "L'Urssaf de votre région"), ("FR-75", "Urssaf Île-de-France")])
def test_an_office_of_a_region_is_named_to_whoever_is_there(region: str | None, name: str) -> None:
    answer = reached("joindre l'urssaf", region=region).answer

    assert answer is not None
    assert answer.contact is not None
    assert (answer.contact.name, answer.region) == (name, region)


def test_whoever_names_an_agency_is_shown_no_line_about_distress_and_others_may_be() -> None:
    def support(text: str) -> EntryVersion | None:
        turn = replace(a_turn(MARQUE), question=a_question(text), support=MARQUE)
        answer = ReachPerson(None, Compose(Entries(agencies=(URSSAF,))))(turn).answer
        assert answer is not None
        return answer.support

    assert support("je voudrais parler à quelqu'un de l'urssaf") is None
    assert support("j'ai besoin d'un humain") == MARQUE


def test_a_place_that_is_named_says_where_and_not_what() -> None:
    answer = reached("joindre l'urssaf à Paris", region="FR-75", placeless="joindre l'urssaf").answer

    assert answer is not None
    assert answer.contact is not None
    assert answer.contact.name == "Urssaf Île-de-France"


def test_what_was_asked_before_says_whom_to_reach() -> None:
    before = EarlierTurn("déposer ma marque", "déposer ma marque", entry_ids=(MARQUE.id,))
    aside = EarlierTurn("un conseiller", "un conseiller")

    answer = reached("je veux parler à quelqu'un", UNCERTAIN, aside, before).answer

    assert answer is not None
    assert (answer.contact, answer.understood_as) == (INPI, "déposer ma marque")
    assert [choice.entry_id for choice in answer.choices] == [MARQUE.id]


def test_whoever_has_not_understood_an_entry_is_told_who_can_explain_it() -> None:
    before = EarlierTurn("déposer ma marque", "déposer ma marque", entry_ids=(MARQUE.id,))

    answer = reached("j'ai pas compris", UNCERTAIN, before).answer

    assert answer is not None
    assert (answer.text, answer.contact) == ("Voici qui peut vous l'expliquer.", INPI)
    assert reached("j'ai pas compris").answer is None  # it is not known what


@pytest.mark.parametrize("text", ["je ne comprends plus rien", "j'ai pas compris la TVA", "je comprends"])
def test_whoever_names_what_she_did_not_understand_or_understands_nothing_any_more_asks_for_an_answer(
    text: str,
) -> None:
    assert not asks_what_is_meant(text)


@pytest.mark.parametrize("asked", [(), (EarlierTurn("x", "x", entry_ids=(EntryId("gone"),)),)])
def test_where_the_subject_is_not_known_it_is_asked(asked: tuple[EarlierTurn, ...]) -> None:
    answer = reached("parler à quelqu'un", UNCERTAIN, *asked).answer

    assert answer is not None
    assert (answer.contact, answer.themes, answer.choices) == (None, THEMES, ())
    assert answer.text == "À quel sujet souhaitez-vous parler à quelqu'un ?"


@pytest.mark.parametrize(
    ("text", "judgement"),
    [
        ("contacter l'INPI", RESTATED),  # an entry says how
        ("rappelez-moi au [numéro de téléphone masqué]", UNCERTAIN),  # nobody does: `Compose` says so
        ("es-tu un robot ou une vraie personne ?", UNCERTAIN),
        ("parler à un avocat pour mon bail", UNCERTAIN),
    ],
)
def test_other_messages_go_their_way(text: str, judgement: Judgement) -> None:
    assert reached(text, judgement).answer is None


def test_without_an_agency_an_entry_answers_its_very_question_alone() -> None:
    own = a_version(alternate_questions=(AlternateQuestion("qui contacter"),))

    def said(text: str) -> Turn:
        turn = replace(a_turn(own, judgement=RESTATED), question=a_question(text))
        return ReachPerson(None, Compose(Entries(own), CCI.id))(turn)

    assert said("Bonjour, qui contacter ?").answer is None
    assert said("comment vous contacter ?").answer is not None


NAMES = names_of(read_pack(Path("knowledge")).agencies)


@pytest.mark.parametrize("text", [*KNOWN["asks"], *SIGNING_IN["asks"]])
def test_a_wish_for_a_person_is_recognised_and_is_no_cry(text: str) -> None:
    assert asks_for_person(text)
    assert asks_for(text, NAMES) is None
    assert not is_in_distress(text)


@pytest.mark.parametrize(("text", "agency"), [*KNOWN["names"], *SIGNING_IN["names"]])
def test_an_agency_is_known_by_its_everyday_names(text: str, agency: str) -> None:
    assert asks_for(text, NAMES) == agency
    assert not is_in_distress(text)


@pytest.mark.parametrize("text", KNOWN["other"] + FRESH["other"] + SIGNING_IN["other"])
def test_a_question_with_such_words_is_a_question(text: str) -> None:
    assert not asks_for_person(text)
    assert asks_for(text, NAMES) is None


def test_of_wishes_not_looked_at_before_nine_in_ten_are_recognised() -> None:
    recognised = sum(map(asks_for_person, FRESH["asks"])) + sum(
        asks_for(text, NAMES) == name for text, name in FRESH["names"]
    )

    assert len(FRESH["asks"] + FRESH["names"]) == 30
    assert recognised >= 28  # what was measured the one time that they were looked at


@pytest.mark.parametrize(
    "text", ["j'ai besoin de parler à quelqu'un", "je veux mourir, un humain svp", "personne à qui parler"]
)
def test_a_cry_stays_one(text: str) -> None:
    assert is_in_distress(text)


@pytest.mark.parametrize(
    "text",
    [
        "es-tu un robot ?",
        "qui répond ?",
        "is this a bot?",
        "je parle à un humain ?",
        "are you human",
        "Y a-t-il un être humain derrière ce chat ?",
        "is there a real person behind this chat?",
    ],
)
def test_who_answers_may_be_asked(text: str) -> None:
    assert asks_who_answers(text)


@pytest.mark.parametrize(
    "text",
    [
        "je veux un humain",
        "robot de cuisine",
        "créer un chatbot",
        "c'est quoi un kbis",
        "bonjour",
        "il y a quelqu'un ?",
    ],
)
def test_other_messages_do_not_ask_who_answers(text: str) -> None:
    assert not asks_who_answers(text)
