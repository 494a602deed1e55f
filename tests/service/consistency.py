"""Requests for entries while these are approved, withdrawn and made to expire, and which version each answer shows.

One that was not in force at any moment between question and answer is a fault, and so is an entry that is not found two
seconds after it was approved.
"""

import itertools
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryId, EntryStatus, EntryVersion, NewVersion, ValidityWindow
from noa_rag.storage.database import Database
from noa_rag.storage.entries import EntryStore

ENTRIES = 30
LIVE_SECONDS = 2.0
REQUESTS_A_CONNECTION = 25  # a connection stays with one worker
PAGES = 0.2  # of the requests; the others are questions
FAULTS_KEPT = 20
SIGN = "Version essayée numéro"
_SIGNED = re.compile(rf"{SIGN} (\d+)")


@dataclass(frozen=True, slots=True)
class WrittenVersion:
    """A version, whether the public may see it, and when it was being written, on the monotonic clock."""

    number: int
    is_shown: bool
    begun_at: float
    ended_at: float


@dataclass(slots=True)
class Consistency:
    """Counts of the requests by outcome; `faults` holds the first of those that were wrong, late or failed."""

    requests: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    last_shown_seconds: float = 0.0  # longest from a version's end to the end of an answer that showed it

    @property
    def fault_count(self) -> int:
        return sum(self.kinds[kind] for kind in ("wrong", "late", "failed"))


class Editor:
    """Changes entries one after the other, and records when each version was in force."""

    def __init__(self, store: EntryStore, entries: Sequence[EntryVersion]) -> None:
        self._store, self._chance = store, random.Random(15)
        self._turn = threading.Lock()  # held while a version is written and noted
        self._history: dict[EntryId, list[WrittenVersion]] = {one.id: [] for one in entries}
        self._numbers = {one.id: one.version for one in entries}
        self.contents = {one.id: one.content for one in entries}
        self.done: Counter[str] = Counter()
        for entry_id in self._history:
            self._write(entry_id, "approved")

    def change(self) -> None:
        """Approve an entry anew, withdraw it, or let it expire; one that is not shown is approved again."""
        entry_id = self._chance.choice(list(self._history))
        is_shown = self._history[entry_id][-1].is_shown
        self._write(entry_id, self._chance.choice(["approved", "withdrawn", "expired"]) if is_shown else "approved")

    def history(self, entry_id: EntryId) -> list[WrittenVersion]:
        """Return every version of an entry written so far."""
        with self._turn:
            return list(self._history[entry_id])

    def _write(self, entry_id: EntryId, kind: str) -> None:
        number = self._numbers[entry_id] + 1
        yesterday = today_in_paris() - timedelta(days=1)
        content = replace(
            self.contents[entry_id],
            answer=f"{self.contents[entry_id].answer}\n\n{SIGN} {number}.",
            window=ValidityWindow(None, yesterday if kind == "expired" else None),
        )
        status = EntryStatus.WITHDRAWN if kind == "withdrawn" else EntryStatus.APPROVED
        version = NewVersion(entry_id, content, number - 1, "essai", "essai", datetime.now(UTC), status=status)
        with self._turn:
            begun_at = time.monotonic()
            self._store.add_versions([version])
            self._history[entry_id].append(WrittenVersion(number, kind == "approved", begun_at, time.monotonic()))
        self._numbers[entry_id] = number
        self.done[kind] += 1


class Asking:
    """Requests the editor's entries over connections that change, and judges which version is shown."""

    def __init__(self, addresses: Sequence[str], editor: Editor, requests: int) -> None:
        self._addresses, self._editor = addresses, editor
        self._left = requests
        self._turn = threading.Lock()
        self.outcome = Consistency()

    def ask(self, seed: int) -> None:
        """Send requests until all are made."""
        chance, ids = random.Random(seed), list(self._editor.contents)
        while True:
            with httpx.Client(base_url=chance.choice(self._addresses), timeout=30) as client:
                for _ in range(REQUESTS_A_CONNECTION):
                    with self._turn:
                        if self._left == 0:
                            return
                        self._left -= 1
                    self._one(client, chance.choice(ids), is_page=chance.random() < PAGES)

    def _one(self, client: httpx.Client, entry_id: EntryId, *, is_page: bool) -> None:
        begun_at = time.monotonic()
        try:
            if is_page:
                number = _shown_by_page(client, entry_id)
            else:
                number = _shown_by_question(client, entry_id, self._editor.contents[entry_id].question)
        except httpx.HTTPError as error:
            kind, told, after = "failed", repr(error), 0.0
        else:
            ended_at = time.monotonic()
            kind, told, after = judged(self._editor.history(entry_id), number, begun_at, ended_at)
        with self._turn:
            self.outcome.requests += 1
            self.outcome.kinds[kind] += 1
            self.outcome.last_shown_seconds = max(self.outcome.last_shown_seconds, after)
            if told and len(self.outcome.faults) < FAULTS_KEPT:
                self.outcome.faults.append(f"{entry_id} {'page' if is_page else 'question'}: {told}")


def judged(
    history: Sequence[WrittenVersion], number: int | None, begun_at: float, ended_at: float
) -> tuple[str, str, float]:
    """Return the kind of outcome, its fault in words, and for how many seconds a version was shown after its end.

    `number` is the version that was shown, None for no version of the entry.
    """
    if number is None:
        newest = [one for one in history if one.begun_at <= ended_at][-1]
        if newest.is_shown and newest.ended_at + LIVE_SECONDS <= begun_at:
            return "late", f"version {newest.number} was not found", 0.0
        return "none in force", "", 0.0
    ends = [*(one.ended_at for one in history[1:]), float("inf")]
    for change, end in zip(history, ends, strict=True):
        if change.number == number and change.is_shown and change.begun_at <= ended_at and end >= begun_at:
            return "right", "", max(0.0, ended_at - end)
    return "wrong", f"version {number} was shown", 0.0


def measure(
    addresses: Sequence[str],
    database_url: str,
    *,
    requests: int,
    clients: int,
    change_seconds: float,
) -> Consistency:
    """Return the outcomes of `requests` requests to these nodes while entries change in their database."""
    database, over = Database(database_url), threading.Event()
    try:
        store = EntryStore(database)
        editor = Editor(store, _sure_entries(store, addresses[0]))
        time.sleep(LIVE_SECONDS)
        asking = Asking(addresses, editor, requests)

        def edit() -> None:
            while not over.wait(change_seconds):
                editor.change()

        with ThreadPoolExecutor(clients + 1) as pool:
            editing = pool.submit(edit)
            try:
                for one in [pool.submit(asking.ask, seed) for seed in range(clients)]:
                    one.result()
            finally:
                over.set()
            editing.result()
        asking.outcome.changes = editor.done
        return asking.outcome
    finally:
        database.close()


def _sure_entries(store: EntryStore, address: str) -> list[EntryVersion]:
    """Return entries that their own question finds, so that only the version shown is measured."""
    _, entries = store.changed_since(-1)
    plain = (one for one in entries if one.status is EntryStatus.APPROVED and one.content.language == "fr")
    alone = (one for one in plain if not (one.content.variant_of or one.content.steps or one.content.sections))
    with httpx.Client(base_url=address, timeout=30) as client:
        sure = (one for one in alone if _answer_to(client, one.content.question)["id"] == one.id)
        return list(itertools.islice(sure, ENTRIES))


def _answer_to(client: httpx.Client, question: str) -> dict[str, Any]:
    """Return the entry that answers, with the text shown; its `id` is None if no entry answers."""
    reply = client.post("/api/v1/ask", json={"question": question, "lang": "fr"}).raise_for_status().json()
    return {"id": None, **(reply["entry"] or {}), "text": reply["official_text"]}


def _shown_by_question(client: httpx.Client, entry_id: EntryId, question: str) -> int | None:
    """Return the version shown, None for another entry; -1 if the text is not that of the version named."""
    entry = _answer_to(client, question)
    if entry["id"] != entry_id:
        return None
    signed = _SIGNED.search(entry["text"])
    return entry["version"] if signed and int(signed[1]) == entry["version"] else -1


def _shown_by_page(client: httpx.Client, entry_id: EntryId) -> int | None:
    reply = client.get(f"/entrees/{entry_id}")
    if reply.status_code in (404, 410):
        return None
    signed = _SIGNED.search(reply.raise_for_status().text)
    return int(signed[1]) if signed else None
