"""Where requests and tokens are counted: with other processes or machines, alone as a fallback; and by key.

And the help that messages of distress get beyond the limit, at next to no cost.
"""

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import takewhile

from cachetools import TTLCache

from noa_rag.answering.pipeline import Answering
from noa_rag.answering.steps.help_first import HelpFirst
from noa_rag.answering.turn import Step, Turn
from noa_rag.cache import Cache
from noa_rag.domain.answer import Answer
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.integrations import ClientKey, KeyId, KeyUse, UnknownKey, hash_of
from noa_rag.domain.limits import CLIENT, Buckets, TooOften, taken
from noa_rag.domain.question import Ask
from noa_rag.domain.rephrasing import (
    Completion,
    GenerationFailed,
    GenerationFault,
    Heard,
    LanguageModel,
    Prompt,
    unheard,
)
from noa_rag.storage.integrations import ClientKeyStore
from noa_rag.storage.limits import FileBuckets, ServerBuckets, SharedFile

HELP_SECONDS = 60  # for which a client gets the same help again: one row a minute and address
HELP_LIMIT = 1_000  # clients whose help is kept, some 10 KB each
KEPT = 50_000  # clients, 10 MB; counting does not stop somebody who has more addresses than that
REST_SECONDS = 5.0  # a server that did not answer is left alone: each attempt costs a visitor a quarter of a second

ROOM_SECONDS = 60.0  # of tokens: a minute's worth may be used at once, since each rephrasing takes seconds
CHARACTERS_A_TOKEN = 3  # French has four or five, less in small vocabularies: an estimate is rather too high
NOT_ASKED = frozenset({GenerationFault.BUSY, GenerationFault.RESTING, GenerationFault.UNREACHABLE})

_LOGGER = logging.getLogger("noa.limits")


class OwnBuckets:
    """The buckets of this process alone."""

    store, waits, is_failing = "process", False, False

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._full_at: Cache[str, float] = Cache(KEPT)
        self._turn = threading.Lock()

    def take(self, key: str, seconds: float, *, room: float) -> float:
        with self._turn:
            full_at, wait = taken(self._full_at.get(key) or 0.0, self._now(), seconds, room=room)
            if not wait:
                self._full_at.keep(key, full_at)
            return wait


class SharedBuckets:
    """Buckets shared with others, and nearer ones as a fallback: a failure of the shared ones refuses nobody.

    The nearer ones start without the earlier counts: a client that had used up its limit may use it once more.
    """

    def __init__(
        self,
        shared: Buckets,
        nearer: Buckets,
        *,
        rest_seconds: float = 0.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared = shared
        self._nearer = nearer
        self._rest_seconds = rest_seconds
        self._now = now
        self._rests_until = 0.0
        self.is_failing = False

    @property
    def store(self) -> str:
        return self._nearer.store if self.is_failing else self._shared.store

    @property
    def waits(self) -> bool:
        return self._shared.waits

    def take(self, key: str, seconds: float, *, room: float) -> float:
        if self._now() >= self._rests_until:
            try:
                wait = self._shared.take(key, seconds, room=room)
            except StorageUnavailable as error:
                self._rest(error)
            else:
                self.is_failing = False
                return wait
        return self._nearer.take(key, seconds, room=room)

    def _rest(self, error: StorageUnavailable) -> None:
        if not self.is_failing:
            _LOGGER.warning("%s Requests are counted for this %s alone.", error, self._nearer.store)
        self.is_failing = True
        self._rests_until = self._now() + self._rest_seconds


class MeteredModel:
    """Implements LanguageModel over another one, and limits a client's tokens per minute, read and written (0: any).

    The most that a call may use is taken before it, and corrected once the model has reported its usage; when it
    reports none, a token is counted for every three characters. A client without tokens is refused as `limited`.
    """

    def __init__(self, model: LanguageModel, buckets: Buckets, *, per_minute: int) -> None:
        self.name = model.name
        self._model = model
        self._buckets = buckets
        self._per_minute = per_minute
        self._turn = threading.Lock()
        self._used = self._refused = 0
        self._is_estimated = False

    def complete(
        self,
        prompt: Prompt,
        *,
        deadline_seconds: float,
        is_cancelled: Callable[[], bool] = lambda: False,
        heard: Heard = unheard,
    ) -> Completion:
        expected = _tokens_in(prompt.system) + _tokens_in(prompt.text) + prompt.token_limit
        if not self._take(expected, room=ROOM_SECONDS):
            with self._turn:
                self._refused += 1
            raise GenerationFailed(GenerationFault.LIMITED)
        try:
            written = self._model.complete(
                prompt, deadline_seconds=deadline_seconds, is_cancelled=is_cancelled, heard=heard
            )
        except GenerationFailed as failed:
            if failed.fault in NOT_ASKED:
                self._take(-expected)
            else:
                self._note(expected, is_estimated=True)
            raise
        estimated = expected - prompt.token_limit + _tokens_in(written.text)
        used = written.tokens.count if written.tokens else estimated
        self._take(used - expected)
        self._note(used, is_estimated=written.tokens is None)
        return written

    def health(self) -> Mapping[str, object]:
        """Return the limit, and what this process's calls took since it was started."""
        with self._turn:
            return {
                "limit_a_minute": self._per_minute,
                "used": self._used,
                "refused": self._refused,
                "is_estimated": self._is_estimated,
            }

    def close(self) -> None:
        self._model.close()

    def _take(self, tokens: float, *, room: float = math.inf) -> bool:
        client = CLIENT.get()
        if not client or not self._per_minute:
            return True
        return not self._buckets.take(f"tokens {client}", tokens * 60 / self._per_minute, room=room)

    def _note(self, used: int, *, is_estimated: bool) -> None:
        with self._turn:
            self._used += used
            self._is_estimated = self._is_estimated or is_estimated


def _tokens_in(text: str) -> int:
    return math.ceil(len(text) / CHARACTERS_A_TOKEN)


def buckets_over(server: ServerBuckets | None, file: SharedFile | None) -> Buckets:
    """Return where this process counts: on the server of the records, else in the file of the machine's workers."""
    buckets: Buckets = OwnBuckets()
    if file is not None:
        buckets = SharedBuckets(FileBuckets(file), buckets)
    if server is not None:
        buckets = SharedBuckets(server, buckets, rest_seconds=REST_SECONDS)
    return buckets


class ClientKeys:
    """Knows which keys open the API, without asking the database for each request."""

    def __init__(self, store: ClientKeyStore, today: Callable[[], date] = today_in_paris) -> None:
        self._store = store
        self._today = today
        self._active: Mapping[str, ClientKey] = store.active()
        self._turn = threading.Lock()
        self._counts: Counter[tuple[KeyId, date, bool]] = Counter()

    def find(self, token: str) -> ClientKey:
        """Return the key with this token. Raises UnknownKey for one that was never given, or was revoked."""
        client_key = self._active.get(hash_of(token))
        if client_key is None:
            raise UnknownKey("The key was never given, or was revoked.")
        return client_key

    def count(self, key_id: KeyId, *, is_refused: bool) -> None:
        """Count a question of a key, answered or refused for its limit."""
        with self._turn:
            self._counts[key_id, self._today(), is_refused] += 1

    def refresh(self) -> None:
        """Read the keys again, and write down what was counted; a service does so twice a second."""
        self._active = self._store.active()
        with self._turn:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        uses: dict[tuple[KeyId, date], KeyUse] = {}
        for (key_id, day, is_refused), count in counts.items():
            use = KeyUse(refused=count) if is_refused else KeyUse(let_through=count)
            uses[key_id, day] = uses.get((key_id, day), KeyUse()) + use
        try:
            self._store.add_uses(uses)
        except Exception:
            with self._turn:
                self._counts += counts
            raise


class HelpBeyondLimit:
    """Gives the help of today alone, without a search for what else a message asks; again from memory for a minute."""

    def __init__(self, path: Sequence[Step], answering: Answering) -> None:
        """`path` is the answer path, followed to its help; `answering` records as the service does."""
        before = takewhile(lambda step: not isinstance(step, HelpFirst), path)
        helps = [replace(step, find=_nothing, weigh=_nothing) for step in path if isinstance(step, HelpFirst)]
        self._answering = answering.over([*before, *helps, _refused])
        self._given: TTLCache[tuple[object, ...], Answer] = TTLCache(HELP_LIMIT, HELP_SECONDS)
        self._turn = threading.Lock()

    def ask(self, ask: Ask) -> Answer:
        """Return the help. Raises TooOften for what proves to be no distress once it is masked."""
        key = (CLIENT.get(), ask.language)
        with self._turn:
            given = self._given.get(key)
        if given is not None:
            return given
        answer = self._answering.ask(replace(ask, as_of=None))
        with self._turn:
            self._given[key] = answer
        return answer


def _refused(turn: Turn) -> Turn:
    raise TooOften(retry_seconds=HELP_SECONDS)


def _nothing(turn: Turn) -> Turn:
    return replace(turn, candidates=())
