"""Hours in words, in both languages; 3 December 2026 is a Thursday."""

from datetime import datetime

import pytest

from noa_rag.answering.hours import hours_in_words, open_now
from noa_rag.domain.days import PARIS
from noa_rag.domain.question import Language

FRENCH, ENGLISH = Language.FRENCH, Language.ENGLISH


@pytest.mark.parametrize(
    ("hours", "language", "said"),
    [
        ("Mo-Fr 09:00-18:00", FRENCH, "du lundi au vendredi, de 9 h à 18 h"),
        ("Mo-Fr 09:00-18:00", ENGLISH, "Monday to Friday, 9:00 to 18:00"),
        (
            "Mo-Fr 08:30-17:00, Sa 09:00-12:15",
            FRENCH,
            "du lundi au vendredi, de 8 h 30 à 17 h ; le samedi, de 9 h à 12 h 15",
        ),
        ("le matin, sur rendez-vous", ENGLISH, "le matin, sur rendez-vous"),
        (None, FRENCH, None),
    ],
)
def test_hours_are_said_in_words(hours: str | None, language: Language, said: str | None) -> None:
    assert hours_in_words(hours, language) == said


@pytest.mark.parametrize(
    ("now", "said", "in_english"),
    [
        ("2026-12-03 10:00", "Ouvert maintenant, ferme à 18 h", "Open now, closes at 18:00"),
        ("2026-12-03 08:00", "Fermé en ce moment, ouvre à 9 h", "Closed at the moment, opens at 9:00"),
        ("2026-12-03 18:00", "Fermé en ce moment, rouvre demain à 9 h", "Closed at the moment, opens tomorrow at 9:00"),
        ("2026-12-05 10:00", "Fermé en ce moment, rouvre lundi à 9 h", "Closed at the moment, opens on Monday at 9:00"),
    ],
)
def test_a_visitor_sees_whether_somebody_answers_now(now: str, said: str, in_english: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=PARIS)

    assert open_now("Mo-Fr 09:00-18:00", FRENCH, now=moment) == said
    assert open_now("Mo-Fr 09:00-18:00", ENGLISH, now=moment) == in_english
    assert open_now("du lundi au vendredi", FRENCH, now=moment) == ""
