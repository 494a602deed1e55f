"""Sentences of French official texts, for marks."""

import pytest

from noa_rag.knowledge.pack import Pack
from review_ui.quality.questions import sentences, split


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "M. Dupont écrit à l'INPI. Il joint le formulaire n° 12 (cf. art. L. 123-4 du C. com.). C'est gratuit.",
            [
                "M. Dupont écrit à l'INPI.",
                "Il joint le formulaire n° 12 (cf. art. L. 123-4 du C. com.).",
                "C'est gratuit.",
            ],
        ),
        (
            "Le délai est d'env. 3 jours, dès le 1er janv. 2026. Ensuite ?",
            ["Le délai est d'env. 3 jours, dès le 1er janv. 2026.", "Ensuite ?"],
        ),
        (
            "La TVA est de 20 %. Voir l'art. 256 A du CGI, etc. Payez 1 000,50 €.",
            ["La TVA est de 20 %.", "Voir l'art. 256 A du CGI, etc.", "Payez 1 000,50 €."],
        ),
        (
            "Les S.A.R.L. et S.A.S. sont concernées. Me Martin répond !",
            ["Les S.A.R.L. et S.A.S. sont concernées.", "Me Martin répond !"],
        ),
        ("« Qui peut déposer ? » Toute personne.", ["« Qui peut déposer ? »", "Toute personne."]),
        (
            "Déclarez sur impots.gouv.fr. Tél. : 01 44 55 66 77.",
            ["Déclarez sur impots.gouv.fr.", "Tél. : 01 44 55 66 77."],
        ),
        ("1. La déclaration", ["1. La déclaration"]),
        ("Sous la mention « EI ». Il peut en changer…", ["Sous la mention « EI ».", "Il peut en changer…"]),
        (" … ", []),
        ("", []),
    ],
)
def test_plain_text_is_split_as_people_read_it(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_items_headings_and_rows_stand_apart_and_signs_of_markdown_go() -> None:
    text = (
        "Le dépôt est **en ligne**, sur\n[le site](https://www.inpi.fr). Voyez `a.b`.\n\n"
        "- une classe : 190 €\n- deux classes. Et plus.\n\n### Délais\n\n| Acte | Prix |\n|---|---|\n| Dépôt | 190 € |"
    )

    assert sentences(text) == [
        "Le dépôt est en ligne, sur le site.",
        "Voyez a.b.",
        "une classe : 190 €",
        "deux classes.",
        "Et plus.",
        "Délais",
        "Acte ; Prix",
        "Dépôt ; 190 €",
    ]


def test_no_word_of_the_bundled_entries_is_lost_or_invented(bundled_pack: Pack) -> None:
    for entry_id, content in bundled_pack.entries:
        parts = sentences(content.answer)
        for sentence in parts:
            assert len(sentence) < 400, (entry_id, sentence)
        letters = [char for char in "".join(parts) if char.isalpha()]
        assert len(letters) <= sum(char.isalpha() for char in content.answer), entry_id
        assert letters, entry_id
