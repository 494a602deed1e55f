"""Packs: read whole or not at all, imported once, never over what a person decided."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from noa_rag.domain.agency import LocalOffice
from noa_rag.domain.entry import AlternateQuestion, EntryContent, EntryId, EntryStatus, Section
from noa_rag.domain.errors import InvalidKnowledge, StorageUnavailable
from noa_rag.knowledge.importing import Imported, export_pack, import_pack, read_beside_bundled
from noa_rag.knowledge.pack import Pack, read_pack, write_pack
from noa_rag.service.records import Records, fill_empty_base, open_records
from noa_rag.settings import Settings
from tests.factories import a_new_version, a_theme, an_agency, an_entry_content

ID = EntryId("deposer-une-marque")
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


def a_pack(folder: Path, *entries: tuple[str, EntryContent], **changes: Any) -> Path:
    """Write a pack with one agency and one theme; without entries given, it holds one."""
    listed = entries or ((ID, an_entry_content(**changes)),)
    write_pack(Pack((an_agency(),), (a_theme(),), tuple((EntryId(key), content) for key, content in listed)), folder)
    return folder


def complaints_of(folder: Path) -> list[str]:
    with pytest.raises(InvalidKnowledge) as caught:
        read_pack(folder)
    return [str(complaint) for complaint in caught.value.complaints]


def entry_path(folder: Path, entry_id: str = ID) -> Path:
    return folder / "entries" / "inpi" / f"{entry_id}.yaml"


# --- reading -----------------------------------------------------------------------------------------------------


def test_a_written_pack_reads_back_the_same(tmp_path: Path) -> None:
    entries = (
        (EntryId("a"), an_entry_content(related=(EntryId("b"),), question="A ?")),
        (
            EntryId("b"),
            an_entry_content(
                question="B ?",
                alternate_questions=(AlternateQuestion("b, c'est quoi ?"), AlternateQuestion("what is b?", "en")),
                sections=(Section("frais", "Frais", "190 €\n\n- par classe"),),
            ),
        ),
    )
    pack = Pack((an_agency(), an_agency("douanes", phone=None, hours=None)), (a_theme(),), entries)

    assert write_pack(pack, tmp_path) == 2

    assert read_pack(tmp_path) == pack


def test_an_origin_is_given_to_entries_that_name_none(tmp_path: Path) -> None:
    a_pack(tmp_path, ("a", an_entry_content(question="A ?")), ("b", an_entry_content(question="B ?", origin="agence")))

    origins = {entry_id: content.origin for entry_id, content in read_pack(tmp_path, origin="demonstration").entries}

    assert origins == {"a": "demonstration", "b": "agence"}


def test_a_folder_of_entries_or_one_file_may_refer_to_what_is_known(tmp_path: Path) -> None:
    a_pack(tmp_path, related=(EntryId("ailleurs"),))
    known: dict[str, Any] = {
        "known_agencies": ["inpi"],
        "known_themes": ["propriete-intellectuelle"],
        "known_entries": ["ailleurs"],
    }

    for path in (entry_path(tmp_path), entry_path(tmp_path).parent):
        assert [entry_id for entry_id, _ in read_pack(path, **known).entries] == [ID]


@pytest.mark.parametrize(
    ("changes", "field", "complaint"),
    [
        ({"agency_id": "igpn"}, "agency", "unknown agency `igpn`; add it to agencies.yaml"),
        ({"contributors": ("inpi", "igpn")}, "contributors", "unknown agency `igpn`; add it to agencies.yaml"),
        ({"theme": "magie"}, "theme", "unknown theme `magie`; add it to themes.yaml"),
        ({"related": ("ailleurs",)}, "related", "`related` names an entry that does not exist: `ailleurs`"),
    ],
)
def test_tells_what_an_entry_refers_to_in_vain(
    tmp_path: Path, changes: dict[str, Any], field: str, complaint: str
) -> None:
    (path,) = (a_pack(tmp_path, **changes) / "entries").rglob("*.yaml")
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next(at for at, line in enumerate(lines, start=1) if line.startswith(f"{field}:"))

    assert complaints_of(tmp_path) == [f"{path.relative_to(tmp_path)}:{number}: {complaint}"]


def test_tells_a_question_that_two_entries_ask(tmp_path: Path) -> None:
    a_pack(
        tmp_path,
        ("a", an_entry_content(question="Comment faire ?")),
        ("b", an_entry_content(question="B ?", alternate_questions=(AlternateQuestion("COMMENT FAIRE ?"),))),
    )

    assert complaints_of(tmp_path) == [
        "entries/inpi/b.yaml:5: the question 'COMMENT FAIRE ?' is already asked by `a`",
    ]


def test_tells_an_id_that_is_taken(tmp_path: Path) -> None:
    a_pack(tmp_path)
    copy = tmp_path / "entries" / "autre" / f"{ID}.yaml"
    copy.parent.mkdir()
    copy.write_bytes(entry_path(tmp_path).read_bytes())

    assert complaints_of(tmp_path) == [f"entries/inpi/{ID}.yaml:1: the id `{ID}` is taken by entries/autre/{ID}.yaml"]


def test_where_an_agency_serves_reads_back_the_same(tmp_path: Path) -> None:
    office = LocalOffice("La DREETS de votre région", "https://dreets.gouv.fr", phone="0 806 000 126")
    callback_url = "https://conseillers.example.fr"
    agency = an_agency(regions=("FR-IDF", "FR-60"), elsewhere=office, callback_url=callback_url, names=("impôts",))
    write_pack(Pack((agency,), (a_theme(),), ((ID, an_entry_content()),)), tmp_path)

    assert read_pack(tmp_path).agencies == (agency,)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("agencies.yaml", "a: b\n", "agencies.yaml:1: must hold a list"),
        ("agencies.yaml", "[\n", "agencies.yaml:2: not valid YAML"),
        ("agencies.yaml", "- inpi\n", "agencies.yaml:1: each item must be a mapping"),
        ("agencies.yaml", "- [inpi]\n", "agencies.yaml:1: each item must be a mapping"),
        ("agencies.yaml", "- id: inpi\n  url: https://a.fr\n", "agencies.yaml:1: `name` is missing"),
        ("agencies.yaml", "- id: inpi\n  name: I\n  url: a.fr\n", "agencies.yaml:3: `url` must be an address"),
        (
            "agencies.yaml",
            "- id: inpi\n  name: I\n  url: https://a.fr\n  phone: 3430\n",
            "agencies.yaml:4: `phone` must be",
        ),
        (
            "agencies.yaml",
            "- id: inpi\n  name: I\n  url: https://a.fr\n  regions: [FR-XYZ]\n",
            "agencies.yaml:4: unknown region `FR-XYZ`",
        ),
        (
            "agencies.yaml",
            "- id: inpi\n  name: I\n  url: https://a.fr\n  elsewhere: La DREETS\n",
            "agencies.yaml:4: `elsewhere` must be a mapping",
        ),
        (
            "agencies.yaml",
            "- id: inpi\n  name: I\n  url: https://a.fr\n  hours: Mo-Fr 9:00-18:00\n",
            "agencies.yaml:4: hours are written",
        ),
        ("themes.yaml", "", "themes.yaml:1: must hold a list"),
        ("themes.yaml", "- id: impots\n  title: Impôts\n", "themes.yaml:1: `title_en` is missing"),
        (
            "themes.yaml",
            "- {id: impots, title: I, title_en: T, colour: red}\n",
            "themes.yaml:1: unknown field `colour`",
        ),
    ],
)
def test_tells_mistakes_in_agencies_and_themes(tmp_path: Path, name: str, content: str, complaint: str) -> None:
    (a_pack(tmp_path) / name).write_text(content, encoding="utf-8")

    assert any(message.startswith(complaint) for message in complaints_of(tmp_path))


def test_tells_a_folder_that_is_missing_or_holds_nothing(tmp_path: Path) -> None:
    assert complaints_of(tmp_path / "absent") == [f"{tmp_path}/absent:0: no such file or folder"]
    assert complaints_of(tmp_path) == [f"{tmp_path}:0: holds no entry (`entries/<agency>/<id>.yaml`)"]


# --- importing ---------------------------------------------------------------------------------------------------


def test_importing_twice_changes_nothing(records: Records, tmp_path: Path) -> None:
    folder = a_pack(tmp_path)
    assert import_pack(records, folder) == Imported(1, 0, 0)
    revision = records.revision()

    assert import_pack(records, folder) == Imported(0, 0, 1)

    assert records.revision() == revision
    assert len(records.entries.history(ID)) == 1


@pytest.mark.slow
def test_what_is_exported_can_be_imported_without_a_change(
    records: Records, tmp_path: Path, bundled_pack: Pack
) -> None:
    write_pack(bundled_pack, tmp_path / "in")
    import_pack(records, tmp_path / "in")

    count = export_pack(records, tmp_path / "out")

    assert count == len(bundled_pack.entries)
    assert import_pack(records, tmp_path / "out") == Imported(0, 0, count)
    for path in (tmp_path / "in" / "entries").rglob("*.yaml"):
        assert path.read_bytes() == (tmp_path / "out" / path.relative_to(tmp_path / "in")).read_bytes()


def test_a_changed_file_becomes_a_new_version(records: Records, tmp_path: Path) -> None:
    import_pack(records, a_pack(tmp_path))

    assert import_pack(records, a_pack(tmp_path, answer="Autre réponse.")) == Imported(0, 1, 0)

    assert [version.content.answer for version in records.entries.history(ID)][1:] == ["Autre réponse."]


def test_what_a_person_changed_is_kept_unless_told_to_replace(records: Records, tmp_path: Path) -> None:
    folder = a_pack(tmp_path)
    import_pack(records, folder)
    records.entries.add_versions([a_new_version(expected_version=1, author="camille", answer="Corrigé à la main.")])

    outcome = import_pack(records, folder)
    assert replace(outcome, differences=()) == Imported(0, 0, 0, kept=(ID,))
    assert [(difference.entry_id, difference.fields) for difference in outcome.differences] == [(ID, ("answer",))]
    assert records.current([ID])[ID].content.answer == "Corrigé à la main."

    assert import_pack(records, folder, replace=True) == Imported(0, 1, 0)
    assert records.current([ID])[ID].content == an_entry_content()
    assert len(records.entries.history(ID)) == 3


def test_what_a_person_withdrew_stays_withdrawn(records: Records, tmp_path: Path) -> None:
    folder = a_pack(tmp_path)
    import_pack(records, folder)
    records.entries.withdraw(ID, author="camille", note="faux", at=NOW)

    for changes in ({}, {"answer": "Autre réponse."}):
        assert import_pack(records, a_pack(tmp_path, **changes)).kept == (ID,)

    assert records.current([ID])[ID].status is EntryStatus.WITHDRAWN


def test_withdrawn_entries_are_not_exported(records: Records, tmp_path: Path) -> None:
    import_pack(records, a_pack(tmp_path, ("a", an_entry_content(question="A ?")), (ID, an_entry_content())))
    records.entries.withdraw(ID, author="camille", note="", at=NOW)

    assert export_pack(records, tmp_path / "out") == 1

    assert not entry_path(tmp_path / "out").exists()


def test_a_broken_pack_changes_nothing(records: Records, tmp_path: Path) -> None:
    folder = a_pack(tmp_path, ("a", an_entry_content(question="A ?")), ("b", an_entry_content(question="B ?")))
    entry_path(folder, "b").write_text("id: b\n", encoding="utf-8")

    with pytest.raises(InvalidKnowledge):
        import_pack(records, folder)

    assert (records.revision(), records.entries.ids(), dict(records.agencies())) == (0, [], {})


def test_an_import_that_fails_while_writing_changes_nothing(
    records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_the_disk(*arguments: object) -> int:
        raise StorageUnavailable("database or disk is full")

    monkeypatch.setattr("noa_rag.service.records.write_versions", fill_the_disk)

    with pytest.raises(StorageUnavailable):
        import_pack(records, a_pack(tmp_path))

    assert (records.revision(), dict(records.agencies()), records.themes()) == (0, {}, ())


def test_an_empty_base_is_filled_once(settings: Settings, tmp_path: Path) -> None:
    filled = replace(settings, knowledge=a_pack(tmp_path / "pack"))
    records = open_records(filled)

    fill_empty_base(filled, records)
    once = records.revision()
    fill_empty_base(filled, records)

    assert once > 0
    assert records.revision() == once
    assert records.current([ID])[ID].content.origin == "demonstration"
    records.close()


def test_a_version_approved_meanwhile_makes_the_import_fail_whole(
    records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_pack(records, a_pack(tmp_path))
    save = Records.save

    def save_after_somebody_else(self: Records, *arguments: Any) -> None:
        self.entries.add_versions([a_new_version(expected_version=1, author="camille", answer="Entre-temps.")])
        save(self, *arguments)

    monkeypatch.setattr(Records, "save", save_after_somebody_else)

    with pytest.raises(Exception, match="has changed since version 1"):
        import_pack(records, a_pack(tmp_path, answer="Du fichier."))

    assert records.current([ID])[ID].content.answer == "Entre-temps."


# --- families of other agencies ----------------------------------------------------------------------------------

GENERAL = EntryId("cotisations")
VARIANT = an_entry_content(variant_of=GENERAL, regions=("FR-BRE",), question="Quelles cotisations en Bretagne ?")
BOTH_AGENCIES = [an_agency(), an_agency("urssaf")]


def in_base(records: Records, **changes: Any) -> None:
    general = a_new_version(GENERAL, agency_id="urssaf", question="Quelles cotisations ?")
    records.save(BOTH_AGENCIES, [a_theme()], [replace(general, **changes)])


def test_a_pack_does_not_bring_a_variant_of_another_agencys_entry(records: Records, tmp_path: Path) -> None:
    in_base(records)
    path = entry_path(a_pack(tmp_path, ("cotisations-bzh", VARIANT)), "cotisations-bzh")
    line = path.read_text(encoding="utf-8").splitlines().index("variant_of: cotisations") + 1

    with pytest.raises(InvalidKnowledge) as caught:
        import_pack(records, tmp_path)

    assert [str(complaint) for complaint in caught.value.complaints] == [
        f"entries/inpi/cotisations-bzh.yaml:{line}: `variant_of` names `cotisations`, an entry of the agency `urssaf`,"
        " which has to approve it: propose the variant in the workspace, or import both entries in one pack"
    ]
    assert "cotisations-bzh" not in records.entry_ids()


def test_checking_a_pack_beside_the_bundled_one_tells_it_too(tmp_path: Path) -> None:
    general = an_entry_content(agency_id="urssaf", question="Quelles cotisations ?")
    write_pack(Pack(tuple(BOTH_AGENCIES), (a_theme(),), ((GENERAL, general),)), tmp_path / "bundled")

    with pytest.raises(InvalidKnowledge, match="an entry of the agency `urssaf`"):
        read_beside_bundled(tmp_path / "bundled", a_pack(tmp_path / "other", ("bzh", VARIANT)))


def test_a_pack_that_holds_the_general_entry_brings_other_agencies_variants_too(
    records: Records, tmp_path: Path
) -> None:
    general = an_entry_content(agency_id="urssaf", question="Quelles cotisations ?")
    pack = Pack(tuple(BOTH_AGENCIES), (a_theme(),), ((GENERAL, general), (EntryId("bzh"), VARIANT)))
    write_pack(pack, tmp_path)

    assert import_pack(records, tmp_path).new_count == 2
    assert import_pack(records, tmp_path).unchanged_count == 2


def test_a_pack_does_not_claim_a_family_that_its_agency_has_approved_in_the_base(
    records: Records, tmp_path: Path
) -> None:
    in_base(records)
    a_pack(tmp_path, (GENERAL, an_entry_content(question="Quelles cotisations ?")), ("bzh", VARIANT))

    with pytest.raises(InvalidKnowledge, match="an entry of the agency `urssaf`"):
        import_pack(records, tmp_path)
    assert import_pack(records, tmp_path, replace=True).new_count == 1


def test_a_pack_may_move_a_family_that_an_earlier_import_brought(records: Records, tmp_path: Path) -> None:
    in_base(records, author="import", approver="import")
    a_pack(tmp_path, (GENERAL, an_entry_content(question="Quelles cotisations ?")), ("bzh", VARIANT))

    assert import_pack(records, tmp_path).new_count == 1
