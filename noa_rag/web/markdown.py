"""Approved text to HTML that is safe to show and whose headings fit the page."""

import re
from collections.abc import Sequence
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_ALLOWED_SCHEMES = {"http", "https", "mailto", "tel"}
_TAGS = "p br hr a strong em code pre blockquote ul ol li h2 h3 h4 h5 h6 table thead tbody tr th td"
_ALLOWED_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_LOWEST_HEADING = 6

_reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
# Refused addresses leave their link as plain text.
_reader.validateLink = lambda url: url.partition(":")[0].lower() in _ALLOWED_SCHEMES  # type: ignore[method-assign]


@lru_cache(maxsize=1024)  # The same approved texts are shown all day; rendering one takes about a millisecond.
def render_markdown(text: str, *, heading_level: int, table_label: str) -> Markup:
    """Return the text as sanitised HTML whose topmost headings are of the level given."""
    tokens = _reader.parse(text)
    _move_headings(tokens, heading_level)
    html = nh3.clean(
        _reader.renderer.render(tokens, _reader.options, {}),
        tags=set(_TAGS.split()),
        attributes=_ALLOWED_ATTRIBUTES,
        url_schemes=_ALLOWED_SCHEMES,
        link_rel="noopener nofollow",
    )
    return Markup(_scrollable_tables(html, table_label))


def _move_headings(tokens: Sequence[Token], top: int) -> None:
    """Shift headings under the page's own, never skipping a level on the way down."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    if not headings:
        return
    shift = top - min(int(token.tag[1]) for token in headings)
    previous = top - 1
    for token in headings:
        if token.type == "heading_open":
            previous = min(int(token.tag[1]) + shift, previous + 1, _LOWEST_HEADING)
        token.tag = f"h{previous}"


def _scrollable_tables(html: str, label: str) -> str:
    """Let a wide table scroll inside its own box, which the keyboard can reach."""
    opening = f'<div class="table" role="group" tabindex="0" aria-label="{Markup.escape(label)}"><table>'
    return re.sub("<table>", opening, html).replace("</table>", "</table></div>")
