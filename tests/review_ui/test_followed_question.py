"""The whole story of a question that Noa could not answer, as its visitor sees it by her reference number."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from noa_rag.domain.days import today_in_paris
from noa_rag.domain.draft import Draft, DraftState
from noa_rag.domain.entry import AlternateQuestion, EntryId, ValidityWindow
from noa_rag.domain.failure import Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.people import PersonId
from noa_rag.domain.queue import ItemId, Pile, QueueItem
from noa_rag.service.office import Office
from noa_rag.web.rendering import render_markdown
from tests.factories import a_draft, a_new_version, an_entry_content
from tests.review_ui.review_people import Client

INES = PersonId("ines")
VIN = EntryId("droits-de-douane-vin")
ASKED = "Quels droits de douane pour importer du vin ? lea@example.org"
MASKED = "Quels droits de douane pour importer du vin ?"
ANSWER = "Le taux dépend du **titre alcoométrique** :\n\n- *tranquille* : voir le tarif ;\n- mousseux : 32 €."


@pytest.fixture
def followed(client: Client) -> str:
    """Ask, be refused, and keep a number; the address of its page."""
    page = client.get(client.post("/", data={"q": ASKED}).headers["location"]).text
    question_id = re.search(r'name="question_id" value="(\w+)"', page)
    assert "Garder un numéro de suivi" in page
    assert question_id is not None
    answer = client.post("/suivi", data={"question_id": question_id[1]})
    assert answer.status_code == 303
    return answer.headers["location"]


@pytest.fixture
def draft(office: Office, followed: str) -> Draft:
    """The question in a group, with a draft in the queue."""
    (question,) = office.store.asked_since(None)
    failures = (Failure(question, FailureKind.ABSTAINED),)
    office.store.add_group(QuestionGroup(GroupId("g"), MASKED, datetime.now(UTC), failures))
    content = an_entry_content(question="Droits de douane du vin ?", answer=ANSWER)
    draft = a_draft(content=content, entry_id=VIN, group_id=GroupId("g"))
    with office.store.changing() as change:
        change.add_draft(draft)
    return draft


def test_a_question_closed_as_out_of_scope_says_so_and_names_no_agency(
    client: Client, office: Office, followed: str
) -> None:
    (question,) = office.store.asked_since(None)
    failures = (Failure(question, FailureKind.ABSTAINED),)
    office.store.add_group(QuestionGroup(GroupId("g"), MASKED, datetime.now(UTC), failures))
    office.queue.place([QueueItem(ItemId("g"), Pile.OUT_OF_SCOPE)])
    assert "attend une réponse" in client.get(followed).text  # nobody has read it yet

    office.queue_desk.dismiss(INES, [GroupId("g")])

    page = client.get(followed).text
    assert "pas du ressort de Noa" in page
    assert "À qui vous adresser" not in page


def test_a_question_waits_and_is_shown_as_recorded(client: Client, office: Office, followed: str) -> None:
    reply = client.get(followed)

    assert reply.status_code == 200
    assert "attend une réponse" in reply.text
    assert MASKED in reply.text
    assert "lea@example.org" not in reply.text
    assert reply.headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in reply.headers
    assert len(office.store.asked_since(None)) == 1  # looking is not asking


def test_a_draft_is_in_preparation_and_none_of_its_text_is_shown(client: Client, followed: str, draft: Draft) -> None:
    page = client.get(followed).text

    assert "est en préparation" in page
    assert "titre alcoométrique" not in page
    assert draft.content.question not in page
    assert draft.id not in page


def test_an_approval_shows_the_approved_text_with_agency_day_and_sources(
    client: Client, office: Office, followed: str, draft: Draft
) -> None:
    office.approve(INES, draft.id, draft.revision)

    page = client.get(followed).text

    assert "Une réponse validée est publiée" in page
    assert str(render_markdown(ANSWER, heading_level=4, table_label="Tableau")) in page
    assert "Agence inpi" in page
    assert "Validé le" in page
    assert "https://www.inpi.fr/proteger/marque" in page


def test_an_entry_that_was_withdrawn_since_is_not_shown(
    client: Client, office: Office, followed: str, draft: Draft
) -> None:
    office.approve(INES, draft.id, draft.revision)
    office.withdraw(INES, VIN, 1, "faux depuis hier")

    page = client.get(followed).text

    assert "plus en vigueur" in page
    assert "titre alcoométrique" not in page
    assert "À qui vous adresser" in page


def test_an_approval_that_is_undone_is_in_preparation_again(
    client: Client, office: Office, followed: str, draft: Draft
) -> None:
    approved = office.approve(INES, draft.id, draft.revision)
    office.undo(INES, draft.id, approved.revision)

    page = client.get(followed).text

    assert "est en préparation" in page
    assert "titre alcoométrique" not in page


def test_an_entry_for_days_to_come_or_gone_by_is_not_shown(
    client: Client, office: Office, followed: str, draft: Draft
) -> None:
    content = replace(draft.content, window=ValidityWindow(today_in_paris() + timedelta(days=30)))
    office.approve(INES, draft.id, draft.revision, content)
    to_come = client.get(followed).text
    over = replace(content, window=ValidityWindow(None, date(2020, 3, 31)))
    office.noa.records.entries.add_versions([replace(a_new_version(VIN, expected_version=1), content=over)])

    gone_by = client.get(followed).text

    assert "est en préparation" in to_come
    assert "plus en vigueur" in gone_by
    assert "titre alcoométrique" not in to_come + gone_by


def test_an_entry_of_another_region_does_not_answer(
    client: Client, office: Office, followed: str, draft: Draft
) -> None:
    with office.noa.records.database.writing() as connection:
        connection.exec_driver_sql("UPDATE questions SET region = 'FR-BRE'")
    office.approve(INES, draft.id, draft.revision, replace(draft.content, regions=("FR-IDF",)))

    assert "titre alcoométrique" not in client.get(followed).text


def test_a_declined_draft_names_its_agency_and_not_the_reason(
    client: Client, office: Office, followed: str, draft: Draft
) -> None:
    office.desk.decline(INES, draft.id, draft.revision, "Nous n'en savons rien.")

    page = client.get(followed).text

    assert "ne publiera pas de réponse" in page
    assert "Agence inpi" in page
    assert "en savons rien" not in page


def test_an_entry_written_for_another_reason_answers_as_well(client: Client, office: Office, followed: str) -> None:
    recorded = office.store.asked_since(None)[0].text
    office.noa.records.entries.add_versions([a_new_version(VIN, question=recorded, answer=ANSWER)])
    office.noa.refresh()

    page = client.get(followed).text

    assert "Une réponse validée est publiée" in page
    assert "titre alcoométrique" in page


def test_attached_questions_are_answered_by_that_entry(
    client: Client, office: Office, followed: str, draft: Draft
) -> None:
    attached = office.attach(INES, draft.id, draft.revision, EntryId("deposer-une-marque"), [AlternateQuestion(MASKED)])

    assert attached.state is DraftState.ATTACHED
    assert "Comment déposer une marque ?" in client.get(followed).text


def test_the_english_page_tells_the_same(client: Client, office: Office, followed: str, draft: Draft) -> None:
    english = followed.replace("/suivi/", "/en/follow/")

    assert "being prepared" in client.get(english).text
