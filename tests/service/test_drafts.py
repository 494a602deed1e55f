"""Drafts made over a real database, with questions told apart by their first word."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from noa_rag.domain.draft import Draft, DraftState
from noa_rag.domain.entry import EntryId, Source
from noa_rag.domain.failure import Asked, Failure, FailureKind, GroupId, Noise, QuestionGroup
from noa_rag.domain.people import PersonId
from noa_rag.domain.queue import ItemId, Pile
from noa_rag.review.draft_run import BuildReport, build_drafts
from noa_rag.review.drafting import NOA, DraftMaker
from noa_rag.review.grouping import Assignment, Join
from noa_rag.service.noa import Noa
from tests.factories import (
    APPROVED_AT,
    a_new_version,
    a_question,
    a_recorded_question,
    an_abstention,
    an_entry_content,
)

NOW = APPROVED_AT + timedelta(days=1)
QUOTE = "Un logiciel en tant que tel ne peut pas faire l'objet d'un brevet : il relève du droit d'auteur."


class FirstWords:
    """Takes refused questions for failures, insults for noise, and the same first word for the same meaning."""

    def failures(self, asked: Sequence[Asked], *, now: datetime) -> list[Failure]:
        return [Failure(question, FailureKind.ABSTAINED) for question in asked if question.status == "abstained"]

    def noise(self, asked: Asked) -> Noise | None:
        return Noise.ABUSE if "idiot" in asked.text else None

    def assign(self, groups: Sequence[QuestionGroup], new: Sequence[Failure], *, now: datetime) -> Assignment:
        known = {group.canonical.split()[0]: group for group in groups}
        by_word: dict[str, list[Failure]] = {}
        for failure in new:
            by_word.setdefault(failure.asked.text.split()[0], []).append(failure)
        return Assignment(
            tuple(
                Join(known[word], tuple(failures), known[word].canonical)
                for word, failures in by_word.items()
                if word in known
            ),
            tuple(
                QuestionGroup(GroupId(f"{word:0>32}"), failures[0].asked.text, now, tuple(failures))
                for word, failures in by_word.items()
                if word not in known
            ),
        )


@pytest.fixture(autouse=True)
def _near_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was calibrated with the model says nothing of bags of words."""
    monkeypatch.setattr("noa_rag.review.drafting.THIN_BELOW", 0.0)


@pytest.fixture
def ask(noa: Noa) -> Callable[..., None]:
    """Record questions that Noa refused, each in a conversation of its own, a minute apart."""
    asked = 0

    def ask(*texts: str) -> None:
        nonlocal asked
        for text in texts:
            asked += 1
            question = a_recorded_question(
                f"{asked:032}",
                conversation_id=f"c{asked:031}",
                asked_at=APPROVED_AT + timedelta(minutes=asked),
                question=a_question(text, normalised=text),
                answer=an_abstention(question_id=f"{asked:032}"),
            )
            noa.records.questions.record(question)

    return ask


def _build(noa: Noa, **options: object) -> BuildReport:
    return build_drafts(noa, now=lambda: NOW, grouping=FirstWords(), **options)  # type: ignore[arg-type]


def _drafts(noa: Noa) -> list[Draft]:
    return sorted(noa.records.review.drafts(), key=lambda draft: draft.entry_id)


def test_makes_one_draft_for_two_visitors_who_mean_the_same(noa: Noa, ask: Callable[..., None]) -> None:
    ask("brevet logiciel possible", "brevet pour une application", "marque sonore")

    report = _build(noa)

    (draft,) = _drafts(noa)
    assert (report.question_count, report.failure_count, report.new_group_count) == (3, 3, 2)
    assert (len(report.made), report.waiting_count) == (1, 1)
    assert draft.content.question == "Brevet logiciel possible ?"
    assert [question.text for question in draft.content.alternate_questions] == ["brevet pour une application"]
    assert draft.agency_id == "inpi"


def test_a_second_run_changes_nothing(noa: Noa, ask: Callable[..., None]) -> None:
    ask("brevet logiciel possible", "brevet pour une application")
    _build(noa)
    before = _drafts(noa)

    report = _build(noa)

    assert (report.failure_count, report.made, report.updated_count) == (0, (), 0)
    assert _drafts(noa) == before


def test_quotes_the_library_which_is_never_served(noa: Noa, ask: Callable[..., None]) -> None:
    source = _grow_library(noa)
    ask("brevet logiciel possible", "brevet pour une application")

    _build(noa)

    (draft,) = _drafts(noa)
    assert QUOTE in draft.content.answer
    assert draft.content.sources == (source,)
    assert [evidence.source_id for evidence in draft.evidence] == ["F1"]
    assert noa.entry(EntryId("F1")) is None


def test_drafts_that_nobody_touched_are_rebuilt_when_the_library_grows(noa: Noa, ask: Callable[..., None]) -> None:
    ask("brevet logiciel possible", "brevet pour une application")
    _build(noa)
    (empty,) = _drafts(noa)
    _grow_library(noa)

    report = _build(noa)

    (draft,) = _drafts(noa)
    assert (empty.content.answer, empty.evidence, empty.is_thin) == ("", (), True)
    assert (report.rebuilt_count, report.updated_count, report.made) == (1, 0, ())
    assert QUOTE in draft.content.answer
    assert (draft.revision, draft.author, draft.is_thin, draft.id) == (2, NOA, False, empty.id)
    (entry,) = [audited for audited in noa.records.audit.entries() if audited.action == "draft_rebuilt"]
    assert (entry.actor, entry.subject) == (NOA, draft.id)
    assert entry.detail == {"group": draft.group_id, "evidence": 1}
    assert _build(noa).rebuilt_count == 0
    assert _drafts(noa) == [draft]


@pytest.mark.parametrize(
    "touched",
    [{"author": PersonId("camille")}, {"state": DraftState.CHANGES_REQUESTED}, {"base_version": 1}],
)
def test_a_draft_that_somebody_touched_is_not_rebuilt(
    noa: Noa, ask: Callable[..., None], touched: dict[str, object]
) -> None:
    ask("brevet logiciel possible", "brevet pour une application")
    _build(noa)
    changed = _changed(noa, **touched)
    _grow_library(noa)

    assert _build(noa).rebuilt_count == 0
    assert _drafts(noa) == [changed]


def test_a_group_that_is_answered_by_now_gets_no_draft(noa: Noa, ask: Callable[..., None]) -> None:
    ask("brevet logiciel possible", "brevet logiciel")
    noa.records.entries.add_versions([a_new_version(question="Brevet logiciel possible ?")])

    report = _build(noa)

    assert (report.answered_count, report.made) == (1, ())
    (group,) = noa.records.review.groups()
    assert noa.records.queue.item(ItemId(group.id)).pile is Pile.ANSWERED


def test_a_declined_group_comes_up_again_once_its_volume_doubled(noa: Noa, ask: Callable[..., None]) -> None:
    ask("brevet logiciel possible", "brevet pour une application")
    _build(noa)
    _changed(noa, state=DraftState.DECLINED, decided_at=APPROVED_AT + timedelta(minutes=2))

    ask("brevet sur un algorithme")
    third = _build(noa)
    ask("brevet jeu vidéo")
    fourth = _build(noa)

    assert (len(third.made), len(fourth.made)) == (0, 1)
    assert sorted(draft.state for draft in _drafts(noa)) == [DraftState.DECLINED, DraftState.OPEN]


def test_a_run_that_was_interrupted_is_taken_up_where_it_stopped(
    noa: Noa, ask: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("brevet logiciel", "brevet application", "marque sonore", "marque olfactive")
    draft_of = DraftMaker.draft_of
    made: list[Draft] = []

    def interrupted(self: DraftMaker, group: QuestionGroup, **how: Any) -> Draft:
        if made:
            raise KeyboardInterrupt
        made.append(draft_of(self, group, **how))
        return made[0]

    monkeypatch.setattr(DraftMaker, "draft_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _build(noa)
    monkeypatch.setattr(DraftMaker, "draft_of", draft_of)

    report = _build(noa)

    assert (report.failure_count, len(report.made)) == (0, 1)
    assert len({draft.group_id for draft in _drafts(noa)}) == len(_drafts(noa)) == 2


def test_two_runs_at_once_make_each_draft_once(noa: Noa, ask: Callable[..., None]) -> None:
    ask("brevet logiciel", "brevet application", "marque sonore", "marque olfactive")
    reports: list[BuildReport] = []
    runs = [threading.Thread(target=lambda: reports.append(_build(noa))) for _ in range(2)]

    for run in runs:
        run.start()
    for run in runs:
        run.join()

    assert sorted(len(report.made) for report in reports) == [0, 2]
    assert len(_drafts(noa)) == 2


def _grow_library(noa: Noa, text_id: str = "F1", title: str = "Brevet et logiciel", text: str = QUOTE) -> Source:
    """Keep one more official text, and return it as a source."""
    source = Source(title, f"https://www.service-public.fr/vosdroits/{text_id}")
    fiche = an_entry_content(question=title, answer=text, sources=(source,), origin="vosdroits")
    noa.records.library.save([(EntryId(text_id), fiche)])
    return source


def _changed(noa: Noa, **changes: object) -> Draft:
    """Change the only draft as somebody at the desk would."""

    (draft,) = _drafts(noa)
    with noa.records.review.changing() as change:
        return change.save_draft(replace(draft, **changes), expected_revision=draft.revision)  # type: ignore[arg-type]
