"""Phone spelling is written out; words that are French already stay as typed."""

import pytest

from noa_rag.french.courtesies import plain_spelling


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("es ce que je doi payer cb", "est-ce que je dois payer combien"),
        ("jpeux embaucher qqun pr 3 mois", "je peux embaucher quelqu'un pour 3 mois"),
        ("Pkoi la CFE ?", "pourquoi la CFE ?"),
        ("est ce ke je peu deduire ma voiture", "est-ce que je peux deduire ma voiture"),
        ("tu peu me dire si on peu embaucher", "tu peux me dire si on peut embaucher"),
        ("je gagne un peu, trop peu pour payer", "je gagne un peu, trop peu pour payer"),
        ("comment déposer une marque en 2026 ?", "comment déposer une marque en 2026 ?"),
    ],
)
def test_phone_spelling_is_written_out(typed: str, plain: str) -> None:
    assert plain_spelling(typed) == plain
