"""The whole path: its order, what is written down, and the JSON form of what comes out."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from noa_rag.answering.answer_text import answer_text
from noa_rag.answering.payload import answer_as_json
from noa_rag.answering.pipeline import Answering, answer_path, run
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import Answer, AnswerStatus, Reason
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.errors import InvalidQuestion
from noa_rag.domain.ports import Judgement
from noa_rag.domain.question import Ask
from noa_rag.french.personal_data import MASKS
from tests.answering.answering_helpers import TODAY, EntriesInMemory, JudgeSaying, LogInMemory, RetrieverOf, a_version

ANSWERS = Judgement(0.93456, answers=True)
ABSTAINS = Judgement(0.3, answers=False, is_near=True)
OFFERS = Judgement(0.4, answers=False, offers=(EntryId("marque"), EntryId("brevet")))


def a_path(*versions: EntryVersion, judgement: Judgement = ANSWERS, hidden: tuple[str, ...] = ()) -> Any:
    return answer_path(
        entries=EntriesInMemory(*versions),
        retriever=RetrieverOf(*versions),
        judge=JudgeSaying(judgement),
        today=lambda: TODAY,
        general_contact=AgencyId("cci"),
        hidden=[EntryId(entry_id) for entry_id in hidden],
    )


def an_answering(*versions: EntryVersion, judgement: Judgement = ANSWERS, log: LogInMemory | None = None) -> Answering:
    return Answering(a_path(*(versions or (a_version(),)), judgement=judgement), log)


def test_the_steps_stand_in_the_order_in_which_they_are_read_aloud() -> None:
    names = [getattr(step, "__name__", type(step).__name__) for step in a_path(a_version())]

    assert names == [
        "Screen", "Understand", "HelpFirst", "Situate", "Retrieve", "CheckValidity", "Weigh", "LeaveOutYear",
        "ReachPerson", "LeaveOutPlaces", "Recall", "Divide", "Gather", "NationalFirst", "ChooseVariant", "Compose",
    ]  # fmt: skip


def test_what_is_searched_is_masked_and_normalised() -> None:
    retriever = RetrieverOf(a_version())
    steps = answer_path(
        entries=EntriesInMemory(a_version()), retriever=retriever, judge=JudgeSaying(ANSWERS), today=lambda: TODAY
    )

    run(steps, Ask("l’aide, écrire à jean@example.fr"))

    question, _ = retriever.asked[0]
    assert question.text == f"l’aide, écrire à {MASKS['email']}"
    assert question.normalised == "l'aide, écrire à"


def test_nothing_is_retrieved_or_recorded_for_what_is_not_a_question() -> None:
    retriever, log = RetrieverOf(), LogInMemory()
    steps = answer_path(
        entries=EntriesInMemory(), retriever=retriever, judge=JudgeSaying(ABSTAINS), today=lambda: TODAY
    )

    with pytest.raises(InvalidQuestion):
        Answering(steps, log).ask(Ask("?"))

    assert (retriever.asked, log.recorded) == ([], [])


@pytest.mark.parametrize("typed", ["06 12 34 56 78", "jean@example.fr", "2 95 10 99 126 111 93", "jean＠example.fr"])
def test_only_the_masked_question_is_written_down(typed: str) -> None:
    log = LogInMemory()

    an_answering(log=log).ask(Ask(f"Appelez-moi : {typed}"))

    written = repr(log.recorded)
    assert typed not in written
    assert "example.fr'" not in written.replace("https://example.fr", "")
    assert any(mask in log.recorded[0].question.text for mask in MASKS.values())


def test_the_outcome_is_written_down_with_its_time_and_duration() -> None:
    log = LogInMemory()
    before = datetime.now(UTC)

    answer = an_answering(log=log).ask(Ask("marque", conversation_id="c-1", site="bercy"))

    (recorded,) = log.recorded
    assert recorded.answer is answer
    assert recorded.question_id == answer.question_id
    assert (recorded.conversation_id, recorded.site) == ("c-1", "bercy")
    assert before <= recorded.asked_at <= datetime.now(UTC)
    assert 0 < recorded.duration_seconds < 10


def test_an_answer_that_cannot_be_recorded_is_given_and_says_so() -> None:
    answer = an_answering(log=LogInMemory(is_full=True)).ask(Ask("marque"))

    assert (answer.status, answer.is_unrecorded) == (AnswerStatus.ANSWERED, True)
    assert answer_as_json(answer, {})["recorded"] is False
    assert "recorded" not in answer_as_json(an_answering(log=LogInMemory()).ask(Ask("marque")), {})


def test_each_question_has_its_own_id_and_a_conversation_keeps_its() -> None:
    answering = an_answering()

    first, second = answering.ask(Ask("marque")), answering.ask(Ask("marque", conversation_id="c-1"))

    assert first.question_id != second.question_id
    assert first.conversation_id not in {"", "c-1"}
    assert second.conversation_id == "c-1"


# The contract of `POST /api/v1/ask` and `noa ask --json`: more fields may come, none of these may go.
TOP = {
    "status", "reason", "mode", "text", "official_text", "entry", "citations", "confidence", "choices", "contact",
    "conversation_id", "question_id", "language", "parts", "understood_as",
}  # fmt: skip
ENTRY = {
    "id", "version", "question", "agency", "validated_on", "valid_from", "valid_until", "region", "sources",
}  # fmt: skip


def as_json(answer: Answer) -> dict[str, Any]:
    """Return the payload as a caller reads it, over the wire."""
    return dict(json.loads(json.dumps(answer_as_json(answer, EntriesInMemory().agencies()))))


def test_json_of_an_answered_question_has_every_field_of_the_contract() -> None:
    entry = a_version(valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31), regions=("FR-IDF", "FR-BRE"))

    payload = as_json(an_answering(entry).ask(Ask("marque")))

    assert payload.keys() >= TOP
    assert payload["entry"].keys() >= ENTRY
    assert (payload["status"], payload["reason"], payload["mode"]) == ("answered", None, "strict")
    assert payload["text"] == payload["official_text"] == "Réponse de marque."
    assert payload["citations"] == [{"marker": 1, "quote": "Réponse de marque."}]
    assert payload["confidence"] == 0.9346
    assert (payload["choices"], payload["contact"], payload["language"]) == ([], None, "fr")
    assert {name: payload["entry"][name] for name in ENTRY} == {
        "id": "marque",
        "version": 1,
        "question": "Question de marque ?",
        "agency": {"id": "inpi", "name": "INPI"},
        "validated_on": "2026-03-02",
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "region": "FR-IDF",
        "sources": [{"title": "Source", "url": "https://example.fr/marque"}],
    }


def test_json_of_a_clarification_lists_the_choices() -> None:
    answering = an_answering(a_version("marque"), a_version("brevet"), judgement=OFFERS)

    payload = as_json(answering.ask(Ask("dépôt")))

    assert payload.keys() >= TOP
    assert (payload["status"], payload["reason"], payload["entry"]) == ("clarification", "close_entries", None)
    assert payload["choices"] == [
        {"entry_id": "marque", "question": "Question de marque ?"},
        {"entry_id": "brevet", "question": "Question de brevet ?"},
    ]


def test_an_entry_that_leads_an_offer_is_answered_with_the_others_beneath() -> None:
    versions = [a_version(name) for name in ("marque", "brevet", "dessin", "modele")]
    offers = tuple(version.id for version in versions)

    leads = Judgement(0.6, answers=False, leads=True, offers=offers)
    answering = an_answering(*versions, judgement=leads)
    answer = answering.ask(Ask("dépôt"))
    payload = as_json(answer)

    assert answer.is_unsure
    assert (payload["status"], payload["reason"], payload["entry"]["id"]) == ("answered", "close_entries", "marque")
    assert payload["text"] == payload["official_text"] == "Réponse de marque."
    assert [choice["entry_id"] for choice in payload["choices"]] == ["brevet", "dessin"]
    text = answer_text(answer_as_json(answer, EntriesInMemory().agencies()))
    parts = ["La fiche la plus proche", "Réponse de marque.", "Ce n'est pas votre", "1. Question de brevet ?"]
    assert [text.count(part) for part in parts] == [1, 1, 1, 1]
    assert sorted(parts, key=text.index) == parts


def test_json_of_an_abstention_names_whom_to_ask() -> None:
    payload = as_json(an_answering(judgement=ABSTAINS).ask(Ask("marque")))

    assert payload.keys() >= TOP
    assert (payload["status"], payload["entry"], payload["official_text"]) == ("abstained", None, None)
    assert payload["reason"] in {reason.value for reason in Reason}
    assert (
        payload["contact"].items()
        >= {
            "agency": "INPI",
            "url": "https://www.inpi.fr",
            "phone": "01 56 65 89 98",
        }.items()
    )
