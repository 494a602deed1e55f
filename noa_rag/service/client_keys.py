"""Keys of the API's clients in memory, read again twice a second, and what they did until it is written down."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date

from noa_rag.domain.days import today_in_paris
from noa_rag.domain.integrations import ClientKey, KeyId, KeyUse, UnknownKey, hash_of
from noa_rag.storage.client_keys import ClientKeyStore


class ClientKeys:
    """Knows which keys open the API, without asking the database for each request."""

    def __init__(self, store: ClientKeyStore, today: Callable[[], date] = today_in_paris) -> None:
        self._store = store
        self._today = today
        self._active: Mapping[str, ClientKey] = store.active()
        self._turn = threading.Lock()
        self._counts: Counter[tuple[KeyId, date, bool]] = Counter()

    def find(self, token: str) -> ClientKey:
        """Return the key that these words are. Raises UnknownKey for one never given, or revoked."""
        found = self._active.get(hash_of(token))
        if found is None:
            raise UnknownKey("The key was never given, or was revoked.")
        return found

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
