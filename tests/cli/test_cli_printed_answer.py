"""What `noa ask` prints for people."""

from dataclasses import replace

import pytest

from noa_rag.cli.ask import print_answer
from noa_rag.domain.agency import LocalOffice
from noa_rag.domain.answer import AnswerPart, PersonalData, PersonalDataKind, Searched
from tests.web.fake_service import INPI, THEMES, an_abstention, an_answer, an_entry


def test_a_refusal_is_printed_with_the_ways_on_that_it_leaves(capsys: pytest.CaptureFixture[str]) -> None:
    office = LocalOffice("La DREETS de votre région", "https://dreets.gouv.fr", phone="0 806 000 126")
    answer = an_abstention(an_entry(), contact=replace(INPI, elsewhere=office))

    print_answer(replace(answer, searched=Searched(("marque", "dragon"), ("dragon",)), themes=THEMES), {})

    said = capsys.readouterr().out
    for line in (
        "1. Comment déposer une marque ?",
        "Mots cherchés : marque, dragon",
        "Aucune fiche ne contient : dragon",
        "Thèmes : Marques, brevets et créations, Cotisations sociales",
        f"{INPI.name} : https://www.inpi.fr 01 56 65 89 98",
        "Dans une autre région : La DREETS de votre région, https://dreets.gouv.fr 0 806 000 126",
    ):
        assert f"  {line}\n" in said


def test_a_part_without_answer_is_printed_with_whom_to_ask(capsys: pytest.CaptureFixture[str]) -> None:
    entry = an_entry()
    parts = (AnswerPart("ma marque", entry, "Le dépôt."), AnswerPart("mon dragon", contact=INPI))

    print_answer(an_answer(entry, parts=parts), {INPI.id: INPI})

    said = capsys.readouterr().out
    assert f"pas de réponse validée à cette partie.\n  {INPI.name} : https://www.inpi.fr 01 56 65 89 98\n" in said


def test_what_was_masked_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    masked = PersonalData((PersonalDataKind.PHONE,), INPI)

    print_answer(an_answer(an_entry(), personal_data=masked), {INPI.id: INPI})

    assert "  Noa a masqué votre numéro de téléphone" in capsys.readouterr().out
