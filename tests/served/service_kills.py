"""The service killed while a referent approves draft after draft, on SQLite and on PostgreSQL.

What was acknowledged must be in the base and on its page once the service is back; no draft may be shown that the base
does not hold as approved.
"""

import html
import random
import re
import secrets
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import httpx

from evals.lab.benches.served import Served, measured_service, wait_until
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus
from noa_rag.domain.errors import NoaError
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.settings import Settings
from noa_rag.storage.database import Database
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.people import PeopleStore
from noa_rag.storage.review_store import SqlReviewStore
from tests.machines import a_node, shared_servers

APPROVED_AT_ONCE = 8  # drafts that wait at each start: more than are approved before the kill
MOST_ACKNOWLEDGED, LATEST = 4, 0.5  # most approvals before the kill, and most seconds from the last one to it
GIVE_UP_SECONDS = 120
CALL_SECONDS = 20
SEED = 15
_ACKNOWLEDGED = re.compile(r'name="acknowledged"[^>]* value="([^"]+)"')
_CSRF = re.compile(r'name="_csrf" value="([^"]+)"')


@dataclass(slots=True)
class ServiceKills:
    """Results on one engine."""

    acknowledged: int = 0
    restarts: int = 0
    faults: list[str] = field(default_factory=list)


def killed_while_approving(variables: dict[str, str | Path], database_url: str, kills: int, log: Path) -> ServiceKills:
    """Return the results of killing a service `kills` times while a referent, added to its base, approves drafts."""
    chance, outcome, own = random.Random(SEED), ServiceKills(), secrets.token_hex(3)
    with closing(Database(database_url)) as database, Served(variables, log=log) as service:
        model = _model(database)
        browser = _signed_in(service, _referent_of(model.agency_id, database, f"referente-{own}"))
        for number in range(kills):
            drafts = _drafts(database, model, f"{own}-{number}")
            approving = Approving(browser, service.address, drafts)
            worker = threading.Thread(target=approving.go_on)
            worker.start()
            enough = chance.randint(1, MOST_ACKNOWLEDGED)
            wait_until(lambda: len(approving.acknowledged) >= enough or not worker.is_alive(), GIVE_UP_SECONDS)  # noqa: B023
            time.sleep(chance.uniform(0, LATEST))  # somewhere within the next approval
            service.kill()
            worker.join()
            _start_again(service)
            outcome.restarts += 1
            _judge(approving, drafts, database, service, outcome)
    return outcome


class Approving:
    """A referent who approves draft after draft until the service is gone."""

    def __init__(self, browser: httpx.Client, address: str, drafts: Sequence[Draft]) -> None:
        self._browser, self._address, self._drafts = browser, address, drafts
        self.acknowledged: list[Draft] = []
        self.refused = ""

    def go_on(self) -> None:
        try:
            for draft in self._drafts:
                self._approve(draft)
                if self.refused:
                    return
        except httpx.HTTPError:
            return

    def _approve(self, draft: Draft) -> None:
        page = self._browser.get(f"{self._address}/revue/brouillons/{draft.id}")
        content = draft.content
        form: dict[str, str | list[str]] = {
            "_csrf": _csrf_on(page),
            "revision": "1",
            "base_version": "0",
            "question": content.question,
            "answer": content.answer,
            "agency_id": content.agency_id,
            "theme": content.theme,
            "sources": "\r\n".join(f"{source.title} | {source.url}" for source in content.sources),
            "language": content.language,
        }
        address = f"{self._address}/revue/brouillons/{draft.id}/approuver"
        reply = self._browser.post(address, data=form)
        if boxes := _ticked(reply.text):  # the drafts are alike; she ticks all that the page asks
            reply = self._browser.post(address, data=form | {"acknowledged": boxes})
        if reply.status_code == httpx.codes.SEE_OTHER:
            self.acknowledged.append(draft)
        else:
            self.refused = f"an approval was answered with {reply.status_code}"


def _judge(
    approving: Approving, drafts: Sequence[Draft], database: Database, service: Served, outcome: ServiceKills
) -> None:
    """Compare what was acknowledged with what the base holds and what visitors are shown."""
    known = EntryStore(database).current([draft.entry_id for draft in drafts])
    approved = {entry_id for entry_id, entry in known.items() if entry.status is EntryStatus.APPROVED}
    outcome.acknowledged += len(approving.acknowledged)
    outcome.faults += [
        f"{version.entry_id} was lost" for version in approving.acknowledged if version.entry_id not in approved
    ]
    if approving.refused:
        outcome.faults.append(approving.refused)
    with httpx.Client(base_url=service.address, timeout=CALL_SECONDS) as visitor:
        for draft in drafts:
            is_shown = visitor.get(f"/entrees/{draft.entry_id}").is_success
            if is_shown != (draft.entry_id in approved):
                outcome.faults.append(f"{draft.entry_id} is {'' if is_shown else 'not '}shown")


def _start_again(service: Served) -> None:
    """Start the service anew and wait until it says that it is ready. Raises NoaError."""
    service.begin()
    if not wait_until(lambda: service.says_ok("/ready") or service.has_ended(), GIVE_UP_SECONDS):
        raise NoaError(f"the service was not ready after {GIVE_UP_SECONDS} seconds")
    if service.has_ended():
        raise NoaError("the service did not start again")


def _model(database: Database) -> EntryContent:
    """Return the content of an entry without regions, variants, steps or sections, whose copies can be approved."""
    _, entries = EntryStore(database).changed_since(-1)
    plain = (
        entry.content for entry in entries if entry.status is EntryStatus.APPROVED and entry.content.language == "fr"
    )
    alone = (entry for entry in plain if not (entry.variant_of or entry.steps or entry.sections or entry.regions))
    (content,) = islice(alone, 1)
    return replace(content, alternate_questions=(), related=(), translations=())


def _drafts(database: Database, model: EntryContent, own: str) -> list[Draft]:
    """Add drafts on subjects of their own, and return them."""
    now = datetime.now(UTC)
    drafts = []
    for number in range(APPROVED_AT_ONCE):
        name = f"essai-{own}-{number}"
        content = replace(
            model, question=f"Où déclarer l'objet {name} ?", answer=f"L'objet {name} se déclare en ligne."
        )
        drafts.append(
            Draft(
                DraftId(secrets.token_hex(16)),
                EntryId(name),
                content.agency_id,
                content,
                PersonId("noa"),
                created_at=now,
                updated_at=now,
            )
        )
    with SqlReviewStore(database).changing() as change:
        for draft in drafts:
            change.add_draft(draft)
    return drafts


def _referent_of(agency: AgencyId, database: Database, name: str) -> dict[str, str]:
    """Open an account of a referent, and return what she signs in with."""
    password = secrets.token_urlsafe(16)
    person = Person(PersonId(name), "Référente", frozenset({Role.REFERENT}), frozenset({agency}), is_active=True)
    PeopleStore(database).add(person, password, actor="essai")
    return {"user_name": name, "password": password}


def _signed_in(service: Served, account: dict[str, str]) -> httpx.Client:
    """Return a browser of a referent. Raises NoaError."""
    browser = httpx.Client(timeout=CALL_SECONDS)
    reply = browser.post(f"{service.address}/revue/connexion", data=account)
    if reply.status_code != httpx.codes.SEE_OTHER:
        raise NoaError(f"the referent was not let in: {reply.status_code}")
    return browser


def _ticked(page: str) -> list[str]:
    """Return the keys that a page asks to acknowledge."""
    return [html.unescape(key) for key in _ACKNOWLEDGED.findall(page)]


def _csrf_on(page: httpx.Response) -> str:
    if not (match := _CSRF.search(page.text)):
        raise NoaError(f"no form on the draft's page: {page.status_code}")
    return match[1]


def on_sqlite(settings: Settings, kills: int, log: Path) -> ServiceKills:
    """Return what is seen of a service of one process over SQLite."""
    variables = measured_service(settings.data_dir) | {
        "NOA_DATABASE_URL": settings.database_url,
        "NOA_KNOWLEDGE": settings.knowledge,
    }
    return killed_while_approving(variables, settings.effective_database_url, kills, log)


def on_postgresql(settings: Settings, folder: Path, kills: int, log: Path) -> ServiceKills:
    """Return what is seen of a service over a PostgreSQL and a Chroma server; its node lies in `folder`."""
    with shared_servers(settings, folder) as shared:
        variables = shared | measured_service(a_node(settings, folder / "node"))
        return killed_while_approving(variables, str(shared["NOA_DATABASE_URL"]), kills, log)
