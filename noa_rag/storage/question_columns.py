"""What the follow-up counts of questions, in columns of numbers: a month of them is counted in milliseconds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

LAYOUT = 1  # raise it when what is packed changes: days that were kept otherwise are then read from the records again
NAMED = (
    *("status", "reason", "entry_id", "contact_agency_id", "site", "region", "audience", "language"),
    *("verdict", "complaint", "group_id", "rephrasing", "rephrasing_reason"),
)
USEFUL, USELESS = "useful", "useless"
NOTHING = 0  # the code of None
Codes = NDArray[np.uint32]
Mask = NDArray[np.bool_]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class QuestionColumns:
    """Every column has one place for each question, oldest first; `codes` has a row for each of NAMED.

    A code is the place of a name among `names`, of which the first is None. Moments are microseconds since
    1970, as exact as the database has them.
    """

    names: Sequence[str | None]
    asked_at: NDArray[np.int64]
    seconds: NDArray[np.float64]
    codes: Codes

    @classmethod
    def of(cls, rows: Iterable[tuple[datetime, float, Sequence[str | None]]]) -> Self:
        """Return the columns of questions, given oldest first: moment, duration, and what NAMED lists."""
        listed = list(rows)
        numbers: dict[str | None, int] = {None: NOTHING}
        codes = [[numbers.setdefault(name, len(numbers)) for name in named] for _, _, named in listed]
        return cls(
            tuple(numbers),
            np.array([microseconds(moment) for moment, _, _ in listed], np.int64),
            np.array([seconds for _, seconds, _ in listed], np.float64),
            np.array(codes, np.uint32).reshape(len(listed), len(NAMED)).T,
        )

    @classmethod
    def joined(cls, parts: Sequence["QuestionColumns"]) -> "QuestionColumns":
        """Return the questions of all parts, given oldest first, numbered alike."""
        numbers: dict[str | None, int] = {None: NOTHING}
        renumbered = [
            np.array([numbers.setdefault(name, len(numbers)) for name in part.names], np.uint32)[part.codes]
            for part in parts
        ]
        return cls(
            tuple(numbers),
            np.concatenate([np.empty(0, np.int64), *(part.asked_at for part in parts)]),
            np.concatenate([np.empty(0, np.float64), *(part.seconds for part in parts)]),
            np.concatenate([np.empty((len(NAMED), 0), np.uint32), *renumbered], axis=1),
        )

    def __getitem__(self, column: str) -> Codes:
        """Return one of the columns that NAMED lists."""
        codes: Codes = self.codes[NAMED.index(column)]
        return codes

    def during(self, begins_at: int, ends_at: int) -> "QuestionColumns":
        """Return the questions from one moment on and before another."""
        first, end = np.searchsorted(self.asked_at, (begins_at, ends_at))
        these = slice(first, max(first, end))
        return QuestionColumns(self.names, self.asked_at[these], self.seconds[these], self.codes[:, these])

    def only(self, mask: Mask) -> "QuestionColumns":
        """Return the questions that the mask lets through."""
        return QuestionColumns(self.names, self.asked_at[mask], self.seconds[mask], self.codes[:, mask])

    def has(self, column: str, *names: Any) -> Mask:
        """Tell of each question whether it has one of these names in that column; None is a name."""
        wanted = set(names)
        found: Mask = np.array([name in wanted for name in self.names], np.bool_)[self[column]]
        return found

    def packed(self) -> bytes:
        """Return everything but the names, in little-endian order."""
        columns: Iterable[NDArray[Any]] = (self.asked_at, self.seconds, self.codes)
        return b"".join(one.astype(one.dtype.newbyteorder("<")).tobytes() for one in columns)

    @classmethod
    def unpacked(cls, names: Sequence[str | None], packed: bytes) -> Self:
        """Return the columns that `packed` gave."""
        count = len(packed) // (8 + 8 + 4 * len(NAMED))
        codes = np.frombuffer(packed, "<u4", offset=16 * count).reshape(len(NAMED), count)
        seconds = np.frombuffer(packed, "<f8", count, offset=8 * count)
        return cls(names, np.frombuffer(packed, "<i8", count), seconds, codes)

    def __len__(self) -> int:
        return len(self.asked_at)


def microseconds(moment: datetime) -> int:
    """Return a moment as the columns have it."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(microseconds: int) -> datetime:
    return _EPOCH + int(microseconds) * _MICROSECOND
