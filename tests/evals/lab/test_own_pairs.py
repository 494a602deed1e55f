"""The pairs written by hand for training: how their files are read, and what stands in those of the project."""

from dataclasses import replace
from pathlib import Path

import pytest

from evals.lab.checker.own_pairs import EDITED, OwnSentence, hash_of, own_sentences
from evals.lab.checker.pairs import PairFamilies, PairUse
from evals.runner.folders import ROOT
from noa_rag.domain.entry import EntryId, Section
from noa_rag.domain.errors import NoaError
from noa_rag.knowledge.pack import read_pack
from tests.factories import an_entry_content

ENTRY = EntryId("marque")
CONTENT = an_entry_content(answer="Le dépôt coûte 190 €.\n\nIl dure dix ans.\n\nEnsuite, il se renouvelle.")


def _written(folder: Path, *lines: str) -> list[OwnSentence]:
    (folder / "one.txt").write_text("\n".join(lines), encoding="utf-8")
    return list(own_sentences({ENTRY: CONTENT}, folder))


def test_a_group_rests_on_its_blocks_and_on_what_lies_between(tmp_path: Path) -> None:
    head = f"# {ENTRY} {hash_of(CONTENT)}"

    first, second, third = _written(
        tmp_path, head, "P 0,2", "+ Vous payez 190 €.", "- amount | Vous payez 210 €.", "", "P 1", "+ Dix ans."
    )

    assert (first.kind, second.kind) == ("", "amount")
    assert first.quote == second.quote == CONTENT.answer
    assert first.group == second.group != third.group
    assert third.quote == "Il dure dix ans."


def test_pairs_over_a_text_that_reads_otherwise_now_teach_nothing(tmp_path: Path) -> None:
    assert _written(tmp_path, f"# {ENTRY} 00000000", "P 7", "+ Vous payez 190 €.") == []
    assert _written(tmp_path, "# disparue 00000000", "P 0", "+ Vous payez 190 €.") == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("P 3", "line 3, marque: the entry has no such block"),
        ("* Vous payez 190 €.", "line 3, marque: neither an entry"),
        ("- Vous payez 210 €.", "line 3, marque: neither an entry"),
        ("+ ", "line 3, marque: neither an entry"),
        ("~ [1] 190 => 210", "line 3, marque: neither an entry"),
    ],
)
def test_a_line_that_cannot_be_read_is_told(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(NoaError, match=said):
        _written(tmp_path, f"# {ENTRY} {hash_of(CONTENT)}", "P 0", line)


def test_a_sentence_before_its_blocks_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoaError, match="line 2, marque: a sentence before"):
        _written(tmp_path, f"# {ENTRY} {hash_of(CONTENT)}", "+ Vous payez 190 €.")


def test_over_the_edited_text_the_wrong_sentence_is_right_and_the_named_ones_are_wrong(tmp_path: Path) -> None:
    head = f"# {ENTRY} {hash_of(CONTENT)}"
    lines = [
        "P 0,1",
        "+ Vous payez 190 €.",
        "+ C'est pour dix ans.",
        "- amount | Vous payez 210 €.",
        "~ [1] 190 => 210",
    ]

    *_, wrong, now_right, now_wrong, still_right = _written(tmp_path, head, *lines)

    assert (wrong.kind, wrong.is_of_entry) == ("amount", True)
    assert [one.kind for one in (now_right, now_wrong, still_right)] == ["", EDITED, ""]
    assert now_right.quote == "Le dépôt coûte 210 €.\n\nIl dure dix ans."
    assert not now_right.is_of_entry
    assert now_right.group == still_right.group != wrong.group


def test_an_edit_of_what_does_not_stand_there_once_is_told(tmp_path: Path) -> None:
    head = f"# {ENTRY} {hash_of(CONTENT)}"
    for edit, times in (("200 => 210", 0), ("e => a", 2), ("190 €", 1)):
        with pytest.raises(NoaError, match=f"stands in the blocks {times} times"):
            _written(tmp_path, head, "P 0", "- amount | Vous payez 210 €.", f"~ [1] {edit}")


def test_the_project_s_own_pairs_fit_the_base_and_none_is_about_what_reports() -> None:
    entries = dict(read_pack(ROOT / "knowledge").entries)
    families = PairFamilies(entries)

    found = list(own_sentences(entries))

    assert len({one.entry for one in found}) > 0.9 * sum(
        families.part(one) is not PairUse.REPORT for one, content in entries.items() if content.language == "fr"
    ), "many entries read otherwise than when their pairs were written: read them again, and write the new hashes"
    assert all(families.part(one.entry) is not PairUse.REPORT for one in found)


def test_blocks_of_sections_are_counted_after_those_of_the_answer(tmp_path: Path) -> None:
    sections = (Section("prix", "Prix", "Le prix est libre.\n\nIl dure dix ans."),)
    content = replace(CONTENT, sections=sections)
    (tmp_path / "one.txt").write_text(
        f"# {ENTRY} {hash_of(content)}\nP 3\n+ Libre.\nP 4\n+ Dix ans.\n", encoding="utf-8"
    )

    price, years = own_sentences({ENTRY: content}, tmp_path)

    assert price.quote == "Le prix est libre."
    assert years.quote == "Il dure dix ans.", "a block that stands twice is the one that was meant"
    assert hash_of(content) != hash_of(CONTENT)
