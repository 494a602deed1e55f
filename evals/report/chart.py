"""Charts as a page needs them: a drawing, its words, and the same numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as they are shown; the first of each row is its heading."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart; `summary` says in a sentence what is to be seen, `note` how to read it."""

    id: str
    title: str
    summary: str
    note: str
    svg: str
    table: Table
