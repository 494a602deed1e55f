"""Codes of law from folders of JSON."""

import json
import os
from datetime import date
from pathlib import Path

import pytest

from noa_rag.domain.errors import InvalidKnowledge
from noa_rag.knowledge.legi import LegiArticles, read_legi
from tests.knowledge.legi_code import (
    DECLARING,
    PAYING,
    PENALTY,
    SECTION,
    an_article,
    in_milliseconds,
    write_code,
)

TODAY = date(2026, 11, 28)


def read(folder: Path) -> LegiArticles:
    return read_legi(folder, today=TODAY, progress=lambda done, of: None)


def test_reads_an_article_with_its_paragraphs_its_note_its_state_and_its_first_day(tmp_path: Path) -> None:
    articles = read(write_code(tmp_path, an_article(nota="Vaut <i>aussi</i> en 2027.")))

    (text,) = articles.cited(DECLARING, "")
    assert text.lines == (
        "L'embauche est déclarée.",
        "Elle l'est avant le premier jour.",
        "Nota : Vaut aussi en 2027.",
    )
    assert (text.id, text.title, text.state) == (DECLARING, "Article L1221-10", "VIGUEUR")
    assert text.dated_on == date(2008, 5, 1)
    assert text.url == f"https://www.legifrance.gouv.fr/codes/article_lc/{DECLARING}"


def test_finds_an_article_by_the_identifier_of_an_earlier_version(tmp_path: Path) -> None:
    versions = [{"id": "LEGIARTI000000000001"}, {"id": "LEGIARTI000000000002"}]
    article = an_article("LEGIARTI000000000002", cid="LEGIARTI000000000001", articleVersions=versions)

    articles = read(write_code(tmp_path, article))

    assert articles.cited("LEGIARTI000000000001", "") == articles.cited("LEGIARTI000000000002", "")
    assert articles.cited("LEGIARTI000000000001", "")[0].id == "LEGIARTI000000000001"


def test_of_several_versions_the_one_in_force_today_counts(tmp_path: Path) -> None:
    ends, begins = in_milliseconds("2026-01-01"), in_milliseconds("2027-01-01")
    past = an_article("LEGIARTI000000000001", cid=DECLARING, texteHtml="<p>Hier.</p>", dateFin=ends)
    present = an_article("LEGIARTI000000000002", cid=DECLARING, texteHtml="<p>Aujourd'hui.</p>", dateDebut=ends)
    future = an_article("LEGIARTI000000000003", cid=DECLARING, texteHtml="<p>Demain.</p>", dateDebut=begins)

    for order in ((past, present, future), (future, present, past)):
        assert read(write_code(tmp_path, *order)).cited(DECLARING, "")[0].lines == ("Aujourd'hui.",)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Code du travail, article L1221-10 (déclaration)", [DECLARING]),
        ("Code du travail, article L. 1221-12", [PENALTY]),
        ("Code du travail, articles L1221-10 et L1221-12", [DECLARING, PENALTY]),
        ("Code du travail, articles L1221-10 à L1221-12", [DECLARING, PAYING, PENALTY]),
        ("Code du travail, déclaration préalable", [DECLARING, PAYING, PENALTY]),
    ],
)
def test_of_a_section_the_articles_that_the_title_names_are_cited(
    tmp_path: Path, title: str, expected: list[str]
) -> None:
    code = write_code(tmp_path, an_article(), an_article(PAYING, "L1221-11"), an_article(PENALTY, "L1221-12"))

    assert [text.id for text in read(code).cited(SECTION, title)] == expected


def test_articles_of_the_tax_code_are_named_with_their_letters(tmp_path: Path) -> None:
    code = write_code(
        tmp_path, an_article(DECLARING, "1730"), an_article(PAYING, "1731"), an_article(PENALTY, "1731 B")
    )

    cited = read(code).cited(SECTION, "Code général des impôts, article 1731 B")

    assert [text.id for text in cited] == [PENALTY]


def test_reads_an_article_alone_as_the_api_gives_it(tmp_path: Path) -> None:
    article = an_article(dateDebut="2020-01-01")["data"]
    (tmp_path / "article.json").write_text(json.dumps({"article": article}), encoding="utf-8")

    assert read(tmp_path).cited(DECLARING, "")[0].dated_on == date(2020, 1, 1)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"type": "code",', "Broken JSON"),
        (b'{"a": "\xff"}', "Not UTF-8"),
        (b"[" * 200_000, "Nested or sized beyond reading"),
        (b'{"type": "code", "children": []}', "Holds no article"),
        (b'{"data": 3, "children": 5}', "Holds no article"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_what_to_do(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "code.json").write_bytes(data)

    with pytest.raises(InvalidKnowledge, match=said):
        read(tmp_path)


@pytest.mark.timeout(20)
def test_a_pipe_among_the_codes_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "code.json")

    with pytest.raises(InvalidKnowledge, match="a pipe or a device, not a file"):
        read(tmp_path)
