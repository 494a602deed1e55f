"""`noa knowledge`: what it says of packs, and that a broken one changes nothing."""

import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from noa_rag.domain.entry import EntryId, Source
from noa_rag.domain.facts import DatedValue, Fact, FactId
from noa_rag.knowledge.pack import Pack, write_pack
from noa_rag.service.records import open_records
from noa_rag.settings import Settings
from tests.cli.conftest import command_over
from tests.factories import a_new_version, a_theme, an_agency, an_entry_content

Command = Any
ID = EntryId("deposer-une-marque")
NOT_A_FILE = "a folder, a pipe or a device, not a file"
FICHE = (
    b'<Publication xmlns:dc="http://purl.org/dc/elements/1.1/" ID="F1"><dc:title>Peut-on ouvrir le dimanche ?'
    b"</dc:title><Texte><Paragraphe>Oui, sous conditions.</Paragraphe></Texte></Publication>"
)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    write_pack(Pack((an_agency(),), (a_theme(),), ((ID, an_entry_content()),)), tmp_path / "pack")
    return tmp_path / "pack"


def entry_file(pack: Path) -> Path:
    return pack / "entries" / "inpi" / f"{ID}.yaml"


def state_of(settings: Settings) -> tuple[int, list[EntryId], int]:
    records = open_records(settings)
    try:
        return records.revision(), records.entries.ids(), records.library.count()
    finally:
        records.close()


def test_check_counts_a_sound_pack(noa: Command, pack: Path) -> None:
    outcome = noa("knowledge", "check", pack)

    assert (outcome.status, outcome.out.splitlines()[0], outcome.err) == (0, "1 entries: inpi 1", "")


def test_check_tells_every_mistake_with_its_line(noa: Command, pack: Path) -> None:
    entry_file(pack).write_text("id: deposer-une-marque\nquestion: 3\n", encoding="utf-8")

    outcome = noa("knowledge", "check", pack)

    assert (outcome.status, outcome.out) == (1, "")
    *complaints, last = outcome.err.splitlines()
    assert f"entries/inpi/{ID}.yaml:2: `question` must be text; put it between quotes" in complaints
    assert last == f"noa: {len(complaints)} mistakes; nothing was changed."


@pytest.mark.timeout(20)
@pytest.mark.parametrize("command", [("check",), ("import",), ("import", "--format", "vosdroits")])
@pytest.mark.parametrize("name", ["F1.yaml", "F1.xml", "F1.zip"])
def test_a_pipe_in_the_place_of_a_pack_is_refused_at_once(
    noa: Command, tmp_path: Path, command: tuple[str, ...], name: str
) -> None:
    os.mkfifo(tmp_path / name)

    outcome = noa("knowledge", *command, tmp_path / name)

    assert outcome.status == 1
    assert f"{name}:0: is {NOT_A_FILE}" in outcome.err


@pytest.mark.usefixtures("fake_model")
def test_an_import_is_counted_and_the_second_changes_nothing(noa: Command, settings: Settings, pack: Path) -> None:
    assert noa("knowledge", "import", pack).out == "1 new, 0 changed, 0 unchanged entries.\n"
    before = state_of(settings)

    assert noa("knowledge", "import", pack).out == "0 new, 0 changed, 1 unchanged entries.\n"

    assert state_of(settings) == before


@pytest.mark.usefixtures("fake_model")
def test_an_import_names_what_it_kept(noa: Command, settings: Settings, pack: Path) -> None:
    noa("knowledge", "import", pack)
    records = open_records(settings)
    records.entries.add_versions([a_new_version(ID, expected_version=1, answer="Corrigé à la main.")])
    records.close()

    output = noa("knowledge", "import", pack).out
    replaced = noa("knowledge", "import", pack, "--replace").out

    said = f"kept as somebody changed it in the base: {ID} (use --replace to overwrite); differs in answer"
    assert output.splitlines()[1:] == [said]
    assert replaced == "0 new, 1 changed, 0 unchanged entries.\n"


def test_official_fiches_become_evidence_or_entries(
    noa: Command, settings: Settings, tmp_path: Path, fake_model: None
) -> None:
    (tmp_path / "F1.xml").write_bytes(FICHE)

    as_library = noa("knowledge", "import", tmp_path / "F1.xml", "--format", "vosdroits", "--as", "library")
    assert as_library.out == "1 texts new or changed in the library; none of them is served.\n"
    assert state_of(settings) == (0, [], 1)

    as_entries = noa("knowledge", "import", tmp_path / "F1.xml", "--format", "vosdroits")
    assert as_entries.out == "1 new, 0 changed, 0 unchanged entries.\n"
    assert state_of(settings)[1] == ["F1"]


@pytest.mark.usefixtures("fake_model")
def test_an_export_can_be_checked(noa: Command, pack: Path, tmp_path: Path) -> None:
    noa("knowledge", "import", pack)

    exported = noa("knowledge", "export", tmp_path / "out")

    assert exported.out == f"1 entries written beneath {tmp_path}/out\n"
    assert noa("knowledge", "check", tmp_path / "out").out.startswith("1 entries: inpi 1\n")


# --- rules, stamps, facts ------------------------------------------------------------------------------------------


def test_check_counts_warnings_shows_them_when_asked_and_stops_at_them_when_strict(noa: Command, pack: Path) -> None:
    write_pack(Pack((an_agency(),), (a_theme(),), ((ID, an_entry_content(answer="Tout dépend.")),)), pack)

    counted, shown = noa("knowledge", "check", pack), noa("knowledge", "check", pack, "--show")
    strict = noa("knowledge", "check", pack, "--strict", "--rule", "first-sentence")

    assert counted.status == 0
    assert "      1 warning  first-sentence" in counted.out.splitlines()
    assert "inpi/deposer-une-marque.yaml:5: opens with" in shown.out
    assert strict.status == 1
    assert "deposer-une-marque.yaml:5: opens with" in strict.err


def test_a_translation_is_told_stamped_and_then_passes(noa: Command, pack: Path) -> None:
    with entry_file(pack).open("a", encoding="utf-8") as file:
        file.write("translations:\n  en:\n    question: How?\n    answer: So.\n    translated_on: 2026-11-27\n")
        file.write("    approver: INPI\n")

    assert noa("knowledge", "check", pack).status == 1
    assert noa("knowledge", "stamp", pack).out.splitlines()[-1] == "1 files changed."
    assert noa("knowledge", "check", pack).status == 0
    assert noa("knowledge", "stamp", pack).out == "0 files changed.\n"


@pytest.fixture
def facts(pack: Path) -> Path:
    """A pack with one fact that ends with the year, and one that holds until further notice."""
    source = Source("Arrêté", "https://www.legifrance.gouv.fr/jorf/id/1")
    listed = (
        Fact(FactId("a_taux"), "Taux", "%", (DatedValue("20", source),), (ID,)),
        Fact(FactId("cout"), "Coût", "€", (DatedValue("190", source, None, date(2026, 12, 31)),), (ID,)),
    )
    entries = ((ID, an_entry_content(answer="Le dépôt coûte 190 €, plus 20 %.")),)
    write_pack(Pack((an_agency(),), (a_theme(),), entries, facts=listed), pack)
    return pack


@pytest.mark.usefixtures("fake_model")
def test_facts_are_listed_those_that_end_soon_first(noa: Command, facts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("noa_rag.service.noa.today_in_paris", lambda: date(2026, 11, 27))
    monkeypatch.setattr("noa_rag.service.browsing.today_in_paris", lambda: date(2026, 11, 27))
    assert "2 facts new or changed." in noa("knowledge", "import", facts).out

    listed = noa("knowledge", "facts").out
    as_json = json.loads(noa("knowledge", "facts", "--json", "--until", "2026-12-31").out)

    assert (
        listed.index("1 end within 90 days") < listed.index("cout") < listed.index("1 others") < listed.index("a_taux")
    )
    assert [(entry["id"], entry["ends_on"], entry["entries"]) for entry in as_json] == [("cout", "2026-12-31", [ID])]


@pytest.mark.usefixtures("fake_model")
def test_entries_that_state_an_ended_figure_on_a_day_are_listed_by_agency(noa: Command, facts: Path) -> None:
    noa("knowledge", "import", facts)

    before = noa("knowledge", "facts", "--ended-on", "2026-12-31").out
    after = noa("knowledge", "facts", "--ended-on", "2027-01-02").out
    as_json = json.loads(noa("knowledge", "facts", "--ended-on", "2027-01-02", "--json").out)

    assert before.startswith("0 entries")
    assert after.splitlines()[2:] == [
        "inpi",
        f"  {ID}: Valable jusqu'au 31/12/2026, mise à jour en cours : Coût (190 €).",
    ]
    assert [(listed["agency"], listed["entry"], listed["outdated_facts"][0]["id"]) for listed in as_json] == [
        ("inpi", ID, "cout")
    ]


@pytest.mark.usefixtures("fake_model")
def test_a_fact_that_is_set_prepares_its_drafts(noa: Command, facts: Path) -> None:
    noa("knowledge", "import", facts)
    source = ("--source", "https://www.legifrance.gouv.fr/jorf/id/2", "--title", "Arrêté de 2026")

    outcome = noa("knowledge", "facts", "set", "cout", "195", "--from", "2027-01-01", *source)

    assert outcome.out.splitlines()[0] == "1 drafts prepared."
    assert "Comment déposer une marque ?" in outcome.out
    assert noa("drafts", "list").out.splitlines()[-1] == "1 drafts."
    assert noa("knowledge", "facts", "apply").out == "0 drafts prepared.\n"
    assert noa("knowledge", "facts", "set", "inconnu", "1", "--from", "2027-01-01").status == 1


# --- a base of an earlier release ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("fake_model")
def test_setup_and_doctor_tell_what_the_bundled_pack_has_that_the_base_lacks(
    settings: Settings, pack: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    noa = command_over(replace(settings, knowledge=pack), monkeypatch, capsys)
    assert noa("setup").out.startswith("Ready: 1 entries")
    more = ((ID, an_entry_content()), (EntryId("nouvelle"), an_entry_content(question="Nouvelle ?")))
    write_pack(Pack((an_agency(),), (a_theme(),), more), pack)

    output, doctor = noa("setup").out, noa("doctor").out
    brought = noa("knowledge", "import", pack).out

    assert f"The bundled pack has 1 entries that this base lacks: `noa knowledge import {pack}` brings them" in output
    assert "bundled pack: 1 entries that the base lacks" in doctor
    assert brought == "1 new, 0 changed, 1 unchanged entries.\n"
    assert "lacks" not in noa("setup").out
