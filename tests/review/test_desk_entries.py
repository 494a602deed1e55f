"""Entries are withdrawn and rolled back from the desk; imports respect what was decided there."""

from dataclasses import replace
from datetime import date

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import EntryId, EntryStatus
from noa_rag.domain.errors import NotFound, VersionConflict
from noa_rag.knowledge.plan import IMPORT_AUTHOR, plan_import
from tests.factories import APPROVED_AT, an_entry_content, an_entry_version
from tests.review.desk_office import ADA, BOTH, CAMILLE, CORA, DOMINIQUE, ENTRY, Office, refused

TODAY = date(2026, 11, 24)


def test_a_withdrawn_entry_keeps_its_text_and_says_who_and_why(office: Office) -> None:
    office.publish()

    version = office.desk.withdraw(CORA, ENTRY, 1, " loi changée ")

    assert (version.version, version.status, version.note) == (2, EntryStatus.WITHDRAWN, "loi changée")
    assert (version.author, version.approver, version.content) == (CORA, CORA, an_entry_content())
    assert not version.is_servable_on(TODAY)


def test_an_entry_is_withdrawn_once(office: Office) -> None:
    office.publish(status=EntryStatus.WITHDRAWN)

    assert refused(lambda: office.desk.withdraw(CAMILLE, ENTRY, 1, "encore")) == "withdrawn"


@pytest.mark.parametrize("version", [0, 1, 3])
def test_a_page_that_shows_another_version_changes_nothing(office: Office, version: int) -> None:
    office.publish(answer="Avant.")
    office.publish()

    with pytest.raises(VersionConflict):
        office.desk.withdraw(CAMILLE, ENTRY, version, "erreur")
    with pytest.raises(VersionConflict):
        office.desk.roll_back(CAMILLE, ENTRY, version, 1)


def test_what_does_not_exist_is_not_found(office: Office) -> None:
    office.publish()

    with pytest.raises(NotFound):
        office.desk.withdraw(CAMILLE, EntryId("inconnue"), 1, "erreur")
    with pytest.raises(NotFound):
        office.desk.roll_back(CAMILLE, EntryId("inconnue"), 1, 1)
    for version in (-1, 0, 2):
        with pytest.raises(NotFound, match="no version"):
            office.desk.roll_back(CAMILLE, ENTRY, 1, version)
    with pytest.raises(NotFound, match="atlantis"):
        office.desk.set_needs_two_people(ADA, AgencyId("atlantis"), needs=True)


def test_an_older_text_comes_back_as_a_new_version(office: Office) -> None:
    office.publish(answer="Avant.", origin="demonstration")
    office.publish(answer="Maintenant.")

    version = office.desk.roll_back(CAMILLE, ENTRY, 2, 1)

    assert (version.version, version.content.answer, version.content.origin) == (3, "Avant.", "demonstration")
    assert (version.approver, version.note) == (CAMILLE, "back to version 1")
    assert office.store.state.histories[ENTRY][0].content.answer == "Avant."


def test_a_withdrawn_entry_comes_back_by_rolling_back_to_what_it_said(office: Office) -> None:
    office.publish()
    office.desk.withdraw(CAMILLE, ENTRY, 1, "doute")

    office.desk.roll_back(CAMILLE, ENTRY, 2, 1, "vérifié")

    assert office.entry().is_servable_on(TODAY)


def test_there_is_no_way_back_to_a_withdrawal_or_to_what_is_shown_already(office: Office) -> None:
    office.publish()
    office.desk.withdraw(CAMILLE, ENTRY, 1, "doute")
    office.desk.roll_back(CAMILLE, ENTRY, 2, 1)

    for version in (1, 2, 3):
        assert refused(lambda at=version: office.desk.roll_back(CAMILLE, ENTRY, 3, at)) == "nothing_to_roll_back"


def test_where_two_people_are_wanted_nobody_brings_her_own_words_back(office: Office) -> None:
    office.want_two_people()
    office.publish(answer="Avant.")  # by Camille, as the factory has it
    office.publish()

    assert refused(lambda: office.desk.roll_back(CAMILLE, ENTRY, 2, 1)) == "second_person"
    assert office.desk.roll_back(DOMINIQUE, ENTRY, 2, 1).author == CAMILLE


def test_the_rule_of_the_agency_that_the_entry_comes_from_counts_as_well(office: Office) -> None:
    office.want_two_people("inpi")
    first = an_entry_version(ENTRY, agency_id=AgencyId("douanes"), answer="Avant.")
    office.store.state.histories[ENTRY] = [replace(first, author=BOTH)]
    office.publish()

    assert refused(lambda: office.desk.roll_back(BOTH, ENTRY, 2, 1)) == "second_person"


def test_a_rule_is_set_and_lifted_and_noted(office: Office) -> None:
    office.desk.set_needs_two_people(ADA, AgencyId("inpi"), needs=True)
    office.desk.set_needs_two_people(ADA, AgencyId("inpi"), needs=False)

    assert office.store.state.rules == {"inpi": False}
    assert [(deed[0], deed[2], deed[3]) for deed in office.store.state.deeds] == [
        (ADA, "inpi", {"needs_two_people": 1}),
        (ADA, "inpi", {"needs_two_people": 0}),
    ]


def test_an_import_leaves_alone_what_was_withdrawn_or_brought_back_at_the_desk(office: Office) -> None:
    imported = replace(an_entry_version(ENTRY), author=IMPORT_AUTHOR, approver=IMPORT_AUTHOR)
    office.store.state.histories[ENTRY] = [imported]
    file = (ENTRY, an_entry_content(answer="Dans le fichier."))

    office.desk.withdraw(CAMILLE, ENTRY, 1, "faux")
    assert plan_import([file], {ENTRY: office.entry()}, at=APPROVED_AT, note="").kept == (ENTRY,)
    office.desk.roll_back(CAMILLE, ENTRY, 2, 1)
    assert plan_import([file], {ENTRY: office.entry()}, at=APPROVED_AT, note="").kept == (ENTRY,)
