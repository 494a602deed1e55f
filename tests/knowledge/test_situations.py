"""Situations in files: read, checked and written without loss, each of the bundled ones within two taps."""

from pathlib import Path

import pytest

from noa_rag.domain.entry import Branch, EntryContent, EntryId
from noa_rag.domain.errors import ContentProblem, InvalidKnowledge
from noa_rag.knowledge.content_rules import content_problems
from noa_rag.knowledge.pack import Pack, read_pack, write_pack
from tests.factories import a_theme, an_agency, an_entry_content

LETTER, TAXES, AUDIT, DELAY = (EntryId(entry_id) for entry_id in ("courrier", "courrier-impots", "controle", "delai"))


def a_situation(*branches: Branch, question: str = "J'ai reçu un courrier : de qui ?") -> EntryContent:
    return an_entry_content(question=question, answer="Dites qui vous écrit.", sources=(), branches=branches)


def a_pack(folder: Path) -> Path:
    entries = (
        (LETTER, a_situation(Branch("Les impôts", TAXES, "The tax office"), Branch("Un délai", DELAY, "Time to pay"))),
        (
            TAXES,
            a_situation(Branch("Un contrôle", AUDIT, "An audit"), Branch("Un délai", DELAY), question="Les impôts ?"),
        ),
        (AUDIT, an_entry_content(question="Comment se passe un contrôle ?")),
        (DELAY, an_entry_content(question="Comment demander un délai ?")),
    )
    write_pack(Pack((an_agency(),), (a_theme(),), entries), folder)
    return folder


def complaints_of(folder: Path, name: EntryId, old: str, new: str) -> list[str]:
    path = a_pack(folder) / "situations" / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InvalidKnowledge) as caught:
        read_pack(folder)
    return [str(complaint) for complaint in caught.value.complaints]


def test_a_situation_needs_no_source_and_reads_back_the_same(tmp_path: Path) -> None:
    pack = read_pack(a_pack(tmp_path / "first"))

    write_pack(pack, tmp_path / "second")

    assert read_pack(tmp_path / "second") == pack
    assert dict(pack.entries)[LETTER].branches[0] == Branch("Les impôts", TAXES, "The tax office")
    assert not list(content_problems(dict(pack.entries)[LETTER]))


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        (LETTER, "entry: delai", "entry: ailleurs", "a branch leads to an entry that does not exist: `ailleurs`"),
        (LETTER, "label: Les impôts", f"label: {'x' * 61}", "`label` has 61 characters; the limit is 60"),
        (LETTER, "  label_en: Time to pay\n", "  libellé: Délai\n", "unknown field `libellé`"),
        (LETTER, "- label: Un délai\n  label_en: Time to pay\n  entry: delai\n", "", "`branches` has 1"),
        (TAXES, "entry: controle", "entry: courrier", "asks again more than once"),
        (TAXES, "entry: controle", "entry: courrier-impots", "asks again more than once"),
    ],
)
def test_tells_what_is_wrong_with_branches(tmp_path: Path, name: EntryId, old: str, new: str, complaint: str) -> None:
    said = complaints_of(tmp_path, name, old, new)

    assert any(complaint in line and f"situations/{name}.yaml" in line for line in said), said


def test_an_entry_without_branches_still_needs_a_source() -> None:
    assert list(content_problems(an_entry_content(sources=()))) == [ContentProblem("sources", "missing")]


def test_each_bundled_situation_asks_in_a_line_or_two_and_is_found_by_a_dozen_wordings(bundled_pack: Pack) -> None:
    situations = {entry_id: entry for entry_id, entry in bundled_pack.entries if entry.branches}

    assert len(situations) >= 30
    for entry_id, content in situations.items():
        assert len(content.answer) <= 160, entry_id
        assert len(content.alternate_questions) >= 12, entry_id
        assert all(branch.label_en for branch in content.branches), entry_id
