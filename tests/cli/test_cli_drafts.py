"""`noa drafts`."""

import json

import pytest

from noa_rag.domain.draft import DraftState
from noa_rag.domain.entry import EntryId
from noa_rag.service.records import Records
from tests.cli.conftest import Command
from tests.factories import (
    a_draft,
    a_new_version,
    a_question,
    a_recorded_question,
    a_theme,
    an_agency,
    an_entry_content,
)


@pytest.fixture
def three_drafts(records: Records) -> None:
    """Two drafts that wait, of two agencies, and one that was declined."""
    records.directory.save([an_agency("inpi"), an_agency("douanes")], [a_theme()])
    of_douanes = an_entry_content(agency_id="douanes", question="Faut-il un numéro EORI ?")
    with records.review.changing() as change:
        change.add_draft(a_draft("1" * 32, entry_id=EntryId("a")))
        change.add_draft(a_draft("2" * 32, entry_id=EntryId("b"), content=of_douanes))
        change.add_draft(a_draft("3" * 32, entry_id=EntryId("c"), state=DraftState.DECLINED))


@pytest.mark.usefixtures("three_drafts")
def test_lists_the_drafts_that_wait_for_a_verdict(noa: Command) -> None:
    result = noa("drafts", "list")

    assert result.status == 0
    assert "Comment déposer une marque ?" in result.out
    assert result.out.splitlines()[-1] == "2 drafts."


@pytest.mark.usefixtures("three_drafts")
@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (("--agency", "douanes"), {"2" * 32}),
        (("--state", "declined"), {"3" * 32}),
        (("--state", "all"), {"1" * 32, "2" * 32, "3" * 32}),
        (("--agency", "nobody"), set()),
    ],
)
def test_lists_by_agency_and_state_as_json(noa: Command, options: tuple[str, ...], ids: set[str]) -> None:
    listed = json.loads(noa("drafts", "list", "--json", *options).out)

    assert {draft["id"] for draft in listed} == ids


@pytest.mark.usefixtures("fake_model")
def test_builds_drafts_and_says_what_it_did(noa: Command, records: Records) -> None:
    records.directory.save([an_agency()], [a_theme()])
    records.entries.add_versions([a_new_version()])
    for number, text in enumerate(("une enveloppe Soleau pour ma marque", "enveloppe Soleau et marque"), start=1):
        records.questions.record(
            a_recorded_question(
                f"{number:032}", conversation_id=f"c{number:031}", question=a_question(text, normalised=text)
            )
        )

    waits = noa("drafts", "build", "--min-volume", "3")
    made = json.loads(noa("drafts", "build", "--json").out)
    again = noa("drafts", "build")

    assert waits.status == 0
    assert "2 questions read, 2 failures not grouped yet: 0 are noise" in waits.out
    assert "0 drafts made" in waits.out
    assert (made["drafts_made"], made["made"][0]["agency"]) == (1, "inpi")
    assert "0 drafts made, 0 updated" in again.out
