"""Records answers without keeping visitors waiting, and restores a recorded answer exactly."""

import hashlib
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from noa_rag.answering.entry_payload import entry_as_json
from noa_rag.answering.payload import AnswerPayload, answer_as_json
from noa_rag.answering.steps.compose import cited_text, section_of
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import Answer, GivenAnswer
from noa_rag.domain.entry import EntryId, EntryVersion, official_text
from noa_rag.domain.errors import NotRecorded, NotReproducible, StorageUnavailable
from noa_rag.domain.ports import EntryVerdict, QuestionLog, RecordedQuestion
from noa_rag.domain.rephrasing import Rephrasing

RETRY_SECONDS = 5.0  # A lock is over within seconds; on a full disk, one visitor in five seconds waits for a try.
KEPT_LIMIT = 1_000  # questions, some 5 KB each with their answer; a record day had 404 of them
KEPT_AT_ONCE = 5  # written while a visitor waits, a millisecond each

T = TypeVar("T")
_LOGGER = logging.getLogger("noa.recorder")

_FROM_ENTRY = None  # stands for a part that the entry's version gives; any other part is kept in a list of one


class Recorder:
    """Implements QuestionLog over another one.

    A circuit breaker: after a failed write, every call raises NotRecorded at once, but for one attempt every
    `RETRY_SECONDS`. Questions that could not be written, which are masked, wait in memory for a later attempt.
    """

    def __init__(
        self, log: QuestionLog, *, kept_limit: int = KEPT_LIMIT, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._kept_limit = kept_limit
        self._clock = clock
        self._turn = threading.Lock()
        self._writes_kept = threading.Lock()  # held by the one thread that writes the waiting questions, from the head
        self._kept: deque[RecordedQuestion] = deque()
        self._unrecorded_count = 0
        self._lost_count = 0
        self._retry_at = 0.0
        self._since: datetime | None = None  # None while writing works

    def record(self, recorded: RecordedQuestion) -> None:
        """Write a question down. Raises NotRecorded when that fails; the question then waits for a later attempt."""
        try:
            self.attempt(lambda: self._log.record(recorded))
        except NotRecorded:
            self._keep(recorded)
            raise
        self.write_kept(limit=KEPT_AT_ONCE)

    def record_feedback(self, question_id: str, *, is_useful: bool, reason: str | None, comment: str) -> None:
        self.attempt(
            lambda: self._log.record_feedback(question_id, is_useful=is_useful, reason=reason, comment=comment)
        )

    def record_entry_verdict(self, verdict: EntryVerdict) -> None:
        self.attempt(lambda: self._log.record_entry_verdict(verdict))

    def record_choice(self, question_id: str, entry_id: EntryId) -> None:
        self.attempt(lambda: self._log.record_choice(question_id, entry_id))

    def record_rephrasing(self, question_id: str, rephrasing: Rephrasing) -> None:
        self.attempt(lambda: self._log.record_rephrasing(question_id, rephrasing))

    def attempt(self, write: Callable[[], T]) -> T:
        """Return what `write` returns. Raises NotRecorded when it fails, or at once while the breaker is open."""
        if not self._may_try():
            raise NotRecorded("The last write failed, and the next attempt comes within seconds.")
        try:
            written = write()
        except StorageUnavailable as error:
            self._fail(error)
            raise NotRecorded(str(error)) from error
        self._succeed()
        return written

    def write_kept(self, *, limit: int | None = None) -> None:
        """Write the waiting questions, oldest first, until a write fails; a background task calls this."""
        if not self._kept or self._is_resting() or not self._writes_kept.acquire(blocking=False):
            return
        try:
            for _ in range(min(len(self._kept), limit or self._kept_limit)):
                self.attempt(lambda: self._log.record(self._kept[0]))
                self._kept.popleft()
        except NotRecorded:
            self._kept.rotate(-1)  # so that one bad question does not block the others
        finally:
            self._writes_kept.release()

    def health(self) -> dict[str, str | int]:
        """Return what /health says: `unrecorded` questions since the start, how many wait and how many are lost.

        `status` and `unrecorded_since` are present only while writes fail.
        """
        with self._turn:
            health: dict[str, str | int] = {
                "unrecorded": self._unrecorded_count,
                "unrecorded_waiting": len(self._kept),
                "unrecorded_lost": self._lost_count,
            }
            if self._since is not None:
                health |= {"status": "degraded", "unrecorded_since": self._since.isoformat(timespec="seconds")}
            return health

    def close(self) -> None:
        """Try a last time to write the waiting questions, and log how many are lost."""
        self._retry_at = 0.0
        self.write_kept()
        if self._kept:
            _LOGGER.error("%d questions could not be recorded before the end, and are lost", len(self._kept))

    def _is_resting(self) -> bool:
        with self._turn:
            return self._since is not None and self._clock() < self._retry_at

    def _may_try(self) -> bool:
        """Return whether to write now; while writes fail, one caller every `RETRY_SECONDS` may."""
        with self._turn:
            if self._since is None:
                return True
            if self._clock() < self._retry_at:
                return False
            self._retry_at = self._clock() + RETRY_SECONDS
            return True

    def _fail(self, error: StorageUnavailable) -> None:
        with self._turn:
            self._retry_at = self._clock() + RETRY_SECONDS
            if self._since is not None:
                return
            self._since = datetime.now(UTC)
        _LOGGER.error("questions are answered without being recorded: %s", error)

    def _succeed(self) -> None:
        with self._turn:
            if self._since is None:
                return
            self._since = None
        _LOGGER.warning("questions are recorded again; %d wait in memory to be", len(self._kept))

    def _keep(self, recorded: RecordedQuestion) -> None:
        with self._turn:
            self._unrecorded_count += 1
            if len(self._kept) < self._kept_limit:
                self._kept.append(recorded)
            else:
                self._lost_count += 1


def given_answer(answer: Answer, agencies: Mapping[AgencyId, Agency]) -> GivenAnswer:
    """Return what is to be kept of an answer so that it can be given again as it was."""
    payload = dict(answer_as_json(answer, agencies))
    agency_name = payload["entry"]["agency"]["name"] if answer.entry else ""  # type: ignore[index]
    derived = _derived(answer.entry, answer.section_key, agency_name) if answer.entry else {}
    parts = {
        key: _FROM_ENTRY if key in derived and derived[key] == value else [value] for key, value in payload.items()
    }
    content = json.dumps({"agency_name": agency_name, "parts": parts}, ensure_ascii=False)
    return GivenAnswer(content, as_bytes_hash(payload))


def given_again(given: GivenAnswer, version: EntryVersion | None, section_key: str | None) -> AnswerPayload:
    """Return the answer as it was given.

    Raises NotReproducible when the record or the entry's version is not what it was.
    """
    content = json.loads(given.kept)
    derived = _derived(version, section_key, content["agency_name"]) if version else {}
    try:
        payload = {key: derived[key] if part is _FROM_ENTRY else part[0] for key, part in content["parts"].items()}
    except KeyError as error:
        raise NotReproducible(f"The version that gave {error} is not in the base.") from error
    if as_bytes_hash(payload) != given.hash:
        raise NotReproducible("What is kept of this answer no longer gives the bytes that were shown.")
    return cast(AnswerPayload, payload)


def as_bytes_hash(payload: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an answer's JSON text."""
    return hashlib.sha256(json.dumps(payload, ensure_ascii=False).encode()).hexdigest()


def _derived(version: EntryVersion, section_key: str | None, agency_name: str) -> dict[str, Any]:
    content, section = version.content, section_of(version, section_key)
    text = official_text(content, section)
    vouching = Agency(content.agency_id, agency_name, "", "")
    return {
        "text": text,
        "official_text": text,
        "citations": [{"marker": 1, "quote": cited_text(version, section)}],
        "entry": entry_as_json(version, {content.agency_id: vouching}),
    }
