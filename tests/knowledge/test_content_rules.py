"""What can be an entry, and what is told of what cannot."""

from datetime import date
from typing import Any

import pytest

from noa_rag.domain.entry import AlternateQuestion, Contact, Section, Source, ValidityWindow
from noa_rag.domain.errors import InvalidContent
from noa_rag.knowledge.content_rules import (
    ALTERNATES_LIMIT,
    ANSWER_LIMIT,
    NOTE_LIMIT,
    QUESTION_LIMIT,
    check_note,
    content_problems,
    refuse,
)
from noa_rag.knowledge.pack import Pack
from noa_rag.knowledge.vosdroits import VosdroitsReading
from tests.factories import an_entry_content


def problems_of(**changes: Any) -> list[tuple[str, str]]:
    return [(problem.field, problem.kind) for problem in content_problems(an_entry_content(**changes))]


def test_an_ordinary_entry_has_no_problem() -> None:
    assert problems_of() == []
    refuse(list(content_problems(an_entry_content())))


def test_all_that_comes_with_noa_keeps_the_rules(bundled_pack: Pack) -> None:
    assert [(entry_id, list(content_problems(content))) for entry_id, content in bundled_pack.entries] == [
        (entry_id, []) for entry_id, _ in bundled_pack.entries
    ]


@pytest.mark.slow
@pytest.mark.shared
def test_every_official_fiche_keeps_the_rules_so_that_it_can_be_edited(official_fiches: VosdroitsReading) -> None:
    assert len(official_fiches.entries) == 706
    assert [problem for _, content in official_fiches.entries for problem in content_problems(content)] == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("Cliquez <script>alert(1)</script> ici.", "html"),
        ("<img src=x onerror=alert(1)>", "html"),
        ("Avant\n\n<div>bloc</div>", "html"),
        ("caché <!-- ceci --> ici", "html"),
        ("[ici](javascript:alert(1))", "unsafe_link"),
        ("[ici](JaVaScRiPt:alert(1))", "unsafe_link"),
        ("[ici](&#106;avascript:alert(1))", "unsafe_link"),
        ("[ici](<java\tscript:alert(1)>)", "unsafe_link"),
        ("[ici][1]\n\n[1]: javascript:alert(1)", "unsafe_link"),
        ("[ici](vbscript:msgbox)", "unsafe_link"),
        ("[ici](data:text/html;base64,PHNjcmlwdD4=)", "unsafe_link"),
        ("![image](javascript:alert(1))", "unsafe_link"),
        ("<javascript:alert(1)>", "unsafe_link"),
        ("[ici](file:///etc/passwd)", "unsafe_link"),
        ("[ici](/autre/page)", "not_an_address"),
        ("[ici]()", "not_an_address"),
        ("", "missing"),
        (" \n\t ", "missing"),
        ("a\x00b", "invisible_character"),
        ("a\u200bb", "invisible_character"),
        ("montant \u202e001 euros", "invisible_character"),
        ("montant \u2067001\u2069 euros", "invisible_character"),
        ("a\ud800b", "invisible_character"),
        ("a\U000e0041b", "invisible_character"),
    ],
)
def test_an_answer_with_a_trap_is_refused(answer: str, kind: str) -> None:
    assert ("answer", kind) in problems_of(answer=answer)
    assert ("sections", kind) in problems_of(sections=(Section("suite", "Suite", answer),))


@pytest.mark.parametrize(
    "answer",
    [
        "Si le montant est < 5 000 € et le taux > 2 %, rien à faire.",
        "Vos données personnelles\xa0: lisez la notice. Personal data: read the notice.",
        "Activez JavaScript: la démarche en a besoin.",
        "Écrivez à [l'agence](mailto:contact@example.fr) ou [appelez](tel:+33123456789).",
        "| Seuil | Taux |\n|---|---|\n| 5 000 € | 2 % |",
        "Ligne\r\nsuivante\tavec tabulation",
        "Coût\u00a0: 190\u202f€ — «\u202foui\u202f»",
    ],
)
def test_what_only_looks_like_a_trap_is_kept(answer: str) -> None:
    assert problems_of(answer=answer) == []


def test_an_answer_of_100_000_characters_is_refused_and_the_longest_fiche_is_not() -> None:
    assert problems_of(answer="a" * 100_000) == [("answer", "too_long")]
    assert problems_of(answer="a" * 94_893) == []
    assert problems_of(answer="a" * (ANSWER_LIMIT + 1)) == [("answer", "too_long")]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("", "missing"),
        ("é" * (QUESTION_LIMIT + 1), "too_long"),
        ("Où ?\nEt quand ?", "invisible_character"),
        ("<b>Où</b> ?", "html"),
        ("Où ? javascript:alert(1)", "unsafe_link"),
    ],
)
def test_a_question_is_one_plain_line(question: str, kind: str) -> None:
    assert problems_of(question=question) == [("question", kind)]
    assert problems_of(alternate_questions=(AlternateQuestion(question),)) == [("alternate_questions", kind)]


@pytest.mark.parametrize(
    "url", ["", "www.inpi.fr", "javascript:alert(1)", "ftp://inpi.fr", "https://a b.fr", "http://"]
)
def test_every_link_beside_the_text_is_a_web_address(url: str) -> None:
    bad = (Source("Titre", url),)

    assert problems_of(sources=bad) == [("sources", "not_an_address")]
    assert problems_of(legal_references=bad) == [("legal_references", "not_an_address")]
    assert problems_of(online_services=bad) == [("online_services", "not_an_address")]
    assert problems_of(contacts=(Contact("Accueil", url),)) == [("contacts", "not_an_address")]


def test_what_is_needed_is_asked_for() -> None:
    assert problems_of(sources=()) == [("sources", "missing")]
    assert problems_of(theme="") == [("theme", "missing")]
    assert problems_of(sources=(Source("", "https://www.inpi.fr"),)) == [("sources", "missing")]


def test_a_window_whose_end_comes_first_is_refused_and_one_day_is_enough() -> None:
    day, before = date(2026, 3, 1), date(2026, 2, 28)

    assert problems_of(window=ValidityWindow(day, before)) == [("valid_until", "before_start")]
    assert problems_of(window=ValidityWindow(day, day)) == []
    assert problems_of(window=ValidityWindow(None, before)) == []


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1999, 12, 31), date(2101, 1, 1), date(9999, 12, 31)])
def test_days_that_can_only_be_mistyped_are_refused(day: date) -> None:
    assert problems_of(window=ValidityWindow(day, day)) == [
        ("valid_from", "implausible_day"),
        ("valid_until", "implausible_day"),
    ]
    assert problems_of(review_by=day) == [("review_by", "implausible_day")]


def test_closed_sets_are_closed() -> None:
    assert problems_of(language="de") == [("language", "unknown_language")]
    assert problems_of(regions=("FR-75", "FR-XXX")) == [("regions", "unknown_region")]
    assert problems_of(alternate_questions=(AlternateQuestion("Wo?", "de"),)) == [
        ("alternate_questions", "unknown_language")
    ]


def test_alternate_questions_are_counted() -> None:
    def some(count: int) -> tuple[AlternateQuestion, ...]:
        return tuple(AlternateQuestion(f"Question {number} ?") for number in range(count))

    assert problems_of(alternate_questions=some(ALTERNATES_LIMIT)) == []
    assert problems_of(alternate_questions=some(ALTERNATES_LIMIT + 1)) == [("alternate_questions", "too_many")]


def test_every_problem_is_told_at_once_with_what_was_seen() -> None:
    with pytest.raises(InvalidContent) as refused:
        refuse(list(content_problems(an_entry_content(question="", answer="[ici](javascript:alert(1))", sources=()))))

    problems = [(problem.field, problem.kind, problem.seen) for problem in refused.value.problems]
    assert problems == [
        ("question", "missing", ""),
        ("answer", "unsafe_link", "javascript:alert(1)"),
        ("sources", "missing", ""),
    ]


def test_a_note_may_be_empty_and_have_lines_but_not_be_endless() -> None:
    check_note("")
    check_note("Merci.\nÀ revoir en mars.")

    with pytest.raises(InvalidContent, match="note: too_long"):
        check_note("a" * (NOTE_LIMIT + 1))
    with pytest.raises(InvalidContent, match="note: invisible_character"):
        check_note("a\ud800")
