"""A base of the release before, filled and edited by referents, is brought up to date by an import."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, NewVersion
from noa_rag.knowledge.importing import import_pack, missing_from, origin_of
from noa_rag.knowledge.pack import Pack, read_pack, write_pack
from noa_rag.service.noa import Noa
from noa_rag.service.records import Records, fill_empty_base, open_records
from noa_rag.settings import Settings

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
PARIS, LYON, REGION = EntryId("aides-paris"), EntryId("aides-lyon"), EntryId("aides-region")


@pytest.fixture(scope="module")
def whole(small_pack: Path) -> Pack:
    """The pack that comes with Noa, as far as two agencies go: importing all of it ten times takes minutes."""
    return read_pack(small_pack)


@pytest.fixture(scope="module")
def before(whole: Pack) -> Pack:
    """The pack as an earlier release had it: fewer entries, and two that later ones fold into one."""
    earlier = whole.entries[:-20]
    known = {entry_id for entry_id, _ in earlier}
    folded = tuple(
        (entry_id, replace(earlier[0][1], question=f"{entry_id} ?", question_en="", alternate_questions=()))
        for entry_id in (PARIS, LYON)
    )
    entries = (*((entry_id, _within(content, known)) for entry_id, content in earlier), *folded)
    return Pack(whole.agencies, whole.themes, entries)


@pytest.fixture(scope="module")
def after(whole: Pack, before: Pack) -> Pack:
    """The pack of today: twenty more entries, one of another text, two retired."""
    first, content = whole.entries[0]
    changed = (first, replace(content, answer="Un autre texte."))
    region = (REGION, replace(content, question="Quelles aides ?", question_en="", alternate_questions=(), related=()))
    entries = (changed, *whole.entries[1:], region)
    return Pack(whole.agencies, whole.themes, entries, retired={PARIS: REGION, LYON: REGION})


@pytest.fixture
def filled(settings: Settings, before: Pack, tmp_path: Path) -> tuple[Settings, Records]:
    """A base that the earlier pack filled, in which a referent changed one entry and withdrew another."""
    folder = tmp_path / "pack"
    write_pack(before, folder)
    bundled = replace(settings, knowledge=folder)
    records = open_records(bundled)
    fill_empty_base(bundled, records)
    return bundled, records


def edit(records: Records, entry_id: EntryId, answer: str) -> None:
    known = records.current([entry_id])[entry_id]
    content = replace(known.content, answer=answer)
    records.entries.add_versions([NewVersion(entry_id, content, known.version, "camille", "dominique", NOW)])


def bring(filled: tuple[Settings, Records], after: Pack) -> None:
    """Put the newer release's pack in place of the earlier one."""
    settings, _ = filled
    for path in (settings.knowledge / "entries").rglob("*.yaml"):
        path.unlink()
    write_pack(after, settings.knowledge)


def test_new_entries_come_and_edited_ones_stay(filled: tuple[Settings, Records], before: Pack, after: Pack) -> None:
    settings, records = filled
    edited, changed, withdrawn = before.entries[1][0], before.entries[0][0], before.entries[2][0]
    edit(records, edited, "Corrigé par l'agence.")
    edit(records, changed, "Aussi corrigé.")
    records.entries.withdraw(withdrawn, author="camille", note="faux", at=NOW)
    bring(filled, after)
    assert len(missing_from(settings.knowledge, records)) == 21

    outcome = import_pack(records, settings.knowledge, origin=origin_of(settings.knowledge, settings.knowledge))

    assert (outcome.new_count, set(outcome.kept)) == (21, {edited, changed, withdrawn})
    assert missing_from(settings.knowledge, records) == ()
    assert records.current([edited])[edited].content.answer == "Corrigé par l'agence."
    assert records.current([withdrawn])[withdrawn].status is EntryStatus.WITHDRAWN
    by_id = {difference.entry_id: difference for difference in outcome.differences}
    assert by_id[edited].fields == ("answer",)
    assert "+answer: Un autre texte." in by_id[changed].diff
    new = after.entries[-2][0]
    assert records.current([new])[new].content.origin == "demonstration"
    records.close()


def test_retired_entries_are_withdrawn_unless_somebody_edited_them(
    filled: tuple[Settings, Records], after: Pack
) -> None:
    settings, records = filled
    edit(records, LYON, "Corrigé à Lyon.")
    bring(filled, after)

    outcome = import_pack(records, settings.knowledge, origin=origin_of(settings.knowledge, settings.knowledge))

    paris = records.current([PARIS])[PARIS]
    assert (outcome.retired, outcome.kept) == ((PARIS,), (LYON,))
    assert (paris.status, paris.content.replaced_by) == (EntryStatus.WITHDRAWN, REGION)
    assert records.current([LYON])[LYON].status is EntryStatus.APPROVED
    records.close()


def test_visitors_of_a_retired_entry_are_led_to_the_one_that_took_its_place(
    noa: Noa, after: Pack, before: Pack, tmp_path: Path
) -> None:
    write_pack(before, tmp_path / "before")
    write_pack(after, tmp_path / "after")
    import_pack(noa.records, tmp_path / "before")
    assert noa.replacement_of(PARIS) is None

    import_pack(noa.records, tmp_path / "after")

    assert noa.entry(PARIS) is None
    assert noa.replacement_of(PARIS) == REGION
    noa.records.entries.withdraw(REGION, author="camille", note="", at=NOW)
    assert noa.replacement_of(PARIS) is None


def _within(content: EntryContent, known: set[EntryId]) -> EntryContent:
    steps = tuple(step if step.entry in known else replace(step, entry=None) for step in content.steps)
    variant_of = content.variant_of if content.variant_of in known else None
    return replace(
        content,
        related=tuple(entry_id for entry_id in content.related if entry_id in known),
        steps=steps,
        variant_of=variant_of,
    )
