"""One's own account: setting up a second factor, signing in with it, and what happens where a role demands it."""

import html
import re
from datetime import UTC, datetime

import pyotp
import pytest

from noa_rag.domain.people import Role
from noa_rag.service.office import Office
from review_ui.people.account import qr_code
from tests.review_ui.desk_helpers import a_kept_draft
from tests.review_ui.review_people import PASSWORD, Client, SignIn

SECRET = re.compile(r'<code class="hash" translate="no">([A-Z2-7 ]+)</code>')
RECOVERY = re.compile(r'<code translate="no">([a-z2-9-]+)</code>')
WAITING = re.compile(r'name="waiting" value="([^"]+)"')


class Clock:
    """The time of the second factor, which a test sets forward: a code counts once."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock(office: Office, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(office.second_factor, "_now", clock)
    return clock


def set_up(client: Client) -> tuple[pyotp.TOTP, list[str]]:
    """Set up the second factor of whoever is signed in; return her application and her recovery codes."""
    page = client.post("/revue/compte/second-facteur")
    match = SECRET.search(page.text)
    assert match is not None, page.text
    phone = pyotp.TOTP(match[1].replace(" ", ""))
    confirmed = client.post("/revue/compte/second-facteur/confirmer", data={"code": phone.now()})
    assert confirmed.status_code == 200
    return phone, RECOVERY.findall(confirmed.text)


def after_password(client: Client, **fields: str) -> str:
    """Give the right password, and return the token of the page that asks for the code."""
    client.cookies.clear()
    page = client.post("/revue/connexion", data={"user_name": "ines", "password": PASSWORD, **fields})
    assert page.status_code == 200
    assert "noa_review" not in client.cookies
    match = WAITING.search(page.text)
    assert match is not None, page.text
    return match[1]


def test_a_second_factor_is_set_up_and_asked_for_from_then_on(sign_in: SignIn, clock: Clock) -> None:
    client = sign_in("ines")
    phone, recovery = set_up(client)
    assert len(set(recovery)) == 10
    clock.moment = datetime.fromtimestamp(clock.moment.timestamp() + 60, UTC)

    waiting = after_password(client, next="/revue/fiches")
    answer = client.post(
        "/revue/connexion/code",
        data={"waiting": waiting, "code": phone.at(clock.moment), "next": "/revue/fiches"},
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "/revue/fiches")
    assert client.get("/revue/fiches").status_code == 200


def test_the_page_of_a_proposed_secret_shows_it_as_text_and_as_a_picture_that_the_content_policy_allows(
    sign_in: SignIn,
) -> None:
    page = sign_in("ines").post("/revue/compte/second-facteur")

    assert "<svg" in page.text
    assert "style=" not in page.text
    assert "data:" not in page.text
    assert page.headers["cache-control"] == "no-store"


def test_the_picture_says_what_the_text_says() -> None:
    picture = str(qr_code("otpauth://totp/Noa:ines?secret=ABCD&issuer=Noa"))

    assert picture.startswith("<svg")
    assert "style" not in picture
    assert 'fill="#fff"' in picture  # a light ground, on a dark page too


def test_a_wrong_code_sets_nothing_up_and_keeps_the_same_secret_on_the_page(sign_in: SignIn) -> None:
    client = sign_in("ines")
    first = SECRET.search(client.post("/revue/compte/second-facteur").text)

    wrong = client.post("/revue/compte/second-facteur/confirmer", data={"code": "abc"})

    again = SECRET.search(wrong.text)
    assert wrong.status_code == 422
    assert "Code incorrect, ou déjà utilisé." in html.unescape(wrong.text)
    assert first is not None
    assert again is not None
    assert first[1] == again[1]


def test_a_code_without_a_password_before_it_begins_again(client: Client) -> None:
    answer = client.post("/revue/connexion/code", data={"waiting": "invented", "code": "123456"})

    assert answer.status_code == 401
    assert "Recommencez la connexion." in answer.text
    assert client.get("/revue/connexion/code").headers["location"] == "/revue/connexion"


def test_what_was_being_written_goes_along_through_the_code(sign_in: SignIn) -> None:
    client = sign_in("ines")
    _, recovery = set_up(client)
    fields = '[["answer", "Écrit pendant une heure."]]'
    waiting = after_password(client, next="/revue/fiches/nouvelle", kept=fields)

    sent = {"waiting": waiting, "next": "/revue/fiches/nouvelle", "kept": fields}
    wrong = client.post("/revue/connexion/code", data={**sent, "code": "x"})
    right = client.post("/revue/connexion/code", data={**sent, "code": recovery[0]})

    assert "Écrit pendant une heure." in wrong.text
    assert "Écrit pendant une heure." in right.text
    assert "Reprendre votre envoi" in right.text


def test_a_code_leads_to_no_other_site(sign_in: SignIn) -> None:
    client = sign_in("ines")
    _, recovery = set_up(client)
    waiting = after_password(client)

    answer = client.post(
        "/revue/connexion/code", data={"waiting": waiting, "code": recovery[0], "next": "//elsewhere.example"}
    )

    assert answer.headers["location"] == "/revue"


@pytest.fixture
def demanded(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Referents must have a second factor."""
    monkeypatch.setattr(office.second_factor, "_required_for", frozenset({Role.REFERENT}))


@pytest.mark.usefixtures("demanded")
def test_where_a_role_demands_it_nothing_but_the_account_is_reached_before(sign_in: SignIn) -> None:
    client = sign_in("ines")

    assert client.get("/revue/fiches").headers["location"] == "/revue/compte"
    part = client.get("/revue/fiches", headers={"hx-request": "true"})
    assert part.status_code == 403
    assert "Ajoutez-le dans un autre onglet" in part.text
    assert "Votre rôle le demande" in client.get("/revue/compte").text

    set_up(client)

    assert client.get("/revue/fiches").status_code == 200
    page = client.get("/revue/compte").text
    assert "Retirer le second facteur" not in page
    assert sign_in("carla").get("/revue/fiches").status_code == 200


@pytest.mark.usefixtures("demanded")
def test_a_form_sent_before_it_is_set_up_is_kept_and_taken_up_after(sign_in: SignIn, office: Office) -> None:
    draft, client = a_kept_draft(office), sign_in("ines")
    there = f"/revue/brouillons/{draft.id}/enregistrer"

    held = client.post(there, data={"answer": "Écrit pendant une heure."})
    match = re.search(r'<textarea name="kept" hidden>(.*?)</textarea>', held.text, re.DOTALL)
    assert held.status_code == 403
    assert match is not None
    sent = {"next": there, "kept": html.unescape(match[1])}
    early = client.post("/revue/connexion/reprise", data=sent)
    set_up(client)
    late = client.post("/revue/connexion/reprise", data=sent)

    assert "Un second facteur est demandé" in early.text
    assert "Écrit pendant une heure." in early.text
    assert "Reprendre votre envoi" in late.text
    assert f'action="{there}"' in late.text
    client.cookies.clear()
    stranger = client.post("/revue/connexion/reprise", data=sent)
    assert stranger.status_code == 401
    assert "Écrit pendant une heure." in stranger.text
