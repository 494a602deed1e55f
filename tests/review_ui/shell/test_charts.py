"""Charts of the workspace, as drawings."""

from review_ui.shell.charts import Series, lines


def test_a_value_without_neighbours_is_a_dot() -> None:
    alone = lines(["octobre"], [Series("publiées", (3,))], "Une publication", str)
    between = lines(["a", "b", "c"], [Series("publiées", (None, 3, None))], "Une publication", str)

    assert alone.count("<circle") == 1
    assert between.count("<circle") == 1
