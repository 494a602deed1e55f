"""A year of revisions of nine entries at random, questions about them, and what an answer tells."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from noa_rag.answering.turn import Turn
from noa_rag.domain.days import paris_day, start_of
from noa_rag.domain.entry import EntryStatus, NewVersion, ValidityWindow
from tests.factories import a_new_version

FIRST_DAY = date(2020, 1, 1)
SUBJECTS = (
    "fonds de solidarité", "chômage partiel", "prêt garanti", "loyer commercial", "masque au travail",
    "couvre-feu", "report de cotisations", "marché public", "prime exceptionnelle",
)  # fmt: skip
DETAILS = ("1 500 euros", "70 %", "restaurant fermé", "attestation", "trente jours", "région", "Urssaf", "salarié")
DAYS_OF_2020 = st.integers(0, 365).map(lambda number: FIRST_DAY + timedelta(days=number))


def a_history(chance: random.Random) -> list[NewVersion]:
    """Return successive versions of nine entries, with windows, withdrawals and texts at random."""
    versions: list[NewVersion] = []
    for number, subject in enumerate(SUBJECTS):
        entry_id = f"covid-{number}"
        days = sorted(chance.sample(range(0, 360), chance.randint(1, 5)))
        for expected_version, day in enumerate(days):
            approved_at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=day, minutes=chance.randrange(1_440))
            opened = paris_day(approved_at) + timedelta(days=chance.randint(-20, 3))
            closed = opened + timedelta(days=chance.randint(10, 200))
            versions.append(
                a_new_version(
                    entry_id,
                    expected_version=expected_version,
                    approved_at=approved_at,
                    status=EntryStatus.WITHDRAWN if chance.random() < 0.15 else EntryStatus.APPROVED,
                    question=f"{subject} : {chance.choice(DETAILS)} ?",
                    answer=f"Version {expected_version + 1} : {subject}, {', '.join(chance.sample(DETAILS, 3))}.",
                    window=ValidityWindow(opened, chance.choice([None, closed])),
                )
            )
    return versions


def a_question(chance: random.Random) -> str:
    return f"{chance.choice(SUBJECTS)} {chance.choice(DETAILS)} ?"


def at(day: date, hours: int = 9) -> datetime:
    return start_of(day).astimezone(UTC) + timedelta(hours=hours)


def told(turn: Turn) -> dict[str, Any]:
    """Return all that the visitor is told, and what it rests on."""
    answer = turn.answer
    assert answer is not None
    return {
        "status": answer.status,
        "reason": answer.reason,
        "text": answer.text,
        "entry": (answer.entry.id, answer.entry.version) if answer.entry else None,
        "choices": answer.choices,
        "contact": answer.contact.id if answer.contact else None,
        "matches": [(one.entry_id, one.section_key) for one in turn.retrieved.matches],
    }


def figures(turn: Turn) -> list[float]:
    return [value for match in turn.retrieved.matches for _, value in sorted(match.evidence.items())]
