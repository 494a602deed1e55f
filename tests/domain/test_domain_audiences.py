"""What visitors say they are."""

import pytest

from noa_rag.answering.steps.understand import audience_named
from noa_rag.domain.entry import Audience


@pytest.mark.parametrize(
    ("text", "audience"),
    [
        ("Je suis auto-entrepreneur, dois-je la CFE ?", Audience.MICRO_ENTREPRENEUR),
        ("en tant que micro-entrepreneuse", Audience.MICRO_ENTREPRENEUR),
        ("ma microentreprise de couture", Audience.MICRO_ENTREPRENEUR),
        ("notre association veut embaucher", Audience.ASSOCIATION_EMPLOYER),
        ("on est une asso de quartier", Audience.ASSOCIATION_EMPLOYER),
        ("nous sommes une PME de 40 personnes", Audience.PME),
        ("pour une TPE", Audience.TPE),
        ("my start-up needs money", Audience.START_UP),
    ],
)
def test_somebody_who_says_what_she_is_is_taken_at_her_word(text: str, audience: Audience) -> None:
    assert audience_named(text) is audience


@pytest.mark.parametrize(
    "text",
    [
        "les aides aux PME",
        "créer une association",
        "passer de la micro-entreprise à la société",
        "je suis micro-entrepreneur et mon association emploie",  # which of the two asks?
        "un client de ma tante",
        "",
    ],
)
def test_a_public_that_is_only_spoken_of_does_not_count(text: str) -> None:
    assert audience_named(text) is None
