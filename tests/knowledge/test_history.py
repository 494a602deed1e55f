"""Entries that carry their versions: read with the line of every mistake, imported into the days they were of."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from noa_rag.domain.days import PARIS
from noa_rag.domain.entry import EntryId, EntryStatus, ValidityWindow
from noa_rag.domain.errors import InvalidKnowledge
from noa_rag.knowledge.content_rules import ANSWER_LIMIT
from noa_rag.knowledge.history import DatedVersion
from noa_rag.knowledge.importing import export_pack, import_pack
from noa_rag.knowledge.pack import Pack, read_pack, write_pack
from noa_rag.service.records import Records, open_records
from noa_rag.settings import Settings
from tests.factories import a_new_version, a_theme, an_agency, an_entry_content

ID = EntryId("fonds")
SPRING = ValidityWindow(date(2020, 3, 17), date(2020, 12, 31))
HEAD = """\
id: fonds
agency: inpi
theme: propriete-intellectuelle
question: Qui a droit au fonds ?
sources:
  - title: Décret
    url: https://www.legifrance.gouv.fr/x
valid_until: 2020-12-31
versions:
"""
FIRST = """\
  - approved_at: 2020-03-18
    answer: 1 500 euros, pour 70 % de perte.
"""
SECOND = """\
  - approved_at: 2020-04-03
    note: Décret du 2 avril
    answer: 1 500 euros, pour 50 % de perte.
"""


def dated(day: date, **content: object) -> DatedVersion:
    moment = datetime(day.year, day.month, day.day, tzinfo=PARIS).astimezone(UTC)
    return DatedVersion(an_entry_content(window=SPRING, **content), moment)


HISTORY = (
    dated(date(2020, 3, 18), answer="70 %"),
    dated(date(2020, 4, 3), answer="50 %", question="Qui a droit au fonds, en avril ?"),
    DatedVersion(
        an_entry_content(window=SPRING, answer="50 %"),
        datetime(2020, 12, 1, 8, 30, 15, 7, tzinfo=UTC),
        EntryStatus.WITHDRAWN,
        "Remplacé",
    ),
)


def a_history_pack(folder: Path, *history: DatedVersion) -> Path:
    entries = ((ID, history[-1].content),)
    write_pack(Pack((an_agency(),), (a_theme(),), entries, {ID: history}), folder)
    return folder


def a_file(folder: Path, text: str) -> Path:
    write_pack(Pack((an_agency(),), (a_theme(),), ()), folder)
    path = folder / "entries" / "inpi" / "fonds.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_knowledge_files_take_no_longer_answer_than_the_desk(tmp_path: Path) -> None:
    def of_length(count: int) -> Path:
        return a_history_pack(tmp_path / str(count), dated(date(2020, 3, 18), answer="a" * count))

    assert read_pack(of_length(ANSWER_LIMIT)).histories
    with pytest.raises(InvalidKnowledge, match=f"the limit is {ANSWER_LIMIT}"):
        read_pack(of_length(ANSWER_LIMIT + 1))


def test_a_version_takes_what_it_does_not_say_from_the_entry(tmp_path: Path) -> None:
    pack = read_pack(a_file(tmp_path, HEAD + FIRST + SECOND))

    first, second = pack.histories[ID]
    assert first.content.question == second.content.question == "Qui a droit au fonds ?"
    assert "70 %" in first.content.answer
    assert "50 %" in second.content.answer
    assert first.approved_at == datetime(2020, 3, 17, 23, tzinfo=UTC)  # midnight in Paris, before summer time
    assert second.approved_at == datetime(2020, 4, 2, 22, tzinfo=UTC)  # and in it
    assert second.note == "Décret du 2 avril"
    assert dict(pack.entries)[ID] == second.content


def test_a_written_history_reads_back_the_same_and_is_written_in_the_same_bytes(tmp_path: Path) -> None:
    first = a_history_pack(tmp_path / "first", *HISTORY)

    pack = read_pack(first)
    write_pack(pack, tmp_path / "second")

    assert pack.histories[ID] == HISTORY
    path = "entries/inpi/fonds.yaml"
    assert (first / path).read_bytes() == (tmp_path / "second" / path).read_bytes()


@pytest.mark.parametrize(
    ("versions", "line", "complaint"),
    [
        (SECOND + FIRST, 13, "approved on 2020-03-18, not after the version before it (2020-04-03)"),
        (FIRST + FIRST, 12, "approved on 2020-03-18, not after"),
        (FIRST + "    valid_until: 2020-03-01\n", 12, "never served: approved on 2020-03-18"),
        (FIRST + "    valid_from: 2021-01-01\n", 8, "`valid_until` comes before `valid_from`"),
        ("  - approved_at: 2999-01-01\n    answer: Demain.\n    valid_until: null\n", 10, "lies in the future"),
        (FIRST + "    status: withdrawn\n", 12, "the first version cannot be withdrawn"),
        (FIRST + "    status: gone\n", 12, "`status` must be approved or withdrawn: 'gone'"),
        ("  - approved_at: bientôt\n    answer: Oui.\n", 10, "`approved_at` must be a day written YYYY-MM-DD"),
        ("  - approved_at: '2020-03-18T10:00:00'\n    answer: Oui.\n", 10, "a moment with its offset"),
        ("  - answer: Oui.\n", 10, "`approved_at` is missing"),
        ("  - approved_at: 2020-03-18\n", 10, "`answer` is missing"),
        (FIRST + "    id: autre\n", 12, "`id` is that of the entry"),
        (FIRST + "    prix: 3\n", 12, "unknown field `prix`"),
        ("  - une version\n", 10, "a version must be a mapping"),
        ("  []\n", 9, "`versions` must be a list of versions"),
        (FIRST + "    agency: igpn\n", 12, "unknown agency `igpn`"),
    ],
)  # fmt: skip
def test_tells_what_is_wrong_with_a_version_and_where(tmp_path: Path, versions: str, line: int, complaint: str) -> None:
    with pytest.raises(InvalidKnowledge) as caught:
        read_pack(a_file(tmp_path, HEAD + versions))

    messages = [f"{raised.line}: {raised.message}" for raised in caught.value.complaints]
    assert any(message.startswith(f"{line}: ") and complaint in message for message in messages), messages


def test_a_mistake_that_all_versions_share_is_told_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidKnowledge) as caught:
        read_pack(a_file(tmp_path, HEAD.replace("https://www", "www") + FIRST + SECOND))

    assert [complaint.line for complaint in caught.value.complaints] == [7]


def test_each_day_is_answered_with_the_version_of_that_day(tmp_path: Path, records: Records) -> None:
    imported = import_pack(records, a_history_pack(tmp_path / "pack", *HISTORY))

    assert (imported.new_count, imported.changed_count) == (1, 0)
    by_day = {
        day: records.in_force([ID], day, known_on=day).get(ID)
        for day in (date(2020, 3, 17), date(2020, 4, 2), date(2020, 4, 3))
    }
    assert by_day[date(2020, 3, 17)] is None
    assert [version.version for version in by_day.values() if version] == [1, 2]
    assert records.in_force([ID], date(2020, 12, 1))[ID].status is EntryStatus.WITHDRAWN


def test_the_audit_says_when_a_version_of_the_past_was_really_written(tmp_path: Path, records: Records) -> None:
    before = datetime.now(UTC)
    import_pack(records, a_history_pack(tmp_path / "pack", *HISTORY))

    written = records.audit.entries(subject=ID)
    assert [entry.detail["approved_at"] for entry in reversed(written)][:2] == [
        "2020-03-17T23:00:00.000000+00:00",
        "2020-04-02T22:00:00.000000+00:00",
    ]
    assert all(before <= entry.at <= before + timedelta(minutes=5) and entry.actor == "import" for entry in written)
    assert records.audit.verify() == []


def test_the_same_history_twice_changes_nothing_and_what_is_new_is_added(tmp_path: Path, records: Records) -> None:
    import_pack(records, a_history_pack(tmp_path / "first", *HISTORY[:2]))
    revision = records.revision()

    again = import_pack(records, tmp_path / "first")
    assert (again.unchanged_count, again.kept) == (1, ())
    assert len(records.entries.history(ID)) == 2

    more = import_pack(records, a_history_pack(tmp_path / "second", *HISTORY))
    assert (more.changed_count, records.entries.history(ID)[-1].note) == (1, "Remplacé")
    assert records.revision() > revision


def test_a_version_that_a_person_approved_since_is_never_overwritten_silently(tmp_path: Path, records: Records) -> None:
    pack = a_history_pack(tmp_path / "pack", *HISTORY[:2])
    import_pack(records, pack)
    records.entries.add_versions([a_new_version(ID, expected_version=2, answer="Par l'agence.")])

    assert import_pack(records, pack).kept == (ID,)
    assert records.current([ID])[ID].content.answer == "Par l'agence."

    replaced = import_pack(records, pack, replace=True)
    assert (replaced.changed_count, replaced.kept) == (1, ())
    newest = records.current([ID])[ID]
    assert (newest.version, newest.content.answer) == (4, "50 %")
    assert newest.approved_at > datetime(2026, 1, 1, tzinfo=UTC)  # what was served meanwhile stays on record
    assert import_pack(records, pack, replace=True).unchanged_count == 1


def test_a_past_that_was_served_is_not_written_anew(tmp_path: Path, records: Records) -> None:
    import_pack(records, a_history_pack(tmp_path / "pack", *HISTORY[:2]))
    rewritten = a_history_pack(tmp_path / "other", dated(date(2020, 3, 18), answer="Autre chose."), HISTORY[1])

    assert import_pack(records, rewritten).kept == (ID,)
    assert [version.content.answer for version in records.entries.history(ID)] == ["70 %", "50 %"]


def test_a_base_exported_with_its_history_is_the_same_base_elsewhere(tmp_path: Path, records: Records) -> None:
    import_pack(records, a_history_pack(tmp_path / "pack", *HISTORY))
    records.entries.add_versions([a_new_version("autre", question="Autre question ?", note="écrite ici")])

    assert export_pack(records, tmp_path / "out", with_history=True) == 2
    other = open_records(Settings(data_dir=tmp_path / "elsewhere"))
    import_pack(other, tmp_path / "out")

    for entry_id in (ID, EntryId("autre")):
        histories = [
            [
                (version.version, version.status, version.content, version.approved_at, version.note)
                for version in base.entries.history(entry_id)
            ]
            for base in (records, other)
        ]
        assert histories[0] == histories[1] != []
    assert import_pack(other, tmp_path / "out").unchanged_count == 2
