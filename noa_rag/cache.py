"""A bounded LRU cache for several threads, and a memo of the newest value."""

import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Generic, TypeVar

from cachetools import LRUCache

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """An LRU cache behind a lock; say beside each cache how many bytes it may take.

    The limit is a number of values, or a total of what `size_of` returns for each. A value larger than the limit is not
    kept. Two threads may make the same value at once; the one kept last stays.
    """

    def __init__(self, limit: int, *, size_of: Callable[[Value], int] | None = None) -> None:
        self._values: LRUCache[Key, Value] = LRUCache(limit, size_of)
        self._turn = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    @property
    def size(self) -> float:
        return self._values.currsize

    def values(self) -> list[Value]:
        with self._turn:
            return list(self._values.values())

    def get(self, key: Key) -> Value | None:
        with self._turn:
            return self._values.get(key)

    def keep(self, key: Key, value: Value) -> Value:
        """Keep a value, and return it."""
        with self._turn, suppress(ValueError):  # larger than the limit
            self._values[key] = value
        return value

    def get_or_make(self, key: Key, make: Callable[[], Value]) -> Value:
        value = self.get(key)
        return self.keep(key, make()) if value is None else value

    def forget(self) -> None:
        """Forget all values."""
        with self._turn:
            self._values.clear()


class Memo(Generic[Key, Value]):
    """Holds one value while its key stays the same: most often a revision of the base, and the day.

    Two threads may make the same value at once; the one that is kept last stays.
    """

    def __init__(self) -> None:
        self._kept: tuple[Key, Value] | None = None

    def get_or_make(self, key: Key, make: Callable[[], Value]) -> Value:
        entry = self._kept  # read once: another thread may replace it as a whole
        if entry is None or entry[0] != key:
            self._kept = entry = (key, make())
        return entry[1]
