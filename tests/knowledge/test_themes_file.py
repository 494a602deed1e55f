"""What `themes.yaml` may name: entries of the pack that are the theme's own, each once, six for the start page."""

from pathlib import Path

import pytest

from noa_rag.domain.agency import SubTheme
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidKnowledge
from noa_rag.knowledge.pack import Pack, read_pack, write_pack
from noa_rag.knowledge.rules.report import unlisted_entries
from tests.factories import a_theme, an_agency, an_entry_content

A, B = EntryId("a"), EntryId("b")
BASE = "- id: marques\n  title: Marques\n  title_en: Marks\n"
CHILD = "{{id: {}, title: Noms, title_en: Names, entries: [{}]}}"


def a_pack(folder: Path, *themes: str) -> Path:
    """Write a pack with the entry `a` of the theme `marques` and `b` of `impots`; `themes` are lines of the first."""
    entries = (
        (A, an_entry_content(question="A ?", theme="marques")),
        (B, an_entry_content(question="B ?", theme="impots")),
    )
    write_pack(Pack((an_agency(),), (), entries), folder)
    lines = [BASE, *(f"  {line}\n" for line in themes), "- {id: impots, title: Impôts, title_en: Taxes}\n"]
    (folder / "themes.yaml").write_text("".join(lines), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("top: [nulle]", "`marques` names an entry that does not exist: `nulle`"),
        ("start: [b]", "`b` is an entry of the theme `impots`"),
        (f"children: [{CHILD.format('noms', 'nulle')}]", "`marques` names an entry that does not exist: `nulle`"),
        (f"children: [{CHILD.format('noms', 'b')}]", "`b` is an entry of the theme `impots`"),
        (f"children: [{CHILD.format('n', 'a')}, {CHILD.format('m', 'a')}]", "`a` stands twice among the children"),
        (f"children: [{CHILD.format('n', 'a')}, {CHILD.format('n', '')}]", "the id `n` stands twice"),
        ("children: [{id: n, title: N, title_en: N, colour: red}]", "unknown field `colour`"),
        ("children: [{id: n, title: N}]", "`title_en` is missing"),
        ("start: [a, a, a, a, a, a, a]", "the start page shows 6 entries; `start` names 7"),
    ],
)
def test_a_theme_that_names_what_it_may_not_is_refused(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(InvalidKnowledge) as caught:
        read_pack(a_pack(tmp_path, line))

    assert complaint in "\n".join(map(str, caught.value.complaints))
    assert {error.path for error in caught.value.complaints} == {"themes.yaml"}


def test_an_entry_that_no_sub_theme_lists_is_a_warning_unless_its_theme_has_none(tmp_path: Path) -> None:
    divided = read_pack(a_pack(tmp_path / "divided", "children: [{id: n, title: N, title_en: N}]"))
    whole = read_pack(a_pack(tmp_path / "whole", f"children: [{CHILD.format('n', 'a')}]"))

    (finding,) = unlisted_entries(divided)

    assert (finding.rule, finding.complaint.path) == ("unlisted", "entries/inpi/a.yaml")
    assert list(unlisted_entries(whole)) == []


def test_a_written_pack_names_in_its_themes_what_is_written_with_it(tmp_path: Path) -> None:
    children = (SubTheme("noms", "Noms", "Names", (A, EntryId("retiree"), B)), SubTheme("vide", "Vide", "Empty"))
    theme = a_theme("marques", top=(B, A), start=(EntryId("retiree"),), children=children)
    content = an_entry_content(question="A ?", theme="marques")

    write_pack(Pack((an_agency(),), (theme,), ((A, content),)), tmp_path)
    (read,) = read_pack(tmp_path).themes

    assert (read.top, read.start) == ((A,), ())
    assert read.children == (SubTheme("noms", "Noms", "Names", (A,)), SubTheme("vide", "Vide", "Empty"))
