"""Days as texts write them."""

from datetime import date

import pytest

from noa_rag.web.in_words import day_named


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("15 décembre 2026", date(2026, 12, 15)),
        ("mardi 2 février 2027", date(2027, 2, 2)),
        ("1er\N{NO-BREAK SPACE}mars\N{NO-BREAK SPACE}2027", date(2027, 3, 1)),
        ("31 février 2027", None),
        ("1er mars", None),
        ("fin 2027", None),
        ("le 15 décembre 2026 au plus tard", None),
        ("60", None),
    ],
)
def test_a_day_is_read_only_where_nothing_else_is_said(text: str, day: date | None) -> None:
    assert day_named(text) == day
