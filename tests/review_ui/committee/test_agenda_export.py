"""What people wrote, in files that spreadsheets and Markdown readers open."""

import html
import re

import pytest
from markdown_it import MarkdownIt

from review_ui.committee.views import escaped


@pytest.mark.parametrize(
    "text",
    [
        "# pas un titre",
        "1. pas une liste",
        "12) pas une liste",
        "- pas une liste",
        "+ pas une liste",
        "2026-11-24 00:00",
        "=====",
        "> pas une citation",
        "**gras** _ital_ ~~barré~~ `code`",
        "[lien](https://evil.example) ![image](x)",
        "<script>alert(1)</script> &lt; &amp;",
        "a | b \\| c \\",
        "https://evil.example et www.evil.example",
        "```",
        "![x][y]",
    ],
)
def test_markdown_shows_a_text_as_it_was_written(text: str) -> None:
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])

    alone = reader.render(escaped(text))
    in_a_cell = reader.render(f"| a |\n| --- |\n| {escaped(text)} |\n")

    assert alone == f"<p>{html.escape(text).replace('&#x27;', chr(39))}</p>\n"
    assert re.findall(r"<td>(.*)</td>", in_a_cell) == [html.escape(text).replace("&#x27;", "'")]


def test_addresses_do_not_become_links() -> None:
    assert escaped("https://evil.example, www.evil.example") == r"https\://evil.example, www\.evil.example"
