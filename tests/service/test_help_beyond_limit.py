"""Somebody in distress who asks beyond the rate limit gets the help, from memory, and costs next to nothing."""

from collections.abc import Iterator
from contextvars import Token
from datetime import date
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import func, select

from noa_rag.answering.distress.recognise import is_in_distress
from noa_rag.domain.answer import Reason
from noa_rag.domain.entry import Urgency
from noa_rag.domain.limits import CLIENT, IS_BEYOND_LIMIT, TooOften
from noa_rag.domain.question import Ask
from noa_rag.service.noa import Noa
from noa_rag.storage.question_tables import questions
from tests.factories import a_new_version

CRY = "je veux mourir, comment payer la TVA ?"


@pytest.fixture
def helping(noa: Noa) -> Noa:
    noa.records.entries.add_versions(
        [
            a_new_version("aide", question="Qui peut m'aider ?", answer="Appelez le 3114.", urgent=Urgency.FIRST),
            a_new_version("tva", question="Comment payer la TVA ?", answer="En ligne."),
        ]
    )
    noa.refresh()
    return noa


@pytest.fixture
def beyond() -> Iterator[None]:
    tokens: list[Token[bool]] = [IS_BEYOND_LIMIT.set(True)]
    yield
    IS_BEYOND_LIMIT.reset(tokens[0])


def rows(noa: Noa) -> int:
    with noa.records.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(questions)).scalar_one()


@pytest.mark.usefixtures("beyond")
@pytest.mark.parametrize(
    "changes",
    [{"as_of": date(2020, 1, 1)}, {"as_of": date(2026, 11, 30)}, {"region": "FR-BRE"}, {"conversation_id": "1" * 32}],
)
def test_no_other_day_or_region_brings_a_search_or_one_more_row(
    helping: Noa, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    monkeypatch.setattr(type(helping.retriever), "retrieve", Mock(side_effect=AssertionError))
    CLIENT.set("192.0.2.1")

    answers = [helping.ask(Ask(CRY)), helping.ask(Ask(CRY, **changes))]

    assert {answer.reason for answer in answers} == {Reason.DISTRESS}
    assert rows(helping) == 1


@pytest.mark.usefixtures("beyond")
def test_after_a_minute_one_more_row_is_written(helping: Noa) -> None:
    CLIENT.set("192.0.2.1")
    first = helping.ask(Ask(CRY)).question_id
    helping._help_beyond_limit._given.expire(time=float("inf"))

    assert helping.ask(Ask(CRY)).question_id != first
    assert rows(helping) == 2


@pytest.mark.usefixtures("beyond")
def test_what_is_no_distress_once_it_is_masked_is_refused_without_a_search(
    helping: Noa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(helping.retriever), "retrieve", Mock(side_effect=AssertionError))
    text = "comment payer la TVA ? mon mail c'est je veux mourir arobase gmail point com"
    assert is_in_distress(text)

    with pytest.raises(TooOften):
        helping.ask(Ask(text))
    assert rows(helping) == 0


@pytest.mark.usefixtures("beyond")
def test_beyond_the_limit_help_comes_from_memory_with_one_row_for_each_address(
    helping: Noa, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str] = []
    monkeypatch.setattr(type(helping.retriever), "retrieve", lambda *_, **__: searched.append("once"))

    for address in ("192.0.2.1", "192.0.2.2"):
        CLIENT.set(address)
        answers = [helping.ask(Ask(CRY)) for _ in range(50)]
        assert {answer.reason for answer in answers} == {Reason.DISTRESS}
        assert len({answer.question_id for answer in answers}) == 1

    assert rows(helping) == 2
    assert searched == []


def test_within_the_limit_what_else_is_asked_is_answered_too(helping: Noa) -> None:
    answers = [helping.ask(Ask(CRY)) for _ in range(2)]

    assert rows(helping) == 2
    assert {answer.reason for answer in answers} == {Reason.DISTRESS}
