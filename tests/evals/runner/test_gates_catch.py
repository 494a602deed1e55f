"""Gates at work: a broken retriever, a shifted threshold and swapped answers break one each; the sound system none.

The quick gate stands here too: both look at the bundled pack, which takes a while to open and to read.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby

import pytest

from evals.metrics.figure import Figure
from evals.runner.evaluate import ReleaseGate, broken, figures, read_gates
from evals.runner.quick_gate import QuickGate, known_cases
from evals.runner.running import ask_all
from evals.runner.runs import CaseOutcome
from evals.suites.cases import Case
from evals.suites.suite_list import SUITE_LIST, own_questions
from noa_rag.domain.entry import EntryId, EntryVersion, NewVersion
from noa_rag.domain.ports import no_progress
from noa_rag.retrieval.confidence import CalibratedJudge
from noa_rag.service.noa import Noa

pytestmark = pytest.mark.model

CASES_PER_SUITE = 60
FACTS = "expected facts in the text shown"
SUITES = ("near_miss", "answering", "retrieval", "hidden_retrieval", "out_of_scope", "strict", "assisted")
Run = Mapping[str, Sequence[CaseOutcome]]


def stand_in(suite: str, figure: str, **bounds: float) -> ReleaseGate:
    return ReleaseGate(suite=suite, figure=figure, reason="Stands in for the gates on this suite.", **bounds)


# For suites that gates.toml does not watch. Loose: they tell a broken system from a sound one, not good from better.
STAND_INS = (
    stand_in("near_miss", "near miss, both of a pair: answered with a wrong entry", at_most=0.2),
    stand_in("answering", "in scope: right entry answered or offered", at_least=0.7),
    stand_in("retrieval", "hit@1", at_least=0.75),
    stand_in("hidden_retrieval", "near miss: refused or asked back", at_least=0.8),
    stand_in("out_of_scope", "out of scope: refused", at_least=0.8),
    stand_in("strict", "in scope: answered with the right entry", at_least=0.95),
    stand_in("assisted", FACTS, at_least=0.95),
)


@pytest.fixture(scope="module")
def sample(bundled_noa: Noa) -> dict[str, list[Case]]:
    """Some sixty cases of each suite, spread over the whole of it."""
    return {name: spread(SUITE_LIST[name].cases(bundled_noa)) for name in SUITES}


@pytest.fixture(scope="module")
def sound(bundled_noa: Noa, sample: dict[str, list[Case]]) -> Run:
    """What the system as it is does with the sample."""
    return ask(bundled_noa, sample)


def test_the_sound_system_keeps_the_gates(sound: Run) -> None:
    measured = figures(sound)

    missed = [
        broken_gate
        for broken_gate in broken(measured, gates_on(SUITES))
        if broken_gate.figure is None or is_clearly_broken(broken_gate.gate, broken_gate.figure)
    ]

    assert not missed, "\n".join(map(str, missed))


@pytest.mark.parametrize("factor", [-1.0, 0.0], ids=["the best last", "no order at all"])
def test_a_retriever_that_ranks_wrongly_is_caught(
    bundled_noa: Noa, sample: dict[str, list[Case]], sound: Run, monkeypatch: pytest.MonkeyPatch, factor: float
) -> None:
    ranking = {name: factor * weight for name, weight in bundled_noa.retriever.ranking.items()}
    monkeypatch.setattr(bundled_noa.retriever, "ranking", ranking)

    for suite in ("retrieval", "answering"):
        assert caught(ask(bundled_noa, only(sample, suite)), sound), suite


def test_a_threshold_that_lets_everything_through_is_caught(
    bundled_noa: Noa, sample: dict[str, list[Case]], sound: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shifted = replace(
        bundled_noa.calibration, answer_from=0.01, verified_from=0.01, offer_from=0.01, offer_from_brief=0.01
    )
    monkeypatch.setattr(bundled_noa, "judge", CalibratedJudge(shifted, bundled_noa.verifier))

    for suite in ("near_miss", "hidden_retrieval", "out_of_scope"):
        assert caught(ask(bundled_noa, only(sample, suite)), sound), suite


def test_two_entries_with_each_other_s_answer_are_caught(bundled_noa: Noa, sample: dict[str, list[Case]]) -> None:
    first, other = two_with_facts_of_their_own(bundled_noa, sample["assisted"])
    cases = {"assisted": [*sample["assisted"], *own_questions_with_facts(bundled_noa, [first.id, other.id])]}
    before = ask(bundled_noa, cases)

    with base_with(bundled_noa, [with_answer_of(first, other), with_answer_of(other, first)]):
        after = ask(bundled_noa, cases)

    assert FACTS in [gate.figure for gate in caught(after, before)]
    assert ask(bundled_noa, {"assisted": cases["assisted"][-1:]})["assisted"][0].actual_text == other.content.answer


@pytest.fixture(scope="module")
def bundled_gate(bundled_noa: Noa) -> QuickGate:
    """The gate over the bundled pack; whatever the thresholds are, entries' own questions are answered."""
    return QuickGate(bundled_noa, [*known_cases(bundled_noa), *first_own_questions(bundled_noa)])


def test_entries_with_each_other_s_content_are_refused(bundled_noa: Noa, bundled_gate: QuickGate) -> None:
    first, other = first_entries(bundled_noa)

    verdict = bundled_gate.verdict([replace(first, content=other.content), replace(other, content=first.content)])

    assert not verdict.passes
    question = first.content.question
    assert f"« {question} » is answered by {first.id} today, and would be answered by {other.id}." in verdict.findings


def test_a_word_changed_in_an_answer_passes(bundled_noa: Noa, bundled_gate: QuickGate) -> None:
    version, _ = first_entries(bundled_noa)
    first, rest = version.content.answer.split(maxsplit=1)
    edited = replace(version, content=replace(version.content, answer=f"{first} donc {rest}"))

    assert bundled_gate.verdict([edited]).passes


def test_a_verdict_changes_nothing_in_the_base(bundled_noa: Noa, bundled_gate: QuickGate) -> None:
    first, other = first_entries(bundled_noa)
    revision, texts = bundled_noa.records.revision(), bundled_noa.index.snapshot.texts

    bundled_gate.verdict([replace(first, content=other.content)])

    assert bundled_noa.records.revision() == revision
    assert bundled_noa.index.snapshot.texts == texts
    assert bundled_noa.records.current([first.id])[first.id] == first


def gates_on(suites: Collection[str]) -> list[ReleaseGate]:
    """Return the gates of gates.toml on these suites, and stand-ins on those that it does not watch."""
    watching = read_gates()
    watched = {gate.suite for gate in watching}
    return [
        gate for gate in (*watching, *(gate for gate in STAND_INS if gate.suite not in watched)) if gate.suite in suites
    ]


def caught(damaged: Run, sound: Run) -> list[ReleaseGate]:
    """Return the gates that the damaged system breaks and the sound one keeps, on the same cases.

    A gate that the sound one misses by a case or two on the sample counts where the damaged one breaks it clearly.
    """
    gates = gates_on(damaged)
    already = [broken_gate.gate for broken_gate in broken(figures(only(sound, *damaged)), gates)]
    return [
        broken_gate.gate
        for broken_gate in broken(figures(damaged), gates)
        if broken_gate.gate not in already
        or (broken_gate.figure is not None and is_clearly_broken(broken_gate.gate, broken_gate.figure))
    ]


def is_clearly_broken(gate: ReleaseGate, figure: Figure) -> bool:
    """Whether no end of the interval keeps the bound: sixty cases say less than the whole suite that it is set for.

    A figure without an interval, such as a calibration error, says too little of a sample.
    """
    if figure.low == figure.high:
        return False
    return not any(gate.holds_for(replace(figure, value=end)) for end in (figure.low, figure.high))


def ask(noa: Noa, cases: Mapping[str, Sequence[Case]]) -> Run:
    return {name: ask_all(noa, listed, label=f"asking {name}", progress=no_progress) for name, listed in cases.items()}


def only(by_suite: Mapping[str, Sequence[object]], *names: str) -> dict[str, Sequence[object]]:
    return {name: by_suite[name] for name in names}


def spread(cases: Sequence[Case]) -> list[Case]:
    """Return some sixty cases at even steps; the two questions of a pair stay together."""
    groups = [list(group) for _, group in groupby(cases, key=lambda case: case.pair or case.id)]
    return [case for group in groups[:: max(1, len(cases) // CASES_PER_SUITE)] for case in group]


def two_with_facts_of_their_own(noa: Noa, cases: Sequence[Case]) -> tuple[EntryVersion, EntryVersion]:
    """Return the first entry that must keep a fact, and the first other one; neither text has the other's facts."""
    versions = noa.records.current([case.expected_entries[0] for case in cases])
    version = versions[cases[0].expected_entries[0]]
    for case in cases[1:]:
        other = versions[case.expected_entries[0]]
        mixed_up = [fact for fact in cases[0].expected_facts if fact in other.content.answer]
        mixed_up += [fact for fact in case.expected_facts if fact in version.content.answer]
        if other.id != version.id and not mixed_up:
            return version, other
    raise AssertionError("no two entries of the sample have facts of their own")


def own_questions_with_facts(noa: Noa, entry_ids: Sequence[EntryId]) -> list[Case]:
    """Return the own questions of entries, each with the facts that the assisted suite expects of the entry.

    A question of the suite that is not answered shows no text; an entry's own questions are always answered.
    """
    facts = {case.expected_entries[0]: case.expected_facts for case in SUITE_LIST["assisted"].cases(noa)}
    return [
        replace(case, expected_facts=facts[entry_id])
        for entry_id in entry_ids
        for case in own_questions(noa)
        if case.expected_entries == (entry_id,)
    ]


def with_answer_of(version: EntryVersion, other: EntryVersion) -> EntryVersion:
    return replace(
        version, content=replace(version.content, answer=other.content.answer, sections=other.content.sections)
    )


@contextmanager
def base_with(noa: Noa, versions: Sequence[EntryVersion]) -> Iterator[None]:
    """Publish versions, and put back what stood there before."""
    before = list(noa.records.current([version.id for version in versions]).values())
    publish(noa, versions)
    try:
        yield
    finally:
        publish(noa, before)


def publish(noa: Noa, versions: Sequence[EntryVersion]) -> None:
    current = noa.records.current([version.id for version in versions])
    now = datetime.now(UTC)
    noa.records.entries.add_versions(
        NewVersion(version.id, version.content, current[version.id].version, "camille", "dominique", now)
        for version in versions
    )
    noa.refresh()


def first_own_questions(noa: Noa) -> Sequence[Case]:
    first = {entry.id for entry in first_entries(noa)}
    return [case for case in own_questions(noa) if case.expected_entries[0] in first]


def first_entries(noa: Noa) -> Sequence[EntryVersion]:
    """Return two entries of the bundled pack that known questions are about."""
    ids = dict.fromkeys(entry_id for case in known_cases(noa) for entry_id in case.expected_entries[:1])
    versions = noa.records.current(list(ids)[:2])
    return [versions[entry_id] for entry_id in list(ids)[:2]]
