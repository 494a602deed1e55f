"""QA sees how many rephrasings are shown, why others are not, and each sentence with what was found."""

import re
from datetime import date
from html import unescape

import pytest

from noa_rag.domain.rephrasing import CheckedSentence, CheckFinding, Rephrasing, RephrasingOutcome
from noa_rag.service.office import Office
from noa_rag.service.records import Records
from noa_rag.storage.recorded_cases import RecordedCaseStore
from noa_rag.storage.rephrasings import Accepted
from review_ui.quality.rephrasings import over_days
from tests.review_ui.drafts.test_model_wording import a_model
from tests.review_ui.quality.qa_helpers import RECORDED, record_two
from tests.review_ui.review_people import SignIn

PAGE = "/revue/qualite/reformulations"
WRONG = CheckedSentence("Cela coûte 150 €.", "Comptez 190 €.", (CheckFinding("amount", "150 €", "190 €"),))


@pytest.fixture(autouse=True)
def _recorded(records: Records, noa: object) -> None:
    record_two(records)


def test_an_empty_record_says_so(sign_in: SignIn) -> None:
    page = sign_in("quentin").get(PAGE).text

    assert "Aucune reformulation" in page
    assert "mot pour mot" in page


@pytest.mark.parametrize(
    ("silence", "said"),
    [
        ("", "Certificat du 03/12/2026 : 99,0 % des phrases fausses arrêtées, 90,0 % des phrases fidèles"),
        ("these models were not certified", "Le modèle fake-model se tait"),
    ],
)
def test_the_page_tells_the_certificate_of_the_models_or_that_they_have_none(
    sign_in: SignIn, office: Office, silence: str, said: str
) -> None:
    a_model(office, "")
    assert office.noa.assistant is not None
    office.noa.assistant.silence = silence

    assert said in sign_in("quentin").get(PAGE).text


def test_figures_and_findings_are_shown(sign_in: SignIn, records: Records) -> None:
    for outcome, reason in (
        (RephrasingOutcome.SHOWN, ""),
        (RephrasingOutcome.REFUSED, "nothing is left"),
        (RephrasingOutcome.FAILED, "timed_out"),
        (RephrasingOutcome.SKIPPED, "short"),
    ):
        attempt = Rephrasing("small", "answer-chat-1", outcome, (WRONG,), reason, 0.4, 0.1)
        records.questions.record_rephrasing(RECORDED, attempt)

    page = sign_in("quentin").get(PAGE).text

    assert "concernées : 4, dont essayées : 3" in page
    assert "montrées : 33\N{NO-BREAK SPACE}%" in page or "montrées : 33 %" in page
    assert "délai dépassé" in page
    assert "150 € (au lieu de 190 €)" in page
    assert "small, consigne answer-chat-1, 0.5 s" in page


def test_attempts_are_filtered_by_outcome(sign_in: SignIn, records: Records) -> None:
    attempt = Rephrasing("small", "answer-chat-1", RephrasingOutcome.REFUSED, (WRONG,), "nothing is left")
    records.questions.record_rephrasing(RECORDED, attempt)

    client = sign_in("quentin")

    assert "150 €" in client.get(PAGE, params={"issue": "refused"}).text
    assert "150 €" not in client.get(PAGE, params={"issue": "shown"}).text


def test_acceptance_is_shown_by_model_and_by_prompt(sign_in: SignIn, records: Records) -> None:
    for model, prompt, outcome in (
        ("albert", "answer-chat-2", RephrasingOutcome.SHOWN),
        ("albert", "plain-chat-1", RephrasingOutcome.REFUSED),
        ("small", "answer-chat-1", RephrasingOutcome.SHOWN),
        ("small", "answer-chat-1", RephrasingOutcome.SKIPPED),
    ):
        records.questions.record_rephrasing(RECORDED, Rephrasing(model, prompt, outcome, (WRONG,)))

    page = unescape(sign_in("quentin").get(PAGE).text)

    def cells(name: str) -> list[str]:
        row = page.split(f">{name}</th>")[1].split("</tr>")[0]
        return re.findall(r"<td[^>]*>([^<]*)</td>", row)

    assert [cell.strip()[:3] for cell in cells("albert")] == ["2", "1", "50,"]
    assert [cell.strip()[:3] for cell in cells("small")] == ["1", "1", "100"]
    assert [cell.strip()[:3] for cell in cells("plain-chat-1")] == ["1", "0", "0,0"]


def test_acceptance_over_time_is_a_drawing_with_its_numbers() -> None:
    days = {date(2026, 11, 2): Accepted(4, 1), date(2026, 11, 3): Accepted(2, 2)}

    chart = over_days(days)

    assert chart is not None
    assert "<svg" in chart.drawing
    assert "Du 02/11 au 03/11 : de 25 % à 100 %" in unescape(chart.drawing).replace("\xa0", " ").replace("\u202f", " ")
    assert [[cell.text for cell in row][:3] for row in chart.table.rows] == [
        ["03/11/2026", "2", "2"],
        ["02/11/2026", "4", "1"],
    ]
    assert over_days({date(2026, 11, 2): Accepted(4, 1)}) is None


def test_a_sentence_that_qa_judges_becomes_a_case_of_the_suite(sign_in: SignIn, records: Records) -> None:
    records.questions.record_rephrasing(
        RECORDED, Rephrasing("albert", "answer-chat-2", RephrasingOutcome.REFUSED, (WRONG,), "nothing is left")
    )
    client = sign_in("quentin")
    (action,) = re.findall(r'action="(/revue/qualite/reformulations/\d+/1)"', client.get(PAGE).text)

    answer = client.post(action, data={"verdict": "wrong", "issue": "refused"})

    store = RecordedCaseStore(records.database)
    (case,) = store.sentences()
    assert answer.status_code == 303
    assert (case.fields["sentence"], case.fields["quote"], case.fields["verdict"]) == (WRONG.text, WRONG.quote, "wrong")
    assert "Gardée comme cas : fausse" in client.get(answer.headers["location"]).text
    assert [
        recorded for recorded in store.all() if recorded.id == case.id
    ] == []  # the questions' cases know nothing of it
    client.post(action, data={"verdict": "faithful"})
    assert [sentence.fields["verdict"] for sentence in store.sentences()] == ["faithful"]


def test_a_sentence_that_is_not_there_or_no_verdict_makes_no_case(sign_in: SignIn, records: Records) -> None:
    records.questions.record_rephrasing(
        RECORDED, Rephrasing("albert", "answer-chat-2", RephrasingOutcome.REFUSED, (WRONG,))
    )
    client = sign_in("quentin")
    (action,) = re.findall(r'action="(/revue/qualite/reformulations/\d+)/1"', client.get(PAGE).text)

    assert client.post(f"{action}/2", data={"verdict": "wrong"}).status_code == 404
    assert client.post(f"{action}/1", data={"verdict": "oui"}).status_code == 404
    assert RecordedCaseStore(records.database).sentences() == []
