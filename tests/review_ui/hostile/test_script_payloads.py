"""Scripts in every field, in a real browser: none runs, and none even has to be stopped by the pages' policy."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from litestar import Litestar

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import EntryId
from noa_rag.service.noa import Noa
from noa_rag.service.office import Office
from tests.browser.conftest import NOTING_VIOLATIONS, served
from tests.chromium import NEEDS_CHROMIUM, opened_chromium
from tests.factories import a_new_version
from tests.review_ui.desk_helpers import a_kept_draft, a_kept_group
from tests.review_ui.hostile.payloads import SHORTEST_FIELD, batches, payloads
from tests.review_ui.review_people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = NEEDS_CHROMIUM
IS_WHOLE = bool(os.environ.get("NOA_HOSTILE"))
COUNT = 2_000 if IS_WHOLE else 14
TEXT = 800  # characters that every field but the search takes, ends of lines counted twice
NOTING_RUNS = "window.ran = 0; window.noaRan = () => { window.ran += 1; };" + NOTING_VIOLATIONS
# Submits a form that the page did not have, as a site that attacks it would; the answer is a page like any other.
SUBMIT = """([path, fields]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = path;
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("textarea");
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  HTMLFormElement.prototype.submit.call(form);
}"""
EDITOR = (
    "question",
    "answer",
    "alternate_questions",
    "sources",
    "steps",
    "note",
    "theme",
    "agency",
    "entry",
    "valid_from",
    "review_by",
)


class Attack:
    """Brings texts into pages and counts what ran."""

    def __init__(self, page: "Page", address: str) -> None:
        self.page, self.address = page, address
        self.pages = 0
        self.found: list[str] = []
        page.on("dialog", lambda dialog: (self.found.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def submit(self, path: str, **fields: str) -> None:
        with self.page.expect_navigation():
            self.page.evaluate(SUBMIT, [path, fields])
        self.look(path)

    def visit(self, path: str, **query: str) -> int:
        """Load a page and return its status."""
        from urllib.parse import urlencode

        loaded = self.page.goto(f"{self.address}{path}{'?' + urlencode(query) if query else ''}")
        self.look(path)
        return loaded.status if loaded else 0

    def look(self, path: str) -> None:
        self.pages += 1
        ran, stopped = self.page.evaluate("[window.ran, window.violations]")
        if ran:
            self.found.append(f"{path}: {ran} ran")
        self.found += [f"{path}: had to be stopped: {request}" for request in stopped]


@pytest.fixture
def browser() -> "Iterator[Browser]":
    with opened_chromium() as browser:
        yield browser


@pytest.fixture
def attack(app: Litestar, office: Office) -> Callable[["Browser", str], Attack]:
    def begun(browser: "Browser", address: str) -> Attack:
        context = browser.new_context(locale="fr-FR", java_script_enabled=True)
        context.add_init_script(NOTING_RUNS)
        return Attack(context.new_page(), address)

    return begun


def sign_in(bot: Attack, name: str) -> str:
    """Sign somebody in and return the token that her forms carry."""
    bot.page.context.clear_cookies()
    bot.page.goto(f"{bot.address}/revue/connexion")
    bot.page.locator("[name=user_name]").fill(name)
    bot.page.locator("[name=password]").fill(PASSWORD)
    with bot.page.expect_navigation():
        bot.page.locator("[name=password]").press("Enter")
    return str(bot.page.locator("input[name=_csrf]").first.get_attribute("value"))


def test_a_script_that_runs_would_be_seen(app: Litestar, browser: "Browser", attack: Callable[..., Attack]) -> None:
    with served(app) as address:
        bot = attack(browser, address)
        bot.visit("/")
        bot.page.evaluate("noaRan()")
        bot.look("by hand")
        bot.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=noaRan()>')")
        while not bot.page.evaluate(
            "window.violations.length"
        ):  # the page's policy stops what Playwright would poll with
            bot.page.wait_for_timeout(50)
        bot.look("markup")

    assert bot.found[0] == "by hand: 1 ran"
    assert "had to be stopped: script-src" in " ".join(bot.found)


def test_no_script_in_any_field_runs(
    app: Litestar, noa: Noa, office: Office, browser: "Browser", attack: Callable[..., Attack]
) -> None:
    texts = payloads(COUNT)
    draft = a_kept_draft(office, group_id=a_kept_group(office, ["une question", "une autre"]).id)
    with served(app) as address:
        bot = attack(browser, address)
        as_a_visitor(bot, texts)
        token = sign_in(bot, "ines")
        for number, text in enumerate(batches(texts, TEXT)):
            as_a_referent(bot, text, token, draft.id)
            publish(noa, f"hostile-{number}", text)
            assert bot.visit(f"/entrees/hostile-{number}") == 200
            bot.visit(f"/revue/fiches/hostile-{number}")
        for name, paths in READ_BY.items():
            sign_in(bot, name)
            for path in paths:
                bot.visit(path)

    print(f"script payloads: {len(texts)} through every field, {bot.pages} pages, {len(bot.found)} ran or were stopped")  # noqa: T201
    assert bot.found == []


def as_a_visitor(bot: Attack, texts: Sequence[str]) -> None:
    """Ask, search, judge and follow, and read what was typed again."""
    for text in batches(texts, TEXT):
        bot.visit("/")
        bot.submit("/", q=text, region=text, audience=text, conversation_id=text)
        bot.visit("/")
        bot.submit("/", q=text)
        assert "/reponse/" in bot.page.url, bot.page.inner_text("main")[:300]
        bot.visit("/", q=text, region=text, audience=text)
    question_id = answered(bot)
    for text in batches(texts, TEXT):
        bot.submit("/avis", question_id=question_id, useful="no", reason="other", comment=text)
        bot.visit("/suivi", reference=text)
        bot.visit("/nouveautes", theme=text, region=text)
    for text in batches(texts, SHORTEST_FIELD):
        bot.visit("/recherche", q=text, region=text)


def answered(bot: Attack) -> str:
    """Ask something, and return the number of the question."""
    bot.visit("/")
    bot.submit("/", q="Comment déposer une marque ?")
    return bot.page.url.rpartition("/")[2].partition("?")[0]


def as_a_referent(bot: Attack, text: str, token: str, draft_id: str) -> None:
    """Write an entry, and act on a draft, with the text in every field at once; both come back with what was typed."""
    fields = dict.fromkeys(EDITOR, text)
    bot.visit("/revue", q=text)
    bot.submit("/revue/fiches/nouvelle", **fields, _csrf=token)
    for action in ("enregistrer", "apercu", "refuser", "transmettre", "demander"):
        others = dict.fromkeys(("reason", "hand_over_reason", "hand_over_agency", "changes"), text)
        bot.submit(f"/revue/brouillons/{draft_id}/{action}", **fields, **others, revision="0", _csrf=token)
    bot.visit("/revue/fiches", q=text)


def publish(noa: Noa, entry_id: str, text: str) -> None:
    """Put an entry into the base whose every text is hostile: even a referent's words are only text."""
    version = a_new_version(entry_id, question=text[:SHORTEST_FIELD].replace("\n", " "), answer=text)
    content = replace(version.content, agency_id=AgencyId("inpi"))
    noa.records.entries.add_versions([replace(version, id=EntryId(entry_id), content=content)])


# What visitors wrote, as the workspace shows it: lists of questions, of comments, of searches, the journal.
READ_BY = {
    "quentin": ("/revue/qualite/questions", "/revue/qualite/questions?page=2", "/revue/qualite/reformulations"),
    "carla": ("/revue", "/revue/suivi", "/revue/comite", "/revue/bandeau", "/revue/sites"),
    "adele": ("/revue/personnes", "/revue/journal"),
}
