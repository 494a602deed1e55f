"""QA sees how many rephrasings are shown, why others are not, and each sentence with what was found."""

from collections.abc import Callable

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.rephrasing import CheckedSentence, CheckFinding, Rephrasing, RephrasingOutcome
from noa_rag.service.records import Records
from tests.review_ui.quality.qa_helpers import RECORDED, record_two

SignIn = Callable[[str], TestClient[Litestar]]
PAGE = "/revue/qualite/reformulations"
WRONG = CheckedSentence("Cela coûte 150 €.", "Comptez 190 €.", (CheckFinding("amount", "150 €", "190 €"),))


@pytest.fixture(autouse=True)
def _recorded(records: Records, noa: object) -> None:
    record_two(records)


def test_an_empty_record_says_so(sign_in: SignIn) -> None:
    page = sign_in("quentin").get(PAGE).text

    assert "Aucune reformulation" in page
    assert "mot pour mot" in page


def test_figures_and_findings_are_shown(sign_in: SignIn, records: Records) -> None:
    for outcome, reason in (
        (RephrasingOutcome.SHOWN, ""),
        (RephrasingOutcome.REFUSED, "nothing is left"),
        (RephrasingOutcome.FAILED, "timed_out"),
        (RephrasingOutcome.SKIPPED, "short"),
    ):
        attempt = Rephrasing("gemma", "choose-base-1", outcome, (WRONG,), reason, 0.4, 0.1)
        records.questions.record_rephrasing(RECORDED, attempt)

    page = sign_in("quentin").get(PAGE).text

    assert "concernées : 4, dont essayées : 3" in page
    assert "montrées : 33\N{NO-BREAK SPACE}%" in page or "montrées : 33 %" in page
    assert "délai dépassé" in page
    assert "150 € (au lieu de 190 €)" in page
    assert "gemma, consigne choose-base-1, 0.5 s" in page


def test_attempts_are_filtered_by_outcome(sign_in: SignIn, records: Records) -> None:
    attempt = Rephrasing("gemma", "choose-base-1", RephrasingOutcome.REFUSED, (WRONG,), "nothing is left")
    records.questions.record_rephrasing(RECORDED, attempt)

    client = sign_in("quentin")

    assert "150 €" in client.get(PAGE, params={"issue": "refused"}).text
    assert "150 €" not in client.get(PAGE, params={"issue": "shown"}).text
