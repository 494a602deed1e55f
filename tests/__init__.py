"""Tests; `tests.factories` and `tests.fakes` are shared by all of them."""
