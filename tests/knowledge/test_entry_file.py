"""One entry's file: each mistake is told with its line, and what is written reads back the same."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import (
    AlternateQuestion,
    Audience,
    Contact,
    EntryContent,
    EntryId,
    Section,
    Source,
    ValidityWindow,
)
from noa_rag.knowledge.entry_file import EntryFile, read_entry_file, write_entry
from noa_rag.knowledge.fields import CONTROL_CHARACTER, MAX_FILE_BYTES
from tests.factories import an_entry_content

LINES = [
    "id: une-entree",
    "agency: inpi",
    "theme: impots",
    "question: Comment faire ?",
    "answer: Ainsi.",
    "sources:",
    "- title: Titre",
    "  url: https://www.inpi.fr",
]


def read(folder: Path, content: str | bytes, name: str = "une-entree.yaml") -> EntryFile | list[str]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    outcome = read_entry_file(path, shown_as=name)
    return outcome if isinstance(outcome, EntryFile) else [str(complaint) for complaint in outcome]


def with_line(number: int, line: str) -> str:
    """Return the sound file with one line replaced; number 9 is a new last line."""
    return "\n".join([*LINES[: number - 1], line, *LINES[number:]]) + "\n"


def test_reads_a_sound_file(tmp_path: Path) -> None:
    file = read(tmp_path, "\n".join(LINES))

    assert isinstance(file, EntryFile)
    assert (file.id, file.path, file.lines["question"]) == ("une-entree", "une-entree.yaml", 4)
    assert file.content == EntryContent(
        agency_id=AgencyId("inpi"),
        question="Comment faire ?",
        answer="Ainsi.",
        theme="impots",
        sources=(Source("Titre", "https://www.inpi.fr"),),
    )


@pytest.mark.parametrize(
    ("number", "line", "complaint"),
    [
        (1, "id: une entrée", "`id` may hold letters, digits and single hyphens only"),
        (1, "id: ../../une-entree", "`id` may hold letters, digits and single hyphens only"),
        (1, "id: autre", "the file must be named after its id: `autre.yaml`"),
        (1, f"id: {'a' * 101}", "`id` has 101 characters; the limit is 100"),
        (2, "agency: [inpi]", "`agency` must be text; put it between quotes"),
        (3, "theme: Impôts et taxes", "`theme` may hold letters, digits and single hyphens only"),
        (4, "question: 2026", "`question` must be text; put it between quotes"),
        (4, "question: true", "`question` must be text; put it between quotes"),
        (4, 'question: "  "', "`question` is empty"),
        (4, f"question: {'q' * 301}", "`question` has 301 characters; the limit is 300"),
        (4, 'question: "a\\0b"', "`question` holds invisible or control characters"),
        (4, 'question: "a\\x85b"', "`question` holds invisible or control characters"),
        (4, 'question: "a\\u202Eb"', "`question` holds invisible or control characters"),
        (4, 'question: "a\\uD800b"', "`question` holds invisible or control characters"),
        (5, 'answer: ""', "`answer` is empty"),
        (5, f"answer: {'a' * 100_001}", "`answer` has 100001 characters; the limit is 95000"),
        (5, 'answer: "a\\u200Bb"', "`answer` holds invisible or control characters"),
        (5, "answer: !!python/object/apply:os.system [id]", "`answer` must be text"),
        (7, "- title: 3", "`title` must be text"),
        (7, "- {name: Titre}", "not valid YAML"),
        (8, "  url: www.inpi.fr", "`url` must be an address that begins with https://"),
        (8, "  url: javascript:alert(1)", "`url` must be an address that begins with https://"),
        (8, '  url: "https://a.fr/ b"', "`url` must be an address that begins with https://"),
        (9, "awnser: Ainsi.", "unknown field `awnser`; known fields: agency, alternate_questions"),
        (9, "1: un", "unknown field `1`"),
        (9, "alternate_questions: Et alors ?", "`alternate_questions` must be a list"),
        (9, "alternate_questions: [a, 3]", "each item of `alternate_questions` must be text"),
        (9, f"alternate_questions: [{'q' * 301}]", "an item of `alternate_questions` exceeds 300 characters"),
        (9, 'alternate_questions: ["a\\u200B"]', "an item of `alternate_questions` holds invisible"),
        (9, "audiences: [tpe, geants]", "unknown audience `geants`; known: association-employeur"),
        (9, "regions: [FR-IDF, FR-XYZ]", "unknown region `FR-XYZ`; use ISO 3166-2 codes"),
        (9, "valid_from: demain", "`valid_from` must be a day written YYYY-MM-DD: 'demain'"),
        (9, "review_by: 2026-01-01 10:00:00", "`review_by` must be a day written YYYY-MM-DD"),
        (9, "urgent: yes please", "`urgent` is `yes please`; it must be one of beside, first, or absent"),
        (9, "language: french", "`language` has 6 characters; the limit is 2"),
        (9, "sections: [a]", "each item of `sections` must be a mapping"),
        (9, "sections: [{key: a, heading: H}]", "`text` is missing"),
        (9, "sections: [{key: a, heading: H, text: T, level: 2}]", "unknown field `level`"),
        (9, "sections: [{key: a, heading: H, text: T}, {key: a, heading: I, text: U}]", "2 sections have the key `a`"),
        (9, "contacts: [{url: https://a.fr}]", "`name` is missing"),
        (9, "question: Encore ?", 'not valid YAML: found duplicate key "question"'),
        (9, "related: [*ailleurs]", "not valid YAML: found undefined alias 'ailleurs'"),
        (9, "related: [", "not valid YAML"),
        (9, "\tregions: []", "not valid YAML"),
    ],
)
def test_tells_a_mistake_with_its_line(tmp_path: Path, number: int, line: str, complaint: str) -> None:
    said = read(tmp_path, with_line(number, line))

    assert isinstance(said, list)
    assert complaint in said[0]
    for message in said:  # YAML itself may notice a mistake at the line after
        assert re.match(rf"une-entree\.yaml:({number}: |{number + 1}: not valid YAML)", message)


def test_tells_every_mistake_at_once(tmp_path: Path) -> None:
    said = read(tmp_path, "id: une-entree\nquestion: 3\nvalid_from: hier\nregions: [FR-XYZ]\n")

    assert [line.partition(": ")[2].partition(";")[0] for line in said] == [
        "`valid_from` must be a day written YYYY-MM-DD: 'hier'",
        "`sources` must name at least one official source",
        "`agency` is missing",
        "`question` must be text",
        "`answer` is missing",
        "`theme` is missing",
        "unknown region `FR-XYZ`",
    ]


def test_tells_a_window_that_ends_before_it_begins(tmp_path: Path) -> None:
    said = read(tmp_path, "\n".join([*LINES, "valid_from: 2026-02-01", "valid_until: 2026-01-31"]))

    assert said == ["une-entree.yaml:10: `valid_until` comes before `valid_from`"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "une-entree.yaml:1: an entry file must hold one mapping"),
        ("- a\n- b\n", "une-entree.yaml:1: an entry file must hold one mapping"),
        ("Bonjour", "une-entree.yaml:1: an entry file must hold one mapping"),
        ("&a [*a]", "une-entree.yaml:1: an entry file must hold one mapping"),
        ("--- {a: b}\n--- {c: d}\n", "not valid YAML"),
        ("[" * 10_000, "nested too deeply"),
        ("a: " + "{a: " * 3_000, "nested too deeply"),
        (b"id: une-entree\nquestion: \xe9t\xe9\n", "une-entree.yaml:2: not UTF-8 text; save the file as UTF-8"),
        (b"id: une-entree\nquestion: a\x07\n", "une-entree.yaml:2: not valid YAML: the character U+0007 is not text"),
        (b"\x00\x01\x02\xff" * 100, "une-entree.yaml:1: not UTF-8 text"),
        (b"%PDF-1.7\n", "not valid YAML"),
        ("valid_from: 2026-02-30\n", "not valid YAML: day is out of range for month"),
        ("a" * (MAX_FILE_BYTES + 1), "the file is larger than 2,000,000 bytes"),
    ],
)
def test_tells_a_file_that_is_no_entry(tmp_path: Path, content: str | bytes, complaint: str) -> None:
    said = read(tmp_path, content)

    assert isinstance(said, list)
    assert len(said) == 1
    assert complaint in said[0]


def test_tells_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "une-entree.yaml").mkdir()

    outcome = read_entry_file(tmp_path / "une-entree.yaml", shown_as="une-entree.yaml")

    assert [str(complaint) for complaint in outcome] == [
        "une-entree.yaml:0: is a folder, a pipe or a device, not a file"
    ]


@hypothesis_settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.text(st.sampled_from("ab:-?![]{}&*#|>'\"%@`, \n\t2026é~<=\\"), max_size=60))
def test_any_text_gives_an_entry_or_complaints(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text)


# --- written and read again ------------------------------------------------------------------------------------------

characters = st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn"], include_characters="\n\t").filter(
    lambda char: not CONTROL_CHARACTER.match(char)
)
lines = st.text(characters, min_size=1, max_size=60).map(lambda text: " ".join(text.split())).filter(bool)
paragraphs = st.text(characters, min_size=1, max_size=200).map(str.strip).filter(bool)
slugs = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True)
addresses = st.from_regex(r"https://[a-z]{1,8}\.fr/[a-zA-Z0-9?=&%#:,._~-]{0,20}", fullmatch=True)
days = st.none() | st.dates()
sources = st.builds(Source, lines, addresses)


def tuples(of: st.SearchStrategy[Any], max_size: int = 3, **options: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=max_size, **options).map(tuple)


windows = st.tuples(days, days).map(
    lambda pair: ValidityWindow(*sorted(pair)) if None not in pair else ValidityWindow(*pair)
)
alternates = st.tuples(
    tuples(st.builds(AlternateQuestion, lines, st.just("fr"))),
    tuples(st.builds(AlternateQuestion, lines, st.just("en"))),
).map(lambda pair: pair[0] + pair[1])
contents = st.builds(
    EntryContent,
    agency_id=slugs.map(AgencyId),
    question=lines,
    answer=paragraphs,
    theme=slugs,
    sources=tuples(sources, min_size=1),
    alternate_questions=alternates,
    sections=tuples(st.builds(Section, slugs, lines, paragraphs), unique_by=lambda section: section.key),
    contributors=tuples(slugs.map(AgencyId)),
    audiences=tuples(st.sampled_from(Audience)),
    regions=tuples(st.sampled_from(["FR-IDF", "FR-75", "FR-2A", "FR-971"])),
    window=windows,
    validated_on=days,
    review_by=days,
    related=tuples(slugs.map(EntryId)),
    language=st.sampled_from(["fr", "en"]),
    legal_references=tuples(sources),
    online_services=tuples(sources),
    contacts=tuples(st.builds(Contact, lines, st.none() | addresses, st.none() | lines)),
    origin=st.sampled_from(["", "demonstration", "vosdroits"]),
)


@hypothesis_settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(slugs, contents)
@example("une-entree", an_entry_content(answer="- un\n\n\n    - deux  \n  fin"))
@example("une-entree", an_entry_content(answer="| a | b |\n|---|---|\n| 1 | 2 |"))
@example("une-entree", an_entry_content(answer=("mot  double " * 800).strip()))
@example("une-entree", an_entry_content(answer=("mot " * 2_000).strip() + "\n\tretrait\n# titre"))
@example("une-entree", an_entry_content(question="yes", answer="2026-01-01", theme="null"))
@example("une-entree", an_entry_content(question="a: b # c", answer="a\u2028b\u00a0c"))
def test_what_is_written_reads_back_the_same(tmp_path: Path, entry_id: str, content: EntryContent) -> None:
    written = write_entry(EntryId(entry_id), content)

    file = read(tmp_path, written, f"{entry_id}.yaml")

    assert isinstance(file, EntryFile), file
    assert (file.id, file.content) == (entry_id, content)
    assert write_entry(file.id, file.content) == written
