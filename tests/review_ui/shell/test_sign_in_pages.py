"""Signing in: sessions, cookies, forms of other people, and text that outlives a session."""

import json
import re
from dataclasses import replace
from html import unescape

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.service.office import Office
from tests.review.door import person_of
from tests.review_ui.review_people import PASSWORD, Client, SignIn


def test_a_page_asks_a_stranger_to_sign_in_and_remembers_where_she_wanted_to_go(client: Client) -> None:
    answer = client.get("/revue/fiches?agence=inpi")

    assert answer.status_code == 401
    assert 'value="/revue/fiches?agence=inpi"' in answer.text


def test_failed_sign_ins_are_counted_and_reach_the_page_of_the_audit(
    client: Client, app: Litestar, office: Office
) -> None:
    counted: list[str] = []
    app.state.observing = replace(app.state.observing, on_failed_sign_in=counted.append)
    for path, form in (
        ("/connexion", {"user_name": "ines", "password": "wrong"}),
        ("/connexion/code", {"waiting": "nothing", "code": "123456"}),
    ):
        client.post(f"/revue{path}", data=form)
    office.write_failed_sign_ins()
    client.post("/revue/connexion", data={"user_name": "adele", "password": PASSWORD})

    page = client.get("/revue/journal?objet=ines").text
    assert counted == ["password"]  # the second is no attempt: nobody's sign-in waits
    assert "Échecs de connexion" in page
    assert "échecs : 1" in page


def test_signing_in_begins_a_new_session_whatever_the_browser_held(client: Client) -> None:
    client.cookies.set("noa_review", "chosen-by-somebody-else")

    answer = client.post("/revue/connexion", data={"user_name": "ines", "password": PASSWORD})

    assert answer.status_code == 303
    assert answer.cookies["noa_review"] != "chosen-by-somebody-else"
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=lax" in answer.headers["set-cookie"]


def test_signing_in_again_ends_the_session_before(sign_in: SignIn, office: Office) -> None:
    client = sign_in("ines")
    first = client.cookies["noa_review"]

    client.post("/revue/connexion", data={"user_name": "ines", "password": PASSWORD})

    assert person_of(office.sign_in, first) is None


def test_away_from_this_machine_the_cookie_is_secure_and_bound_to_the_host(app: Litestar) -> None:
    with TestClient(app, base_url="https://noa.example.fr") as client:
        client.follow_redirects = False
        answer = client.post("/revue/connexion", data={"user_name": "ines", "password": PASSWORD})

    assert answer.headers["set-cookie"].startswith("__Host-noa_review=")
    assert "Secure" in answer.headers["set-cookie"]


def test_a_wrong_password_and_an_unknown_name_are_told_alike(client: Client) -> None:
    wrong = client.post("/revue/connexion", data={"user_name": "ines", "password": "wrong"})
    unknown = client.post("/revue/connexion", data={"user_name": "nobody", "password": "wrong"})

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("ines", "nobody") == unknown.text


def test_wrong_passwords_make_one_wait_and_say_for_how_many_seconds(client: Client) -> None:
    for _ in range(3):
        client.post("/revue/connexion", data={"user_name": "ines", "password": "wrong"})

    answer = client.post("/revue/connexion", data={"user_name": "ines", "password": PASSWORD})

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    assert "Réessayez dans 1 s." in answer.text


def test_a_browser_that_signed_in_before_is_let_in_while_its_whole_network_waits(client: Client) -> None:
    client.post("/revue/connexion", data={"user_name": "ines", "password": PASSWORD})
    cookie = client.cookies["noa_browser"]
    client.cookies.clear()
    for _ in range(4):
        last = client.post("/revue/connexion", data={"user_name": "ines", "password": "wrong"})

    client.cookies.set("noa_browser", cookie)
    answer = client.post("/revue/connexion", data={"user_name": "ines", "password": PASSWORD})

    assert (last.status_code, answer.status_code) == (429, 303)
    (said,) = [cookie for cookie in answer.headers.get_list("set-cookie") if cookie.startswith("noa_browser=")]
    assert said.startswith(f"noa_browser={cookie};")
    assert "HttpOnly" in said
    assert "SameSite=strict" in said


def test_signing_out_ends_the_session_for_good(sign_in: SignIn) -> None:
    client = sign_in("ines")
    token = client.cookies["noa_review"]

    client.post("/revue/deconnexion")
    client.cookies.set("noa_review", token)

    assert client.get("/revue").status_code == 401


def test_a_form_from_another_site_is_refused(sign_in: SignIn) -> None:
    client = sign_in("ines")

    answer = client.post("/revue/preparation", data={}, headers={"origin": "https://elsewhere.example"})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("reached_by", "base_url", "origin", "status"),
    [
        ("https", None, "https", 303),
        ("https", None, "http", 403),
        ("http", "https://noa.example.fr/", "http", 403),  # behind a proxy that ends TLS and is not trusted
        ("http", "https://noa.example.fr", "https", 303),
        ("http", "https://www.example.fr", "http", 303),
        ("http", None, "https", 303),  # TLS ends at a proxy of which nothing says so
    ],
)
def test_a_form_from_a_page_without_tls_is_refused_where_the_service_has_tls(
    app: Litestar, reached_by: str, base_url: str | None, origin: str, status: int
) -> None:
    app.state.site = replace(app.state.site, base_url=base_url)
    with TestClient(app, base_url=f"{reached_by}://noa.example.fr") as client:
        client.follow_redirects = False
        form = {"user_name": "ines", "password": PASSWORD}
        answer = client.post("/revue/connexion", data=form, headers={"origin": f"{origin}://noa.example.fr"})

    assert answer.status_code == status


def test_what_was_written_outlives_the_session(client: Client) -> None:
    written = {"question": "Comment déposer une marque ?", "answer": "Écrit pendant une heure. " * 20}

    over = client.post("/revue/fiches/nouvelle", data=written)
    match = re.search(r'<textarea name="kept" hidden>(.*?)</textarea>', over.text, re.DOTALL)
    assert over.status_code == 401
    assert match is not None
    again = client.post(
        "/revue/connexion",
        data={"user_name": "ines", "password": PASSWORD, "next": "/revue/fiches/nouvelle", "kept": unescape(match[1])},
    )

    assert again.status_code == 200
    assert "Écrit pendant une heure." in again.text
    assert 'action="/revue/fiches/nouvelle"' in again.text


def test_fields_that_outlive_the_session_keep_their_names(client: Client) -> None:
    there = "/revue/brouillons/some/transmettre"
    fields = json.dumps(
        [
            ["hand_over_reason", "Elle en répond."],
            ["reason", "Trop long."],
            ["sources", "INPI"],
            ["section_heading", "Délais"],
        ]
    )

    again = client.post(
        "/revue/connexion", data={"user_name": "ines", "password": PASSWORD, "next": there, "kept": fields}
    )

    page = unescape(again.text)
    assert all(name in page for name in ("Pourquoi elle ?", "Pourquoi refuser ?", "Sources", "Titre d'une partie"))


@pytest.mark.parametrize("path", ["https://elsewhere.example", "//elsewhere.example", "/avis", "/revue\\@elsewhere"])
def test_signing_in_never_leads_to_another_site(client: Client, path: str) -> None:
    answer = client.post("/revue/connexion", data={"user_name": "ines", "password": PASSWORD, "next": path})

    assert answer.headers["location"] == "/revue"


def test_a_page_of_an_earlier_session_keeps_what_was_written(sign_in: SignIn) -> None:
    client = sign_in("ines")
    old = client.csrf
    sign_in("ines")
    written = {"_csrf": old, "question": "Court ?", "answer": "Écrit pendant une heure. " * 20, "revision": "3"}

    answer = client.post("/revue/fiches/nouvelle", data=written, headers={"origin": "http://127.0.0.1"})

    assert answer.status_code == 409
    assert "Écrit pendant une heure." in answer.text
    assert 'value="Court ?"' in answer.text
    assert f'value="{client.csrf}"' in answer.text


def test_what_is_no_utf_8_is_refused(sign_in: SignIn) -> None:
    client = sign_in("ines")

    answer = client.post(
        "/revue/fiches/nouvelle",
        content=f"_csrf={client.csrf}&answer=R%E9ponse",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )

    assert answer.status_code == 400
    assert "Formulaire illisible" in answer.text


def test_what_is_too_long_is_told_as_such(sign_in: SignIn) -> None:
    answer = sign_in("ines").post("/revue/fiches/nouvelle", data={"answer": "a" * 5_000_000})

    assert answer.status_code == 413
    assert "trop long" in answer.text


def test_a_page_that_asks_for_a_part_of_itself_after_its_session_is_not_replaced(client: Client) -> None:
    answer = client.get("/revue/fiches", headers={"hx-request": "true"})

    assert answer.status_code == 401
    assert "hx-retarget" not in answer.headers
    assert "Reconnectez-vous dans un autre onglet" in answer.text
    assert "<html" not in answer.text
