"""No string through any field makes the service fail: `make hostile` sends them all, the suite a few of each family."""

import json
import os
import random
from collections import Counter

import pytest
from litestar import Litestar

from noa_rag.service.noa import Noa
from noa_rag.service.office import Office
from tests.review_ui.desk_helpers import a_kept_draft, a_kept_group
from tests.review_ui.hostile.fields import Address, addresses, field_names
from tests.review_ui.hostile.strings import families
from tests.review_ui.review_people import Client, SignIn

IS_WHOLE = bool(os.environ.get("NOA_HOSTILE"))
FEW = 3  # strings in the suite where each goes through hundreds of fields; through the API goes one of each family
ROLES = ("ines", "carla", "quentin", "adele")
API_FIELDS = ("question", "region", "audience", "lang", "as_of", "mode", "conversation_id")
ASKED = {"question": "Comment déposer une marque ?"}
EDITOR = {
    "entry": "",
    "agency": "inpi",
    "question": "Comment renouveler une marque ?",
    "answer": "Tous les dix ans.",
    "theme": "marque",
    "sources": "INPI | https://www.inpi.fr/",
    "review_by": "31/12/2027",
}
# Forms of which each field in turn is hostile, the others being as people fill them in.
FORMS = {
    "/": {"q": "Comment déposer une marque ?", "region": "", "audience": "", "conversation_id": ""},
    "/revue/fiches/nouvelle": EDITOR,
    "/revue/sites": {"name": "Un site", "origins": "https://site.example", "greeting_fr": "", "greeting_en": ""},
    "/revue/bandeau": {"level": "information", "text_fr": "Bonjour", "text_en": "Hello", "url": "", "theme": ""},
    "/revue/personnes": {"id": "zoe", "name": "Zoé", "roles": "qa", "password": "cheval-agrafe-batterie"},
}


def every_string() -> list[str]:
    return [text for texts in families().values() for text in texts]


def one_of_each_family() -> list[str]:
    return every_string() if IS_WHOLE else [random.choice(texts) for texts in families().values()]


def some() -> list[str]:
    return every_string() if IS_WHOLE else random.sample(every_string(), FEW)


@pytest.fixture
def outside(client: Client) -> Client:
    """A client whose pages nobody looks through for English words, signed in as nobody."""
    client.event_hooks = {"response": []}
    return client


class Failures:
    """What answered with an error of the service, by address."""

    def __init__(self) -> None:
        self.sent = 0
        self.found: Counter[str] = Counter()

    def send(self, client: Client, method: str, path: str, *, by: str, text: str, **body: object) -> None:
        self.sent += 1
        status = client.request(method, path, **body).status_code  # type: ignore[arg-type]
        if status >= 500:
            self.found[f"{status} {method} {by} {text[:60]!r}"] += 1

    def tell(self, what: str) -> None:
        print(f"{what}: {self.sent} requests, {sum(self.found.values())} failed")  # noqa: T201 - what `make hostile` tells
        assert not self.found, "\n".join(self.found)


def encoded(fields: dict[str, str]) -> str:
    """Return a form as a browser sends it; a lone surrogate goes as its three bytes, which no browser would send."""
    from urllib.parse import quote_plus

    return "&".join(f"{quote_plus(n)}={quote_plus(v.encode('utf-8', 'surrogatepass'))}" for n, v in fields.items())


FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_there_are_500_strings_and_more() -> None:
    assert len(set(every_string())) >= 500


def test_no_string_in_any_field_of_the_api_makes_it_fail(outside: Client) -> None:
    failures = Failures()
    headers = {"content-type": "application/json"}
    for text in one_of_each_family():
        for field in API_FIELDS:
            body = json.dumps({**ASKED, field: text})
            failures.send(outside, "POST", "/api/v1/ask", by=field, text=text, content=body, headers=headers)
        for field in ("question_id", "reason", "comment"):
            body = json.dumps({"question_id": "1" * 32, "is_useful": False, field: text})
            failures.send(outside, "POST", "/api/v1/feedback", by=field, text=text, content=body, headers=headers)

    failures.tell("naughty strings, API")


@pytest.mark.parametrize("person", ["", *ROLES])
def test_no_string_at_any_address_makes_it_fail(
    person: str,
    app: Litestar,
    outside: Client,
    office: Office,
    sign_in: SignIn,
) -> None:
    client = sign_in(person) if person else outside
    client.event_hooks = {"response": []}
    token = {"_csrf": client.csrf} if person else {}
    names, failures = field_names(), Failures()
    for number, text in enumerate(some()):
        if IS_WHOLE and person and number % len(ROLES) != ROLES.index(person):
            continue  # the others send that one
        for address in addresses(app):
            if bool(person) == address.path.startswith("/revue"):
                send_everywhere(failures, client, address, names, text, token)

    failures.tell(f"naughty strings, every address, {person or 'a visitor'}")


def send_everywhere(
    failures: Failures, client: Client, address: Address, names: list[str], text: str, token: dict[str, str]
) -> None:
    """Send the string in the path, and in all fields that the application has a name for."""
    short = text[:200]  # of an address a client sends 64 KB at most
    path = address.filled(short)
    if address.method == "GET":
        failures.send(client, "GET", f"{path}?{encoded(dict.fromkeys(names[:20], short))}", by=address.path, text=text)
    else:
        body = encoded({**dict.fromkeys(names, text), **token})
        failures.send(client, "POST", path, by=address.path, text=text, content=body, headers=FORM)


def test_no_string_in_one_field_of_a_form_makes_it_fail(outside: Client, sign_in: SignIn) -> None:
    failures = Failures()
    client = sign_in("adele")
    people = {"/revue/fiches/nouvelle": "ines", "/revue/bandeau": "carla"}
    for path, form in FORMS.items():
        client = sign_in(people.get(path, "adele"))
        client.event_hooks = {"response": []}
        for text in some():
            for field in form:
                body = encoded({**form, field: text, "_csrf": client.csrf})
                failures.send(client, "POST", path, by=f"{path} {field}", text=text, content=body, headers=FORM)

    for text in some():
        for path in ("/recherche", "/themes/propriete-intellectuelle"):
            query = encoded({"q": text[:200], "region": text[:200]})
            failures.send(outside, "GET", f"{path}?{query}", by=path, text=text)

    failures.tell("naughty strings, one field of a form")


def test_no_string_in_one_field_of_a_draft_makes_it_fail(
    noa: Noa, office: Office, outside: Client, sign_in: SignIn
) -> None:
    client, failures = sign_in("ines"), Failures()
    client.event_hooks = {"response": []}
    draft = a_kept_draft(office, group_id=a_kept_group(office, ["une question", "une autre"]).id)
    actions = {
        "enregistrer": EDITOR,
        "apercu": EDITOR,
        "refuser": {"reason": ""},
        "transmettre": {"hand_over_agency": "urssaf", "hand_over_reason": "Cotisations"},
        "demander": {"changes": ""},
        "rattacher": {"entry": "deposer-une-marque"},
    }
    for text in some():
        for action, form in actions.items():
            for field in (*form, "revision"):
                fields = {
                    **form,
                    "revision": "0",
                    field: text,
                    "_csrf": client.csrf,
                }  # no verdict counts at that revision
                path = f"/revue/brouillons/{draft.id}/{action}"
                failures.send(
                    client, "POST", path, by=f"{action} {field}", text=text, content=encoded(fields), headers=FORM
                )
        assert client.get(f"/revue/brouillons/{draft.id}").status_code == 200

    failures.tell("naughty strings, fields of a draft")
