"""The committee's pages: reading and exporting, for everyone."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from noa_rag.domain.draft import DraftState, Published, Recheck
from noa_rag.domain.entry import EntryId, ValidityWindow
from noa_rag.domain.facts import DatedValue
from noa_rag.domain.people import PersonId
from noa_rag.domain.question import Language
from noa_rag.service.office import Office, open_committee
from noa_rag.service.records import Records
from noa_rag.web.in_words import day_in_words
from tests.factories import VAT_FACT, a_group_draft, a_new_version
from tests.review_ui.committee.agenda_helpers import DRAFTED, HOSTILE, MONTH, NOW, add_groups
from tests.review_ui.review_people import SignIn


@pytest.fixture(autouse=True)
def _groups(office: Office, records: Records) -> None:
    add_groups(office, records)


def test_the_committees_page_leads_to_the_running_month(sign_in: SignIn) -> None:
    answer = sign_in("ines").get("/revue/comite")

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/revue/comite/{MONTH}"


@pytest.mark.parametrize("name", ["ines", "ugo", "carla", "quentin", "adele"])
def test_everyone_reads_the_agenda(sign_in: SignIn, name: str) -> None:
    answer = sign_in(name).get(f"/revue/comite/{MONTH}")

    assert answer.status_code == 200
    assert "Que coûte une marque ?" in answer.text
    assert 'href="/revue/brouillons/draft-drafted"' in answer.text
    assert "<script>alert" not in answer.text


def test_the_chart_has_a_bar_and_a_table_row_for_each_agency(sign_in: SignIn) -> None:
    page = sign_in("carla").get(f"/revue/comite/{MONTH}").text

    assert '<rect class="chart-month" x="0" y="20" width="85.0%"' in page  # two questions, the most
    assert '<rect class="chart-month" x="0" y="20" width="42.5%"' in page  # one question, half as many
    assert '<th scope="row">Agence inpi</th>' in page
    assert '<th scope="row">Sans agence</th>' in page


def test_the_agenda_can_be_of_one_agency_or_of_what_has_none(sign_in: SignIn) -> None:
    client = sign_in("carla")

    inpi = client.get(f"/revue/comite/{MONTH}?agence=inpi").text
    nobody = client.get(f"/revue/comite/{MONTH}?agence=-").text

    assert 'id="sujet-drafted"' in inpi
    assert 'id="sujet-undrafted"' not in inpi
    assert 'id="sujet-undrafted"' in nobody
    assert 'id="sujet-drafted"' not in nobody


def test_the_csv_opens_in_a_spreadsheet_and_no_cell_is_a_formula(sign_in: SignIn) -> None:
    client = sign_in("ines")
    note = "@SUM(A1)\n+1"
    client.post(f"/revue/comite/{MONTH}/sujets/drafted", data={"decision": "write", "note": note})

    answer = client.get(f"/revue/comite/{MONTH}/agenda.csv")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="noa-comite-{MONTH}.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [(row["Agence"], row["Question"], row["Ce mois"]) for row in rows] == [
        ("Agence inpi", "Que coûte une marque ?", "2"),
        ("Sans agence", "'" + HOSTILE, "1"),
    ]
    assert (rows[0]["Décision"], rows[0]["Note"]) == ("Rédiger une fiche", "'@SUM(A1) +1")
    assert rows[0]["Décidé par"] == "Inès Martin"


def test_the_markdown_shows_what_people_wrote_as_it_is(sign_in: SignIn) -> None:
    answer = sign_in("ines").get(f"/revue/comite/{MONTH}/agenda.md")

    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "## Agence inpi" in answer.text
    assert "\\<script\\>" in answer.text
    assert "\\*\\*gras\\*\\*" in answer.text
    rows = [line for line in answer.text.splitlines() if "HYPERLINK" in line]
    assert len(rows) == 1
    assert rows[0].count(" | ") == 6  # seven columns, and the visitor's own bar is escaped


def test_days_are_in_words_for_readers_and_sortable_for_spreadsheets(
    sign_in: SignIn, office: Office, records: Records
) -> None:
    window = ValidityWindow(valid_until=date(2026, 12, 1))
    records.entries.add_versions([a_new_version("bail", review_by=NOW.date(), window=window)])
    office.committee = open_committee(records, lambda: datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    client = sign_in("ines")
    client.post(f"/revue/comite/{MONTH}/sujets/drafted", data={"decision": "write"})

    french, table = (client.get(f"/revue/comite/{MONTH}/agenda.{kind}").text for kind in ("md", "csv"))

    assert "| 24 novembre 2026 | 1er décembre 2026 |" in french
    assert "25 novembre 2026, 00:30 |" in french  # the day and the hour in Paris
    assert ";2026-11-24;2026-12-01;" in table
    assert ";2026-11-25 00:30;" in table


def test_the_agenda_of_one_agency_is_exported_alone(sign_in: SignIn) -> None:
    text = sign_in("carla").get(f"/revue/comite/{MONTH}/agenda.md?agence=inpi").text

    assert "Agence inpi" in text
    assert "HYPERLINK" not in text


def test_entries_due_and_last_months_decisions_are_shown_with_what_they_changed(
    sign_in: SignIn, office: Office, records: Records
) -> None:
    _decide_last_month(records)
    due = a_new_version(
        "bail", review_by=NOW.date(), window=ValidityWindow(valid_until=NOW.date() + timedelta(days=30))
    )
    records.entries.add_versions(
        [due, a_new_version("entry-drafted"), a_new_version("tva", answer="Elle est de 20 %.")]
    )
    ends = DatedValue("20", VAT_FACT.newest.source, valid_until=NOW.date() + timedelta(weeks=3))
    rate = replace(VAT_FACT, periods=(ends,), entries=(EntryId("tva"),))
    records.change_facts([rate], actor="carla", at=NOW)
    published = Published(EntryId("entry-drafted"), 1, 0)
    approved = a_group_draft(
        DRAFTED,
        state=DraftState.APPROVED,
        decided_at=NOW,
        published=published,
        recheck=Recheck(asked_count=11, answered_count=9),
    )
    with office.store.changing() as change:
        change.save_draft(approved, expected_revision=1)

    client = sign_in("quentin")
    page, table = (client.get(f"/revue/comite/{MONTH}{path}").text for path in ("", "/agenda.csv"))

    assert 'href="/revue/fiches/bail"' in page
    assert f"<li>Ne vaut que jusqu'au {day_in_words(ends.valid_until, Language.FRENCH)} : Taux (20 %)</li>" in page
    assert f";Taux ({ends.valid_until});" in table
    assert "9 sur 11 répondues" in page
    assert "Fiche entry-drafted, version 1" in page
    assert "Posée 2 fois depuis, dont 0 avec réponse (0 %)" in page  # both failed after last month's decision


def test_links_are_written_out_for_paper(sign_in: SignIn) -> None:
    page = sign_in("ines").get(f"/revue/comite/{MONTH}").text

    assert 'data-print="http://127.0.0.1/revue/brouillons/draft-drafted"' in page
    assert page.count('agenda-part page-start"') == 2


def test_the_parts_are_folded_under_a_table_of_contents(sign_in: SignIn) -> None:
    client = sign_in("carla")

    page = client.get(f"/revue/comite/{MONTH}").text
    whole = client.get(f"/revue/comite/{MONTH}?deplier=1").text
    alone = client.get(f"/revue/comite/{MONTH}?agence=inpi").text
    decided = client.post(f"/revue/comite/{MONTH}/sujets/drafted", data={"decision": "write"})
    after = client.get(decided.headers["location"]).text

    assert '<a href="#agence-inpi">Agence inpi</a> <span class="soft">1 sujet</span>' in page
    assert 'id="agence-inpi"' in page
    assert [document.count('page-start" open>') for document in (page, whole, alone, after)] == [0, 2, 1, 1]
    assert after.index('page-start" open>') < after.index('id="sujet-drafted"')
    assert "Sur cette page" not in alone


def _decide_last_month(records: Records) -> None:
    then = datetime.combine(MONTH.before().last_day, datetime.min.time(), UTC)
    open_committee(records, lambda: then).decide(PersonId("carla"), MONTH.before(), DRAFTED, "write")
