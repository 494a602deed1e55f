"""The committee's pages: reading, deciding, exporting, for whoever has the right."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from review_people import Client

from noa_rag.assembly.committee import open_committee
from noa_rag.assembly.office import Office
from noa_rag.assembly.records import Records
from noa_rag.domain.agenda import Month
from noa_rag.domain.draft import DraftState, Published, Recheck
from noa_rag.domain.entry import EntryId, ValidityWindow
from noa_rag.domain.failure import Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.people import PersonId
from noa_rag.storage.agenda import AgendaStore
from tests.factories import a_group_draft, a_new_version, a_question, a_recorded_question

SignIn = Callable[[str], Client]
Csrf = Callable[[], str]
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MONTH = Month.of(NOW.date())
DRAFTED, UNDRAFTED = GroupId("drafted"), GroupId("undrafted")
HOSTILE = '=HYPERLINK("https://evil.example") | <script>alert(1)</script> **gras**'


@pytest.fixture
def groups(office: Office, records: Records) -> None:
    """Two groups asked today: one has a draft of the INPI, the other none."""
    office.committee = open_committee(records, lambda: NOW)
    for group_id, canonical, count in ((DRAFTED, "Que coûte une marque ?", 2), (UNDRAFTED, HOSTILE, 1)):
        for number in range(count):
            asked = a_recorded_question(
                f"{group_id}-{number}",
                conversation_id=f"{group_id}-{number}",
                asked_at=NOW - timedelta(seconds=1),
                question=a_question(f"Formulation {number} de {group_id}"),
            )
            records.questions.record(asked)
        mine = [one for one in office.store.asked_since(None) if one.question_id.startswith(group_id)]
        failures = tuple(Failure(one, FailureKind.ABSTAINED) for one in mine)
        office.store.add_group(QuestionGroup(group_id, canonical, NOW, failures))
    with office.store.changing() as change:
        change.add_draft(a_group_draft(DRAFTED))


pytestmark = pytest.mark.usefixtures("groups")


def test_the_committees_page_leads_to_the_running_month(sign_in: SignIn) -> None:
    answer = sign_in("ines").get("/revue/comite")

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/revue/comite/{MONTH}"


@pytest.mark.parametrize("name", ["ines", "ugo", "carla", "quentin", "adele"])
@pytest.mark.parametrize("prefix", ["/revue", "/en/revue"])
def test_everyone_reads_the_agenda_in_both_languages(sign_in: SignIn, name: str, prefix: str) -> None:
    answer = sign_in(name).get(f"{prefix}/comite/{MONTH}")

    assert answer.status_code == 200
    assert "Que coûte une marque ?" in answer.text
    assert f'href="{prefix}/brouillons/draft-drafted"' in answer.text
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


def test_a_decision_without_javascript_is_recorded_and_shown(sign_in: SignIn, csrf: Csrf) -> None:
    client = sign_in("ines")

    sent = client.post(
        f"/revue/comite/{MONTH}/sujets/drafted",
        data={"_csrf": csrf(), "decision": "write", "note": "Avant <Noël>", "agence": "inpi"},
    )
    page = client.get(sent.headers["location"]).text

    assert sent.status_code == 303
    assert sent.headers["location"] == f"/revue/comite/{MONTH}?agence=inpi&fait=drafted#sujet-drafted"
    assert "Rédiger une fiche" in page
    assert "Avant &lt;Noël&gt;" in page
    assert "Inès Martin" in page
    assert "Décision enregistrée" in page


def test_a_decision_by_htmx_brings_that_group_alone(sign_in: SignIn, csrf: Csrf) -> None:
    answer = sign_in("carla").post(
        f"/en/revue/comite/{MONTH}/sujets/undrafted",
        data={"_csrf": csrf(), "decision": "later"},
        headers={"hx-request": "true"},
    )

    assert answer.status_code == 200
    assert answer.text.strip().startswith('<li id="sujet-undrafted"')
    assert "Later, next month" in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize("headers", [{}, {"hx-request": "true"}])
def test_what_cannot_be_recorded_keeps_its_text_and_says_where(
    sign_in: SignIn, csrf: Csrf, office: Office, headers: dict[str, str]
) -> None:
    answer = sign_in("ines").post(
        f"/revue/comite/{MONTH}/sujets/drafted",
        data={"_csrf": csrf(), "decision": "", "note": "Une longue note"},
        headers=headers,
    )

    assert answer.status_code == 422
    assert '<a href="#decision-drafted">Choisissez une des quatre décisions.</a>' in answer.text
    assert 'id="decision-drafted"' in answer.text
    assert "Une longue note</textarea>" in answer.text
    assert _decisions(office) == []


@pytest.mark.parametrize("headers", [{}, {"hx-request": "true"}])
@pytest.mark.parametrize(
    "wrong",
    [
        ("", "Une longue note", "Choisissez une des quatre décisions."),
        ("bogus", "Une longue note", "Choisissez une des quatre décisions."),
        ("out_of_remit", "", "Dites dans la note pourquoi"),
        ("later", "n" * 1001, "La note compte 1001 signes ; raccourcissez-la à 1000."),
    ],
)
def test_a_group_that_left_the_agenda_meanwhile_keeps_its_form_and_its_note(
    sign_in: SignIn, csrf: Csrf, office: Office, headers: dict[str, str], wrong: tuple[str, str, str]
) -> None:
    decision, note, told = wrong
    approved = a_group_draft(DRAFTED, state=DraftState.APPROVED, decided_at=NOW)
    with office.store.changing() as change:
        change.save_draft(approved, expected_revision=1)
    client = sign_in("ines")
    assert 'id="sujet-drafted"' not in client.get(f"/revue/comite/{MONTH}").text

    answer = client.post(
        f"/revue/comite/{MONTH}/sujets/drafted",
        data={"_csrf": csrf(), "decision": decision, "note": note, "agence": "urssaf"},
        headers=headers,
    )

    assert answer.status_code == 422
    assert told in answer.text
    assert f"{note}</textarea>" in answer.text
    assert "N&#39;est plus à l&#39;ordre du jour" in answer.text
    assert _decisions(office) == []


@pytest.mark.parametrize("headers", [{}, {"hx-request": "true"}])
def test_a_committee_that_is_over_takes_no_decision_and_keeps_the_note(
    sign_in: SignIn, csrf: Csrf, office: Office, records: Records, headers: dict[str, str]
) -> None:
    client = sign_in("ines")
    closed = client.get("/revue/comite/2000-01").text

    answer = client.post(
        "/revue/comite/2000-01/sujets/drafted",
        data={"_csrf": csrf(), "decision": "bogus", "note": "Une longue note"},
        headers=headers,
    )

    assert "Ce comité est clos" in closed
    assert answer.status_code == 422
    assert "Ce comité est clos : une décision s&#39;enregistre pour le mois en cours" in answer.text
    assert "Une longue note</textarea>" in answer.text
    assert AgendaStore(records.database).decisions() == []


def test_an_old_agenda_offers_no_form(sign_in: SignIn, office: Office, records: Records) -> None:
    office.committee = open_committee(records, lambda: datetime(2027, 1, 15, tzinfo=UTC))

    page = sign_in("carla").get(f"/revue/comite/{MONTH}").text

    assert 'id="sujet-drafted"' in page
    assert 'name="decision"' not in page


@pytest.mark.parametrize(
    ("name", "group_id"),
    [("ugo", "drafted"), ("ines", "undrafted"), ("ugo", "undrafted"), ("quentin", "drafted"), ("adele", "drafted")],
)
def test_a_decision_without_the_right_is_refused_and_nothing_changes(
    sign_in: SignIn, csrf: Csrf, office: Office, name: str, group_id: str
) -> None:
    client = sign_in(name)
    audited = office.audit.head()

    answer = client.post(f"/revue/comite/{MONTH}/sujets/{group_id}", data={"_csrf": csrf(), "decision": "write"})

    assert answer.status_code == 403
    assert _decisions(office) == []
    assert office.audit.head() == audited


def test_a_form_is_shown_to_whoever_may_decide_alone(sign_in: SignIn) -> None:
    address = f"/revue/comite/{MONTH}"

    referent, stranger = sign_in("ines").get(address).text, sign_in("ugo").get(address).text
    coordinator = sign_in("carla").get(address).text

    assert [page.count('name="decision" value="write"') for page in (referent, stranger, coordinator)] == [1, 0, 2]


def test_a_decision_needs_the_forms_token(sign_in: SignIn, office: Office) -> None:
    answer = sign_in("ines").post(f"/revue/comite/{MONTH}/sujets/drafted", data={"decision": "write"})

    assert answer.status_code == 403
    assert _decisions(office) == []


@pytest.mark.parametrize("path", ["2026-13", "novembre", str(MONTH.after()), "9999-99"])
def test_what_is_no_month_of_the_past_is_not_found(sign_in: SignIn, path: str) -> None:
    assert sign_in("ines").get(f"/revue/comite/{path}").status_code == 404


def test_an_unknown_group_is_not_found(sign_in: SignIn, csrf: Csrf) -> None:
    answer = sign_in("carla").post(f"/revue/comite/{MONTH}/sujets/nowhere", data={"_csrf": csrf(), "decision": "write"})

    assert answer.status_code == 404


def test_the_csv_opens_in_a_spreadsheet_and_no_cell_is_a_formula(sign_in: SignIn, csrf: Csrf) -> None:
    client = sign_in("ines")
    note = "@SUM(A1)\n+1"
    client.post(f"/revue/comite/{MONTH}/sujets/drafted", data={"_csrf": csrf(), "decision": "write", "note": note})

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
    answer = sign_in("ines").get(f"/en/revue/comite/{MONTH}/agenda.md")

    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "## Agence inpi" in answer.text
    assert "\\<script\\>" in answer.text
    assert "\\*\\*gras\\*\\*" in answer.text
    rows = [line for line in answer.text.splitlines() if "HYPERLINK" in line]
    assert len(rows) == 1
    assert rows[0].count(" | ") == 6  # seven columns, and the visitor's own bar is escaped


def test_days_are_in_words_for_readers_and_sortable_for_spreadsheets(
    sign_in: SignIn, csrf: Csrf, office: Office, records: Records
) -> None:
    window = ValidityWindow(valid_until=date(2026, 12, 1))
    records.entries.add_versions([a_new_version("bail", review_by=NOW.date(), window=window)])
    office.committee = open_committee(records, lambda: datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    client = sign_in("ines")
    client.post(f"/revue/comite/{MONTH}/sujets/drafted", data={"_csrf": csrf(), "decision": "write"})

    french, english, table = (
        client.get(f"{prefix}/comite/{MONTH}/agenda.{kind}").text
        for prefix, kind in (("/revue", "md"), ("/en/revue", "md"), ("/revue", "csv"))
    )

    assert "| 24 novembre 2026 | 1er décembre 2026 |" in french
    assert "25 novembre 2026, 00:30 |" in french  # the day and the hour in Paris
    assert "| 24 November 2026 | 1 December 2026 |" in english
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
    records.entries.add_versions([due, a_new_version("entry-drafted")])
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

    page = sign_in("quentin").get(f"/revue/comite/{MONTH}").text

    assert 'href="/revue/fiches/bail"' in page
    assert "9 sur 11 répondues" in page
    assert "Fiche entry-drafted, version 1" in page
    assert "Posée 2 fois depuis, dont 0 avec réponse (0 %)" in page  # both failed after last month's decision


def test_links_are_written_out_for_paper(sign_in: SignIn) -> None:
    page = sign_in("ines").get(f"/revue/comite/{MONTH}").text

    assert 'data-print="http://127.0.0.1/revue/brouillons/draft-drafted"' in page
    assert page.count('class="agenda-part page-start"') == 2


def _decide_last_month(records: Records) -> None:
    then = datetime.combine(MONTH.before().last_day, datetime.min.time(), UTC)
    open_committee(records, lambda: then).decide(PersonId("carla"), MONTH.before(), DRAFTED, "write")


def _decisions(office: Office) -> list[object]:
    return [decision for item in office.committee.agenda(MONTH).items for decision in item.decisions]
