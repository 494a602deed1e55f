"""As of a day, Noa answers as a service would have whose base held what was known on that day."""

import random
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from noa_rag.answering.pipeline import answer_path, run
from noa_rag.answering.turn import Turn
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.days import start_of
from noa_rag.domain.entry import EntryVersion, NewVersion
from noa_rag.domain.question import Ask
from noa_rag.retrieval.embedding import VectorCache
from noa_rag.retrieval.retriever import HybridRetriever
from noa_rag.service.noa import Noa
from tests.factories import a_theme, an_agency
from tests.fakes import FakeEntryReader, FakeJudge
from tests.service.revisions import DAYS_OF_2020, a_question, figures, told


def a_service_of_that_day(noa: Noa, versions: list[NewVersion], day: date, *, is_strict: bool) -> Callable[[str], Turn]:
    """Return a service whose base holds what was known at the end of a day; if strict, only what held on it."""
    base = FakeEntryReader([an_agency()], [a_theme()])
    for one in versions:
        if one.approved_at < start_of(day + timedelta(days=1)):
            base.add_versions([one])
    known: list[EntryVersion] = list(base.in_force({one.id for one in versions}, day).values())
    if is_strict:
        known = [one for one in known if one.is_servable_on(day)]

    def searcher(entries: list[EntryVersion]) -> HybridRetriever:
        index = noa.index.beside()
        index._cache = VectorCache(noa.settings.data_dir / "apart.db", noa.index.embedder.dimension)
        index.refresh(lambda revision: (revision + 1, entries))
        return HybridRetriever(index, noa.calibration.ranking, noa.calibration.subject)

    every = searcher(known)
    path = answer_path(
        entries=base,
        retriever=searcher([one for one in known if one.is_servable_on(day)]),
        judge=FakeJudge(),
        today=lambda: day,
        general_contact=AgencyId(noa.settings.general_contact),
        aside=None if is_strict else (every, FakeJudge()),
    )
    return lambda text: run(path, Ask(text))


@seed(20200318)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(day=DAYS_OF_2020, number=st.integers(0, 10_000))
def test_the_answer_of_a_day_is_that_of_a_service_that_knew_what_was_known(
    lived: tuple[Noa, list[NewVersion]], day: date, number: int
) -> None:
    noa, versions = lived
    text = a_question(random.Random(number))

    asked = run(noa.path(), Ask(text, as_of=day))

    of_that_day = a_service_of_that_day(noa, versions, day, is_strict=False)(text)
    assert told(asked) == told(of_that_day)
    assert np.allclose(figures(asked), figures(of_that_day), rtol=1e-5, atol=1e-6)
    valid_alone = told(a_service_of_that_day(noa, versions, day, is_strict=True)(text))
    if told(asked)["reason"] is not Reason.OUTSIDE_VALIDITY:
        assert told(asked) == valid_alone
    else:  # nothing valid answers: that one has expired is all that the refusal adds
        assert (valid_alone["status"], valid_alone["entry"]) == (AnswerStatus.ABSTAINED, None)


@seed(20200318)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(day=DAYS_OF_2020, number=st.integers(0, 10_000))
def test_no_version_is_served_on_a_day_that_was_not_its_own(
    lived: tuple[Noa, list[NewVersion]], day: date, number: int
) -> None:
    noa, versions = lived

    answer = noa.ask(Ask(a_question(random.Random(number)), as_of=day))

    if answer.entry is not None:
        base = FakeEntryReader()
        for one in versions:
            if one.approved_at < start_of(day + timedelta(days=1)):
                base.add_versions([one])
        shown = base.in_force([answer.entry.id], day)[answer.entry.id]
        assert (answer.entry.version, answer.entry.content) == (shown.version, shown.content)
        assert shown.is_servable_on(day)
