"""Tables for spreadsheets, and what people wrote in them."""

import csv

import pytest

from noa_rag.statistics.sheet import BYTE_ORDER_MARK, csv_text, guarded


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("=1+1", "'=1+1"),
        ("  \t=1+1", "'=1+1"),
        ("+33 1 23", "'+33 1 23"),
        ("-5 %", "'-5 %"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("Que coûte une marque ?", "Que coûte une marque ?"),
        ("deux\r\nlignes", "deux lignes"),
        ("", ""),
    ],
)
def test_no_text_is_a_formula(cell: str, kept: str) -> None:
    assert guarded(cell) == kept


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    text = csv_text([["=1+1", -3, 0.25, None, "a;b"]], decimal_mark=",")

    assert text.startswith(BYTE_ORDER_MARK)
    assert list(csv.reader([text.removeprefix(BYTE_ORDER_MARK)], delimiter=";")) == [["'=1+1", "-3", "0,25", "", "a;b"]]
