"""Entries cut into searched texts: nothing lost, nothing too long."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from noa_rag.domain.entry import Section, Source
from noa_rag.retrieval.passages import Kind, cut, plain_text, searched_texts
from tests.retrieval.retrieval_helpers import an_entry

LINES = st.lists(st.text(alphabet="abcé '\t", max_size=60), max_size=12).map("\n".join)


@given(LINES, st.integers(min_value=20, max_value=100))
def test_cutting_loses_no_letter_and_keeps_the_limit(text: str, limit: int) -> None:
    passages = list(cut(text, limit))

    assert "".join("".join(passages).split()) == "".join(text.split())
    assert all(0 < len(passage) <= limit for passage in passages)


@given(st.lists(st.text(alphabet="abcé", min_size=1, max_size=9), max_size=60), st.integers(20, 100))
def test_cutting_keeps_words_under_half_the_limit_whole_and_in_order(words: list[str], limit: int) -> None:
    passages = list(cut(" ".join(words), limit))

    assert [word for passage in passages for word in passage.split()] == words


def test_cuts_a_word_without_end_at_the_limit() -> None:
    assert list(cut("a" * 25, limit=10)) == ["a" * 10, "a" * 10, "a" * 5]


def test_marks_and_addresses_are_not_searched() -> None:
    plain = plain_text("## Coût\n\n**190 €** sur [le site](https://example.fr/a), `B`")

    assert plain.split() == ["Coût", "190", "€", "sur", "le", "site,", "B"]
    assert "\n\n" in plain


def test_questions_come_first_then_the_answer_then_sections_numbered_from_zero() -> None:
    entry = an_entry(
        "marque", "Déposer une marque ?", "Introduction.", alternates=["Protéger un nom ?"],
        sections=(Section("cout", "Coût", "190 €."),), version=4,
    )  # fmt: skip

    texts = list(searched_texts(entry))

    assert [(text.id, text.kind, text.text, text.section_key) for text in texts] == [
        ("marque:4:0", Kind.QUESTION, "Déposer une marque ?", None),
        ("marque:4:1", Kind.QUESTION, "Protéger un nom ?", None),
        ("marque:4:2", Kind.PASSAGE, "Introduction.", None),
        ("marque:4:3", Kind.PASSAGE, "190 €.", "cout"),
    ]
    assert texts[2].embedded_text == "Déposer une marque ?\nIntroduction."
    assert texts[3].embedded_text == "Déposer une marque ? — Coût\n190 €."


def test_online_services_are_not_searched() -> None:
    services = (Source("Déclarer le nouveau siège", "https://procedures.inpi.fr"),)

    entry = an_entry("siege", "Comment déplacer le siège ?", "En ligne.")
    with_services = replace(entry, content=replace(entry.content, online_services=services))

    assert list(searched_texts(with_services)) == list(searched_texts(entry))


def test_the_content_hash_tells_kind_and_words_but_not_entry_or_version() -> None:
    first, other = (
        next(searched_texts(an_entry(name, "Question ?", "x", version=n))) for n, name in enumerate("ab", 1)
    )
    question, passage = (
        searched_texts(an_entry("c", "x", "")),
        next(text for text in searched_texts(an_entry("d", "", "x")) if text.kind is Kind.PASSAGE),
    )

    assert first.content_hash == other.content_hash
    assert next(iter(question)).content_hash != passage.content_hash
