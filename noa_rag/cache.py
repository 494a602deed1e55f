"""A bounded cache, which drops what was used least recently, and a memo of the newest value."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """Holds the most recently used values, up to a limit; say beside each cache what it costs in bytes.

    The limit counts values, or what `size_of` returns for each. One value is always kept, however large it is.
    Two threads may make the same value at once; the one that is kept last stays.
    """

    def __init__(self, limit: int, *, size_of: Callable[[Value], int] = lambda _: 1) -> None:
        self.limit = limit
        self._size_of = size_of
        self._size = 0
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._turn = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    @property
    def size(self) -> int:
        return self._size

    @property
    def is_full(self) -> bool:
        """Whether one value more would push another out."""
        return self._size >= self.limit

    def __iter__(self) -> Iterator[Key]:
        """Yield the keys in the order in which they would be forgotten."""
        with self._turn:
            return iter(list(self._values))

    def values(self) -> list[Value]:
        """Return the values in the order in which they would be forgotten."""
        with self._turn:
            return list(self._values.values())

    def get(self, key: Key) -> Value | None:
        with self._turn:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def keep(self, key: Key, value: Value) -> Value:
        """Keep a value, and return it."""
        with self._turn:
            self._drop(key)
            self._values[key] = value
            self._size += self._size_of(value)
            while self._size > self.limit and len(self._values) > 1:
                self._drop(next(iter(self._values)))
        return value

    def get_or_make(self, key: Key, make: Callable[[], Value]) -> Value:
        found = self.get(key)
        return self.keep(key, make()) if found is None else found

    def forget(self) -> None:
        """Forget all values."""
        with self._turn:
            self._values.clear()
            self._size = 0

    def _drop(self, key: Key) -> None:
        if key in self._values:
            self._size -= self._size_of(self._values.pop(key))


class Memo(Generic[Key, Value]):
    """Holds one value while its key stays the same: most often a revision of the base, and the day.

    Two threads may make the same value at once; the one that is kept last stays.
    """

    def __init__(self) -> None:
        self._kept: tuple[Key, Value] | None = None

    def get_or_make(self, key: Key, make: Callable[[], Value]) -> Value:
        kept = self._kept  # read once: another thread may replace it as a whole
        if kept is None or kept[0] != key:
            self._kept = kept = (key, make())
        return kept[1]
