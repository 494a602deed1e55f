"""The follow-up's pages: what they show to whom, empty and full, and their file."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from sqlalchemy import delete

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.days import PARIS
from noa_rag.domain.draft import DraftState, Published
from noa_rag.domain.entry import EntryId
from noa_rag.domain.figures import Chosen
from noa_rag.domain.people import PersonId
from noa_rag.domain.question import Language
from noa_rag.domain.rephrasing import GenerationFault, RephrasingOutcome
from noa_rag.service import records as stores
from noa_rag.service.office import Office
from noa_rag.statistics.period import Period, PeriodKind
from noa_rag.storage.question_tables import rephrasings
from noa_rag.translation import translator_of
from review_ui.statistics.formats import Formats
from tests.factories import a_new_version, a_recorded_question
from tests.made_up_records import MadeUpRecords, made_up, write
from tests.review_ui.desk_helpers import a_kept_draft, a_kept_group
from tests.review_ui.review_people import Client

SignIn = Callable[[str], Client]
NOW = datetime(2026, 11, 25, 16, tzinfo=UTC)
DAY = "/revue/suivi/jour/2026-11-24"


@pytest.fixture
def asked(office: Office, records: stores.Records) -> MadeUpRecords:
    """600 questions of a week, some answered by an entry of the INPI, some by one of the Urssaf."""
    office.follow_ups.now = lambda: NOW
    records.entries.add_versions([a_new_version("declarer", agency_id=AgencyId("urssaf"), theme="cotisations")])
    entries = [("deposer-une-marque", 1), ("declarer", 1)]
    rows = made_up(600, entries=entries, agencies=["inpi", "urssaf"], until=NOW, days=7, seed=3)
    write(records.database, rows)
    return rows


def cells(page: str, caption: str) -> list[list[str]]:
    """Return the rows of a table in a page, by the id of its caption."""
    table = page.split(f'id="caption-{caption}"')[1].split("</table>", maxsplit=1)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    cells_of_rows = [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]
    return cells_of_rows[1:]


def test_the_running_day_is_where_the_follow_up_begins(asked: MadeUpRecords, sign_in: SignIn) -> None:
    answer = sign_in("carla").get("/revue/suivi")

    assert (answer.status_code, answer.headers["location"]) == (303, "/revue/suivi/jour/2026-11-25")


@pytest.mark.parametrize("path", ["jour/2026-11-25", "semaine/2026-W48", "mois/2026-11"])
def test_a_page_shows_the_figures_with_charts_and_their_tables(
    asked: MadeUpRecords, office: Office, sign_in: SignIn, path: str
) -> None:
    page = sign_in("carla").get(f"/revue/suivi/{path}").text

    kind = {"jour": PeriodKind.DAY, "semaine": PeriodKind.WEEK, "mois": PeriodKind.MONTH}[
        path.split("/", maxsplit=1)[0]
    ]
    figures = office.follow_ups.of(Period.parse(kind, path.split("/")[1]))
    assert f'<dd class="value">{figures.total.asked}</dd>' in page
    assert [row[1] for row in cells(page, "volume")] == [
        str(point.now.asked) for point in figures.points if point.has_begun
    ]
    drawings = re.findall(r'<svg class="drawing".*?</svg>', page, re.DOTALL)
    assert len(drawings) == page.count("<figcaption>") == page.count("<details>") == 3
    for drawing in drawings:
        ElementTree.fromstring(drawing)
        assert 'role="img"' in drawing
        assert 'aria-label="' in drawing
        assert not re.search(r"<script|<style|style=|href=", drawing)


def test_numbers_and_months_are_written_the_french_way(asked: MadeUpRecords, office: Office, sign_in: SignIn) -> None:
    french = sign_in("carla").get("/revue/suivi/mois/2026-11").text

    share = office.follow_ups.of(Period.parse(PeriodKind.MONTH, "2026-11")).total.answered_share
    assert share is not None
    assert f"{100 * share:.1f}".replace(".", ",") + "\N{NO-BREAK SPACE}%" in french
    assert "Suivi : novembre" in french


def test_a_referent_sees_her_agency_and_no_other(asked: MadeUpRecords, office: Office, sign_in: SignIn) -> None:
    client = sign_in("ines")
    own = office.follow_ups.of(Period.parse(PeriodKind.DAY, "2026-11-24"), Chosen(frozenset({AgencyId("inpi")})))

    page = client.get(DAY).text

    assert f'<dd class="value">{own.total.asked}</dd>' in page
    assert [row[0] for row in cells(page, "agencies")] == ["INPI"]
    assert "Agence urssaf" not in page
    assert "/fiches/declarer" not in page
    assert client.get(f"{DAY}?agence=inpi").status_code == 200
    assert client.get(f"{DAY}?agence=urssaf").status_code == 403
    assert client.get(f"{DAY}/chiffres.csv?agence=urssaf").status_code == 403
    assert "Agence urssaf" not in client.get(f"{DAY}/chiffres.csv").text


@pytest.mark.parametrize("person", ["carla", "quentin", "adele"])
def test_coordinators_qa_and_administrators_see_all(asked: MadeUpRecords, sign_in: SignIn, person: str) -> None:
    page = sign_in(person).get(DAY)

    assert page.status_code == 200
    assert {"INPI", "URSSAF"} < {row[0] for row in cells(page.text, "agencies")}


def test_figures_narrow_to_an_agency_and_a_site(asked: MadeUpRecords, office: Office, sign_in: SignIn) -> None:
    period = Period.parse(PeriodKind.DAY, "2026-11-24")
    for query, chosen in (
        ("agence=urssaf", Chosen(agencies=frozenset({AgencyId("urssaf")}))),
        ("site=economie.gouv.fr", Chosen(site="economie.gouv.fr")),
        ("site=noa", Chosen(site="")),
    ):
        page = sign_in("carla").get(f"{DAY}?{query}").text
        assert f'<dd class="value">{office.follow_ups.of(period, chosen).total.asked}</dd>' in page


def test_a_base_that_nobody_asked_says_so(office: Office, sign_in: SignIn) -> None:
    page = sign_in("carla").get("/revue/suivi/mois/2026-11").text

    assert "Personne n'a posé de question" in page.replace("&#39;", "'")
    assert "Fiches jamais servies" in page


@pytest.mark.parametrize(
    "path",
    [
        "jour/hier",
        "jour/2026-02-30",
        "annee/2026",
        "mois/2026-13",
        "semaine/2026-W99",
        "jour/2026-11-24?agence=inconnue",
    ],
)
def test_what_is_no_period_is_not_found(office: Office, sign_in: SignIn, path: str) -> None:
    assert sign_in("carla").get(f"/revue/suivi/{path}").status_code == 404


def test_the_first_and_the_last_days_of_the_calendar_are_no_error(office: Office, sign_in: SignIn) -> None:
    for day in ("1000-01-01", "2999-12-31"):
        assert sign_in("carla").get(f"/revue/suivi/jour/{day}").status_code == 200


def test_the_file_has_every_figure_and_no_formula(
    asked: MadeUpRecords, records: stores.Records, sign_in: SignIn
) -> None:
    hostile = '=HYPERLINK("https://evil.example")'
    question = a_recorded_question("hostile", asked_at=datetime(2026, 11, 24, 9, tzinfo=UTC), duration_seconds=9.5)
    records.questions.record(replace(question, question=replace(question.question, text=hostile), site="+33"))

    answer = sign_in("carla").get(f"{DAY}/chiffres.csv")

    assert 'filename="noa-suivi-jour-2026-11-24.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")), delimiter=";"))
    total = next(row for row in rows if row["Rubrique"] == "Ensemble")
    on_that_day = [row for row in asked.questions if row["asked_at"].astimezone().date().isoformat() == "2026-11-24"]
    assert abs(int(total["Questions"]) - 1 - len(on_that_day)) <= 5  # days of Paris; test_recount.py counts them
    slowest = next(row for row in rows if row["Rubrique"] == "Réponses les plus lentes")
    assert (slowest["Libellé"], slowest["Secondes"]) == ("'" + hostile, "9,5")
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@"))]


def test_rephrasings_are_told_where_some_were_asked_for(
    asked: MadeUpRecords, office: Office, records: stores.Records, sign_in: SignIn
) -> None:
    month = "/revue/suivi/mois/2026-11"
    figures = office.follow_ups.of(Period.parse(PeriodKind.MONTH, "2026-11"))
    counts = {rephrasing.key: str(rephrasing.now) for rephrasing in figures.rephrasings}

    page = sign_in("carla").get(month).text
    rows = csv.DictReader(
        io.StringIO(sign_in("carla").get(f"{month}/chiffres.csv").text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")),
        delimiter=";",
    )

    assert cells(page, "rephrasings")[0] == ["Demandées", counts["asked_for"], "0"]
    assert ["Montrées", counts["shown"], "0"] in cells(page, "rephrasings")
    assert "Délai dépassé" in {row[0] for row in cells(page, "rephrasing_reasons")}
    in_file = {row["Libellé"]: row["Questions"] for row in rows if row["Rubrique"] == "Reformulations"}
    assert in_file["Demandées"] == counts["asked_for"]
    with records.database.writing() as connection:
        connection.execute(delete(rephrasings))
    assert "Reformulations</h2>" not in sign_in("carla").get(month).text


@pytest.mark.parametrize("fault", [*RephrasingOutcome, *GenerationFault])
def test_what_becomes_of_rephrasings_has_words(fault: RephrasingOutcome | GenerationFault) -> None:
    section = "rephrasings" if isinstance(fault, RephrasingOutcome) else "rephrasing_reasons"

    assert Formats(translator_of(Language.FRENCH), {}).name(section, fault.value) != fault.value


def test_text_of_visitors_is_escaped(records: stores.Records, office: Office, sign_in: SignIn) -> None:
    office.follow_ups.now = lambda: NOW
    question = a_recorded_question("q1", asked_at=NOW - timedelta(days=1))
    records.questions.record(replace(question, question=replace(question.question, text="<script>alert(1)</script>")))
    records.questions.record_feedback("q1", is_useful=False, reason=None, comment="<img src=x>")

    page = sign_in("carla").get(DAY).text

    assert "&lt;script&gt;" in page
    assert "&lt;img" in page
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def test_the_page_is_folded_under_a_table_of_contents(asked: MadeUpRecords, sign_in: SignIn) -> None:
    page = sign_in("carla").get(DAY).text

    listed = re.findall(r'<a href="#([\w-]+)">', page.split('class="contents', maxsplit=1)[1].split("</nav>")[0])
    assert listed[:3] == ["glance", "volume", "rising"]
    assert listed[-1] == "base"
    for heading in listed:
        assert f'id="{heading}"' in page
    assert page.count('<details class="part-fold">') == len(listed) - 2  # what is read first stands open


def test_waiting_drafts_and_the_time_to_publication_are_charts_with_tables(office: Office, sign_in: SignIn) -> None:
    office.follow_ups.now = lambda: datetime.now(UTC)
    group = a_kept_group(office, ["renouveler une marque", "prolonger une marque"], days_ago=3)
    a_kept_draft(office, entry_id="attend", created_at=datetime.now(UTC) - timedelta(hours=2))
    a_kept_draft(office, entry_id="ailleurs", agency_id=AgencyId("urssaf"), created_at=datetime.now(UTC))
    a_kept_draft(
        office,
        group_id=group.id,
        created_at=datetime.now(UTC) - timedelta(hours=2),
        state=DraftState.APPROVED,
        decided_by=PersonId("ines"),
        decided_at=datetime.now(UTC) - timedelta(minutes=1),
        published=Published(EntryId("renouveler-une-marque"), 1, 0),
    )
    month = f"/revue/suivi/mois/{datetime.now(PARIS):%Y-%m}"

    page = sign_in("carla").get(month).text
    own = sign_in("ines").get(month).text

    assert cells(page, "backlog")[0][1:] == ["2", "3", "1"]
    assert cells(own, "backlog")[0][1:] == ["1", "2", "1"]
    assert cells(page, "delays")[0][1:] == ["1", "3,0", "3,0"]
    assert "Brouillons qui attendent\u00a0: 1, contre 0" in own
    assert len(re.findall(r'<svg class="drawing"', page)) == page.count("<figcaption>")
