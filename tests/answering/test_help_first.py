"""Whoever cannot go on is given the help first, whatever else is asked and whatever fails; nothing of it is kept."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from noa_rag.answering.answer_text import answer_text
from noa_rag.answering.payload import answer_as_json
from noa_rag.answering.pipeline import Answering, answer_path, run
from noa_rag.answering.turn import Turn
from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.entry import EntryVersion, Translation, Urgency, fingerprint
from noa_rag.domain.ports import Judgement, Retrieved
from noa_rag.domain.question import Ask, Mode
from noa_rag.french.personal_data import MASKS
from tests.answering.answering_helpers import TODAY, EntriesInMemory, JudgeSaying, LogInMemory, RetrieverOf, a_version

CRY = "je veux mourir"
WITH_DEBTS = "je n'en peux plus, je ne dors plus, j'ai des dettes partout"
HELP = a_version("aide", urgent=Urgency.FIRST, answer="Appelez le **[3114](tel:3114)**.")
BESIDE = a_version("soutien", urgent=Urgency.BESIDE)
DEBTS = a_version("dettes")
PERHAPS = "j'ai honte devant ma famille, comment fermer ma boîte"
ANSWERS = Judgement(0.9, answers=True, is_near=True)


class Never:
    """A step that must not be reached."""

    def __call__(self, turn: Turn) -> Turn:
        raise AssertionError("help is shown as it was approved")


class NothingFound:
    """A retriever that is out of order."""

    def retrieve(self, *_: Any, **__: Any) -> Retrieved:
        raise RuntimeError("no vectors")


def a_path(*versions: EntryVersion, judgement: Judgement = ANSWERS, **changes: Any) -> Sequence[Any]:
    given: dict[str, Any] = {
        "entries": EntriesInMemory(*versions),
        "retriever": RetrieverOf(*versions),
        "judge": JudgeSaying(judgement),
        "today": lambda: TODAY,
        "urgent": lambda: [version.id for version in versions if version.content.urgent],
    }
    return answer_path(**given | changes)


def test_the_help_is_shown_word_for_word_without_a_search() -> None:
    answer = run(a_path(HELP, DEBTS, retriever=NothingFound()), Ask(CRY)).answer

    assert answer is not None
    assert (answer.status, answer.reason) == (AnswerStatus.ANSWERED, Reason.DISTRESS)
    assert answer.entry == HELP
    assert answer.text == answer.official_text == "Appelez le **[3114](tel:3114)**."
    assert not answer.parts


def test_an_entry_that_answers_the_rest_comes_second() -> None:
    retriever = RetrieverOf(HELP, DEBTS)

    answer = run(a_path(HELP, DEBTS, retriever=retriever), Ask(WITH_DEBTS)).answer

    assert answer is not None
    assert [part.entry for part in answer.parts] == [HELP, DEBTS]
    assert [part.need for part in answer.parts] == ["", ""]
    assert [question.normalised for question, _ in retriever.asked] == ["j'ai des dettes partout"]


def test_the_help_that_is_asked_for_word_for_word_comes_before_the_others() -> None:
    soutien = a_version("soutien", urgent=Urgency.BESIDE, question="Je suis à bout, à qui parler ?")

    answer = run(a_path(HELP, soutien), Ask("je suis a bout a qui parler")).answer

    assert answer is not None
    assert [part.entry for part in answer.parts] == [soutien, HELP]


def test_what_would_only_be_offered_is_only_offered() -> None:
    offers = Judgement(0.3, answers=False, offers=(DEBTS.id,), is_near=True)

    answer = run(a_path(HELP, BESIDE, DEBTS, judgement=offers), Ask(WITH_DEBTS)).answer

    assert answer is not None
    assert not answer.parts
    assert [choice.entry_id for choice in answer.choices] == [BESIDE.id, DEBTS.id]


def test_a_search_that_fails_does_not_stop_the_help(caplog: pytest.LogCaptureFixture) -> None:
    answer = run(a_path(HELP, DEBTS, retriever=NothingFound()), Ask(WITH_DEBTS)).answer

    assert answer is not None
    assert answer.entry == HELP
    assert "RuntimeError" in caplog.text
    assert "dettes" not in caplog.text


@pytest.mark.parametrize(
    "versions",
    [
        (DEBTS,),
        (DEBTS, BESIDE),
        (DEBTS, a_version("aide", urgent=Urgency.FIRST, valid_until=date(2026, 11, 23))),
        (DEBTS, a_version("aide", urgent=Urgency.FIRST, regions=("FR-974",))),
    ],
)
def test_without_an_entry_to_show_first_the_question_goes_its_ordinary_way(versions: tuple[EntryVersion, ...]) -> None:
    answer = run(a_path(*versions), Ask(WITH_DEBTS, region="FR-IDF")).answer

    assert answer is not None
    assert answer.reason is None
    assert answer.entry == DEBTS


def test_what_may_be_distress_is_answered_as_ever_with_the_gentler_entry_above() -> None:
    answer = run(a_path(HELP, BESIDE, DEBTS, retriever=RetrieverOf(DEBTS)), Ask(PERHAPS)).answer

    assert answer is not None
    assert (answer.entry, answer.reason, answer.support) == (DEBTS, None, BESIDE)
    payload = answer_as_json(answer, {})
    assert payload["support"] == {
        "entry_id": "soutien",
        "question": BESIDE.content.question,
        "text": BESIDE.content.answer,
    }
    assert answer_text(payload).startswith(BESIDE.content.answer)


def test_an_entry_for_people_in_distress_is_not_shown_twice() -> None:
    answer = run(a_path(HELP, BESIDE, retriever=RetrieverOf(BESIDE)), Ask(PERHAPS)).answer

    assert answer is not None
    assert (answer.entry, answer.support) == (BESIDE, None)


def test_an_ordinary_question_has_nothing_above_its_answer() -> None:
    answer = run(a_path(HELP, BESIDE, DEBTS, retriever=RetrieverOf(DEBTS)), Ask("comment fermer ma boîte ?")).answer

    assert answer is not None
    assert answer.support is None


def test_an_english_message_gets_the_vetted_translation() -> None:
    translation = Translation("en", "Who can help?", "Call **3114**.", of=fingerprint(HELP.content))
    translated = a_version("aide", urgent=Urgency.FIRST, answer=HELP.content.answer, translations=(translation,))

    answer = run(a_path(translated), Ask("I want to kill myself")).answer

    assert answer is not None
    assert answer.text == "Call **3114**."


def test_no_language_model_is_asked() -> None:
    answer = run(a_path(HELP, assistance=(Never(),)), Ask(CRY, mode=Mode.ASSISTED)).answer

    assert answer is not None
    assert (answer.mode, answer.rephrasing) == (Mode.STRICT, None)


def test_a_full_disk_does_not_stop_the_help() -> None:
    answer = Answering(a_path(HELP), LogInMemory(is_full=True)).ask(Ask(CRY))

    assert answer.is_unrecorded
    assert answer.entry == HELP


def test_nothing_of_the_message_is_written_down_nor_what_else_was_asked_with_it() -> None:
    log = LogInMemory()
    conversation = "5f0c2b7e9a3d4c1b8e6f70a1b2c3d4e5"

    answer = Answering(a_path(HELP, DEBTS), log).ask(Ask(WITH_DEBTS, conversation_id=conversation))

    (recorded,) = log.recorded
    assert recorded.question.text == recorded.question.normalised == MASKS["message"]
    assert answer.conversation_id == conversation
    assert recorded.conversation_id == recorded.answer.conversation_id != conversation
    assert recorded.given is not None
    assert "dettes partout" not in recorded.given.kept
    assert conversation not in recorded.given.kept
    assert recorded.answer.reason is Reason.DISTRESS


def test_the_api_says_that_a_machine_answers() -> None:
    answer = Answering(a_path(HELP, DEBTS), None).ask(Ask(WITH_DEBTS))

    payload = answer_as_json(answer, {})

    assert payload["reason"] == "distress"
    assert payload["notice"].startswith("Noa est un service automatique")
    assert [part["entry"]["id"] for part in json.loads(json.dumps(payload))["parts"]] == ["aide", "dettes"]
