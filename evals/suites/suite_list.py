"""The suites by name: files of labelled cases, those the base provides, and what QA made of visitors' questions."""

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path

from evals.suites.cases import SUITES, Case, CaseKind, parse_case, read_suite
from evals.suites.invariance import changed
from evals.suites.splits import messages_apart, sample, sentences_apart
from noa_rag.domain.answer import Mark, MarkedAnswer, SentenceMark, overall
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.errors import Complaint, InvalidKnowledge, InvalidRequest, NoaError
from noa_rag.french.personal_data import mask_personal_data
from noa_rag.service.noa import Noa
from noa_rag.storage.recorded_cases import CaseFields, RecordedCaseStore

SUITE = "recorded"


def case_fields(
    question: str,
    kind: CaseKind,
    *,
    expected: Sequence[EntryId] = (),
    tempting: EntryId | None = None,
    language: str = "fr",
) -> CaseFields:
    """Return a case as it is kept, its question masked. Raises InvalidRequest when the labels contradict each other."""
    made = {
        "question": mask_personal_data(question.strip()),
        "kind": kind.value,
        "expected_entries": list(expected),
        "tempting_entry": tempting if kind is CaseKind.NEAR_MISS else None,
        "language": language,
    }
    filled = {name: value for name, value in made.items() if value}
    try:
        parse_case(json.dumps({"id": "new", **filled}).encode())
    except ValueError as error:
        raise InvalidRequest(f"These labels make no case: {error}.", field="expected") from error
    return filled


def case_of_marks(
    answer: MarkedAnswer, marks: Sequence[SentenceMark], *, answers_instead: EntryId | None = None, language: str = "fr"
) -> CaseFields | None:
    """Return the case that marks make: right or partly right expects the entry, wrong does not; None without marks.

    For a wrong answer `answers_instead` names the entry that answers; without it the question is a near miss of the
    one shown, to be refused.
    """
    said = overall(marks)
    if said is None:
        return None
    if said is not Mark.WRONG:
        return case_fields(answer.question, CaseKind.IN_SCOPE, expected=[answer.entry_id], language=language)
    if answers_instead and answers_instead != answer.entry_id:
        return case_fields(answer.question, CaseKind.IN_SCOPE, expected=[answers_instead], language=language)
    return case_fields(answer.question, CaseKind.NEAR_MISS, tempting=answer.entry_id, language=language)


def recorded_cases(store: RecordedCaseStore) -> list[Case]:
    """Return the cases that were made. Raises InvalidKnowledge when one cannot be read."""
    cases, complaints = [], []
    for number, case in enumerate(store.all(), start=1):
        try:
            cases.append(parse_case(json.dumps({**case.fields, "id": case.id}).encode()))
        except ValueError as error:
            complaints.append(Complaint(f"recorded case {case.id}", number, str(error)))
    if complaints:
        raise InvalidKnowledge(complaints)
    return cases


def cases_of_base(noa: Noa) -> list[Case]:
    """Return the cases made in this base that name entries it has; a withdrawn entry answers no longer."""
    known = noa.index.snapshot.versions.keys()
    return [
        case for case in recorded_cases(RecordedCaseStore(noa.records.database)) if known >= set(case.expected_entries)
    ]


def as_lines(cases: Iterable[Case]) -> list[str]:
    """Return cases as the lines of a suite's file."""
    return [json.dumps(_fields_of(case), ensure_ascii=False) + "\n" for case in cases]


def export_cases(cases: Iterable[Case], path: Path) -> int:
    """Write cases as a suite's file and return how many there were."""
    lines = as_lines(cases)
    path.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def _fields_of(case: Case) -> dict[str, object]:
    """Return the language and the fields that differ from their defaults, as suite files hold them."""
    usual = {
        field.name: field.default for field in fields(case) if field.default is not MISSING and field.name != "language"
    }
    return {name: value for name, value in asdict(case).items() if name not in usual or value != usual[name]}


ALTERNATES_HIDDEN = 2  # asked of each entry beside its own question while it is hidden
TIMED = 300
SEED = 0
LATENCY = "latency"
SENTENCES_ASKED = 600  # of 2,000: half a minute
SAMPLED = {"head": 50, "answering": 45, "retrieval": 45}  # cases a suite gives to `invariance`, about


@dataclass(frozen=True, slots=True)
class Suite:
    """A named set of cases; `cases` reads or makes them for a base."""

    name: str
    about: str
    cases: Callable[[Noa], list[Case]]


def _file(name: str) -> Callable[[Noa], list[Case]]:
    """Return a reader of one file; of a base of one's own it keeps the cases whose entries that base has."""

    def cases(noa: Noa) -> list[Case]:
        known = noa.index.snapshot.versions
        path = SUITES / f"{name}.jsonl"
        if noa.is_demonstration():
            return read_suite(path, known_entries=known)
        return [case for case in read_suite(path) if known.keys() >= set(case.about)]

    return cases


def hidden_entry(noa: Noa) -> list[Case]:
    """Return each entry's own questions with its family hidden: whatever is shown for them is a near miss.

    Situations and calculators are left out: the entries beside them may well answer their questions.
    """
    families = noa.index.snapshot.families
    return [
        Case(
            id=f"{version.id}-{number}",
            question=text,
            kind=CaseKind.NEAR_MISS,
            language=language,
            register="alternate" if number else "canonical",
            hides=(version.id, *(relative for relative in families.of(version.id) if relative != version.id)),
        )
        for version in noa.servable()
        if not version.content.branches and version.content.calculation is None
        for number, (text, language) in enumerate(_own_questions(version))
    ]


def own_questions(noa: Noa) -> list[Case]:
    """Return the questions of `hidden_entry` with nothing hidden: each must be answered by its entry, byte for byte."""
    facts = {case.expected_entries[0]: case.expected_facts for case in _file("assisted")(noa)}
    return [
        replace(
            case,
            kind=CaseKind.IN_SCOPE,
            expected_entries=case.hides[:1],
            expected_facts=facts.get(case.hides[0], ()) if case.language == "fr" else (),  # a translation words them
            hides=(),
        )
        for case in hidden_entry(noa)
    ]


def _own_questions(version: EntryVersion) -> list[tuple[str, str]]:
    alternates = [(question.text, question.language) for question in version.content.alternate_questions]
    random.Random(f"{SEED}-{version.id}").shuffle(alternates)
    return [(version.content.question, version.content.language), *alternates[:ALTERNATES_HIDDEN]]


def hidden_retrieval(noa: Noa) -> list[Case]:
    """Return the questions of `retrieval` with every entry that answers them hidden: wordings the base never saw."""
    return [
        replace(case, id=f"{case.id}-hidden", kind=CaseKind.NEAR_MISS, hides=case.expected_entries, expected_entries=())
        for case in _file("retrieval")(noa)
    ]


def invariance(noa: Noa) -> list[Case]:
    """Return questions of its own file and some of other suites, in French, each as it is and then changed."""
    cases = [case for name, size in SAMPLED.items() for case in sample(_french(_file(name)(noa)), size)]
    return [form for case in (*_file("invariance")(noa), *cases) for form in _in_every_form(case)]


def _french(cases: list[Case]) -> list[Case]:
    return [case for case in cases if case.language == "fr"]


def _in_every_form(case: Case) -> list[Case]:
    """Return a case as it is, then changed in every way that it can take; `contrast` says how."""
    forms = [
        replace(
            case,
            id=f"{case.id}-{change.name.lower().replace('_', '-')}",
            question=text,
            contrast=change,
            same_as=case.id,
            pair="",
        )
        for change, text in changed(case.question).items()
    ]
    return [replace(case, contrast="", same_as=case.id, pair=""), *forms]


def latency(noa: Noa) -> list[Case]:
    """Return questions of several suites in a mixed order, to be timed."""
    cases = [case for name in ("answering", "noisy", "multilingual") for case in _file(name)(noa)]
    return random.Random(SEED).sample(cases, min(TIMED, len(cases)))


SUITE_LIST: Mapping[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite("near_miss", "pairs of look-alikes that need different outcomes", _file("near_miss")),
        Suite("answering", "right entry, wrong entry, refused", _file("answering")),
        Suite("retrieval", "is the right entry found, and how high", _file("retrieval")),
        Suite("hidden_entry", "each entry and its family hidden in turn, its own questions asked", hidden_entry),
        Suite("hidden_retrieval", "the retrieval suite with its entries hidden", hidden_retrieval),
        Suite("out_of_scope", "what must be refused: other fields, chat, abuse, injections", _file("out_of_scope")),
        Suite("multilingual", "English, every theme", _file("multilingual")),
        Suite("noisy", "phone spelling, no accents, dictation, typos", _file("noisy")),
        Suite("head", "the shortest and most frequent questions, one to three words mostly", _file("head")),
        Suite("invariance", "the same question in other forms and with slips: the same outcome", invariance),
        Suite(
            "messages",
            "short and vague messages about a fifth of the entries, from the shared material",
            messages_apart,
        ),
        Suite(
            "sentences",
            "from keywords to stories, as people write, about a fifth of the entries, from the shared material",
            lambda noa: sample(sentences_apart(noa), SENTENCES_ASKED),
        ),
        Suite("distress", "people who cannot go on, and the same words meant harmlessly", _file("distress")),
        Suite("strict", "each entry's own questions: answered in its approved bytes", own_questions),
        Suite(LATENCY, "questions in a mixed order, timed in process, in wordings not asked before", latency),
        Suite("variants", "by region and audience: the entry for this visitor", _file("variants")),
        Suite("assisted", "questions whose answer is part of an entry, for rephrasing", _file("assisted")),
    )
}


# What a base brings along itself is no part of what a release is measured on.
RECORDED = Suite(SUITE, "what QA made of visitors' questions, in this base", cases_of_base)
EVERY_SUITE: Mapping[str, Suite] = {**SUITE_LIST, RECORDED.name: RECORDED}


# Not of questions but of sentences: `evals.runner.rephrasing` runs it.
REPHRASING = "rephrasing"
ABOUT_REPHRASING = "what the gate lets through and catches of rephrasings, and what of a fluent writer is shown"


def suite_named(name: str) -> Suite:
    """Return a suite. Raises NoaError that lists the known ones for an unknown name."""
    if name not in EVERY_SUITE:
        raise NoaError(f"There is no suite `{name}`. Known suites: {', '.join((*EVERY_SUITE, REPHRASING))}.")
    return EVERY_SUITE[name]
