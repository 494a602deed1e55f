"""facts.yaml: read with every mistake, held against the entries' texts, and brought in and out of the base."""

from datetime import date
from pathlib import Path

import pytest

from noa_rag.domain.entry import EntryId, Source
from noa_rag.domain.errors import InvalidKnowledge
from noa_rag.domain.facts import DatedValue, Fact, FactId
from noa_rag.knowledge.facts_file import write_facts
from noa_rag.knowledge.importing import export_pack, import_pack
from noa_rag.knowledge.pack import Pack, read_pack, write_pack
from noa_rag.service.records import Records
from tests.factories import a_theme, an_agency, an_entry_content

ID = EntryId("deposer-une-marque")
SOURCE = Source("Arrêté", "https://www.legifrance.gouv.fr/jorf/id/1")
COST = Fact(FactId("cout_depot"), "Dépôt", "€", (DatedValue("190", SOURCE, None, date(2026, 12, 31)),), (ID,))
TWO = Fact(
    FactId("smic"),
    "Smic",
    "€",
    (
        DatedValue("1 823,03", SOURCE, date(2026, 1, 1), date(2026, 5, 31)),
        DatedValue("1 867,02", SOURCE, date(2026, 6, 1)),
    ),
    (ID,),
)
FLAT = """\
- id: cout_depot
  label: Dépôt
  kind: amount
  unit: €
  value: "190"
  valid_until: 2026-12-31
  source:
    title: Arrêté
    url: https://www.legifrance.gouv.fr/jorf/id/1
  entries:
    - deposer-une-marque
"""


def a_pack(folder: Path, *facts: Fact, answer: str = "Le dépôt coûte **190 €** ; le Smic est de 1 867,02 €.") -> Path:
    entries = ((ID, an_entry_content(answer=answer)),)
    write_pack(Pack((an_agency(),), (a_theme(),), entries, facts=facts), folder)
    return folder


def complaints_of(folder: Path) -> list[str]:
    with pytest.raises(InvalidKnowledge) as caught:
        read_pack(folder)
    return [str(complaint) for complaint in caught.value.complaints]


def test_facts_read_back_the_same_with_one_value_or_several(tmp_path: Path) -> None:
    assert write_facts([COST]).replace("value: '190'", 'value: "190"') == FLAT.replace("    - dep", "  - dep")
    assert read_pack(a_pack(tmp_path, COST, TWO)).facts == (COST, TWO)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("id: cout_depot", "id: Coût", "facts.yaml:1: `id` may hold small letters"),
        ("  kind: amount\n", "", "facts.yaml:1: `kind` is missing"),
        ("kind: amount", "kind: somme", "facts.yaml:3: `kind` must be one of amount, deadline, measure: 'somme'"),
        ("  label: Dépôt\n", "", "facts.yaml:1: `label` is missing"),
        ('"190"', "190", "facts.yaml:5: `value` must be text"),
        ("2026-12-31", "demain", "facts.yaml:6: `valid_until` must be a day"),
        ("  unit:", "  units:", "facts.yaml:4: unknown field `units`"),
        ("https://www", "www", "facts.yaml:9: `url` must be an address"),
        ("deposer-une-marque", "ailleurs", "facts.yaml:1: `entries` names an entry that does not exist: `ailleurs`"),
        ('"190"', '"191"', "facts.yaml:1: `deposer-une-marque` does not state 191 €"),
        ("https://www.legifrance.gouv.fr/jorf/id/1", "https://www.urssaf.fr", "facts.yaml:9: `url` is a home page"),
        ("  value:", "  values: []\n  value:", "`value` stands in each of `values`, or there are no `values`"),
    ],
)
def test_tells_mistakes_in_facts(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    a_pack(tmp_path)
    assert old in FLAT
    (tmp_path / "facts.yaml").write_text(FLAT.replace(old, new), encoding="utf-8")

    said = complaints_of(tmp_path)

    assert any(complaint in line for line in said), said


def test_tells_an_id_that_is_taken_and_values_out_of_order(tmp_path: Path) -> None:
    folder = a_pack(tmp_path, COST, TWO)
    path = folder / "facts.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("2026-05-31", "2026-06-30") + FLAT, encoding="utf-8")

    said = complaints_of(folder)

    assert any("the id `cout_depot` is taken by line 1" in line for line in said)
    assert any("`values` must follow each other" in line for line in said)


def test_facts_come_in_once_and_out_again(records: Records, tmp_path: Path) -> None:
    folder = a_pack(tmp_path / "in", COST, TWO)

    assert import_pack(records, folder).facts_count == 2
    revision = records.revision()
    assert import_pack(records, folder).facts_count == 0
    export_pack(records, tmp_path / "out")

    assert records.revision() == revision
    assert records.facts().of(ID) == (COST, TWO)
    assert (tmp_path / "out" / "facts.yaml").read_bytes() == (folder / "facts.yaml").read_bytes()


def test_a_fact_that_a_person_changed_is_kept_unless_told_to_replace(records: Records, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    folder = a_pack(tmp_path, COST)
    import_pack(records, folder)
    theirs = Fact(COST.id, COST.label, COST.unit, (DatedValue("190", SOURCE),), COST.entries)
    records.change_facts([theirs], actor="camille", at=datetime(2026, 11, 27, tzinfo=UTC))

    assert import_pack(records, folder).kept_facts == (COST.id,)
    assert records.facts().facts[COST.id] == theirs

    assert import_pack(records, folder, replace=True).facts_count == 1
    assert records.facts().facts[COST.id] == COST
