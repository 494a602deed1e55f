"""Steps, English questions and translations: from files into the base and out again, without loss."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from noa_rag.domain.entry import EntryContent, EntryId, JourneyStep, Translation, fingerprint
from noa_rag.domain.errors import InvalidKnowledge
from noa_rag.knowledge.pack import Pack, read_pack, write_pack
from tests.factories import a_theme, an_agency, an_entry_content

A, B = EntryId("creer-une-sasu"), EntryId("rediger-les-statuts")


def a_journey() -> EntryContent:
    content = an_entry_content(
        question="Comment créer une SASU ?",
        question_en="How do I set up a SASU?",
        answer="Une SASU se crée **en ligne**.\n\nComptez une semaine.",
        steps=(JourneyStep("Rédigez les statuts.", B), JourneyStep("Déposez le capital.")),
    )
    english = Translation(
        "en",
        "How do I set up a SASU?",
        "A SASU is set up **online**.\n\nIt takes a week.",
        ("Write the articles.", "Deposit the capital."),
        fingerprint(content),
        date(2026, 11, 27),
        "CCI Paris",
    )
    return replace(content, translations=(english,))


def a_pack(folder: Path) -> Path:
    entries = ((A, a_journey()), (B, an_entry_content(question="Quels statuts ?")))
    write_pack(Pack((an_agency(),), (a_theme(),), entries), folder)
    return folder


def complaints_of(folder: Path) -> list[str]:
    with pytest.raises(InvalidKnowledge) as caught:
        read_pack(folder)
    return [str(complaint) for complaint in caught.value.complaints]


def edited(folder: Path, old: str, new: str) -> Path:
    path = a_pack(folder) / "entries" / "inpi" / f"{A}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def test_a_journey_reads_back_the_same_and_is_written_in_the_same_bytes(tmp_path: Path) -> None:
    first, second = a_pack(tmp_path / "first"), tmp_path / "second"

    write_pack(read_pack(first), second)

    assert dict(read_pack(first).entries)[A] == a_journey()
    for path in first.rglob("*.yaml"):
        assert path.read_bytes() == (second / path.relative_to(first)).read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("  entry: rediger-les-statuts", "  entry: ailleurs", "a step names an entry that does not exist: `ailleurs`"),
        ("- text: Déposez le capital.", '- text: "Un.\\n\\nDeux."', "a step is one paragraph"),
        ("  entry: rediger-les-statuts", "  entrée: rediger", "unknown field `entrée`"),
        ("    - Deposit the capital.\n", "", "`steps` must have one text for each step of the entry"),
        ("    translated_on: 2026-11-27\n", "", "`translated_on` is missing"),
        ("  en:\n", "  de:\n", "unknown field `de`"),
    ],
)
def test_tells_what_is_wrong_with_steps_and_translations(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    said = complaints_of(edited(tmp_path, old, new))

    assert any(complaint in line for line in said), said
    assert all(":0:" not in line for line in said)


def test_a_translation_that_names_no_approver_is_a_trial_and_reads_back_the_same(tmp_path: Path) -> None:
    pack = read_pack(edited(tmp_path / "first", "    approver: CCI Paris\n", ""))

    write_pack(pack, tmp_path / "second")

    assert dict(pack.entries)[A].translations[0].approver == ""
    assert read_pack(tmp_path / "second") == pack


def test_no_translation_of_the_bundled_pack_claims_that_an_agency_approved_it(bundled_pack: Pack) -> None:
    translated = [translation for _, content in bundled_pack.entries for translation in content.translations]

    assert len(translated) >= 60
    assert {translation.approver for translation in translated} == {""}
