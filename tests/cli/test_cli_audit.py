"""`noa audit`: the word on the chain, and what was done."""

from typing import Any

import pytest
from sqlalchemy import text

from noa_rag.service.records import Records, open_records
from noa_rag.settings import Settings
from tests.databases import unguard
from tests.factories import a_new_version, a_theme, an_agency

Command = Any


@pytest.fixture
def audited(noa: Command, settings: Settings) -> Command:
    """`noa audit` over a base with two versions of one entry."""
    records = open_records(settings)
    records.directory.save([an_agency()], [a_theme()])
    records.entries.add_versions([a_new_version()])
    records.entries.add_versions([a_new_version(expected_version=1, answer="Autrement.", note="plus clair")])
    records.close()
    return lambda *arguments: noa("audit", *arguments)


def tamper(settings: Settings, *statements: str) -> None:
    records: Records = open_records(settings)
    with records.database.writing() as connection:
        unguard(connection)
        for statement in statements:
            connection.execute(text(statement))
    records.close()


def test_a_chain_that_holds_is_told_with_its_head_to_note_down(audited: Command) -> None:
    outcome = audited("verify")

    assert outcome.status == 0
    said, head = outcome.out.splitlines()
    assert said == "2 entries, each following from the one before; every version is as it was approved."
    assert audited("verify", "--head", head.removeprefix("head: ").upper()).status == 0


def test_a_chain_that_does_not_hold_is_told_with_status_one(audited: Command, settings: Settings) -> None:
    tamper(settings, "UPDATE audit SET actor = 'quelqu’un' WHERE number = 1")

    outcome = audited("verify")

    assert outcome.status == 1
    assert "entry 1 was changed: its hash is not that of what it says" in outcome.out
    assert "2 findings: the audit does not hold." in outcome.err  # the version's approver is no longer the actor


def test_a_head_that_is_not_in_the_chain_is_told(audited: Command) -> None:
    outcome = audited("verify", "--head", "f" * 64)

    assert outcome.status == 1
    assert f"no entry has the hash {'f' * 64}" in outcome.out


def test_what_was_done_is_shown_newest_first(audited: Command) -> None:
    titles, newest, oldest = audited("show").out.splitlines()

    assert titles.split() == ["number", "at", "actor", "action", "subject", "detail"]
    assert newest.split()[0] == "2"
    assert "version_added  deposer-une-marque" in newest
    assert "note=plus clair" in newest
    assert oldest.split()[0] == "1"


def test_an_empty_audit_has_no_head(noa: Command) -> None:
    assert noa("audit", "head").err == "noa: The audit is empty: there is no head yet.\n"
