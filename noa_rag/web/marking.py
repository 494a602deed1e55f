"""Rendered text as an answer shows it: the passage that answers is marked in the whole, the first sentence leads."""

import re
from collections.abc import Iterator
from html import unescape

from markupsafe import Markup

_TAG = re.compile(r"<(?:[^<>\"]|\"[^\"]*\")*>")
_BLOCK = re.compile(r"</?(?:p|li|ul|ol|h[1-6]|div|table|t[rdh]|thead|tbody|blockquote|pre|hr|br)\b")
_CHARACTER = re.compile(r"&(?:#\w+|\w+);|.", re.DOTALL)
_SENTENCE_END = re.compile(r"[.!?…](?=\s)")
_FIRST_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
LEAD_LENGTH = range(20, 221)  # characters; a shorter one says nothing yet ("Oui."), a longer one is no sentence to lead


def marked(html: Markup, passage: Markup, anchor: str = "") -> Markup:
    """Return the text with the passage in `<mark>`, piece by piece where tags part it; as it is where it is not there.

    Tags and white space do not count, so that a list is found with the line that leads into it. `anchor` is the id of
    the first piece.
    """
    wanted = "".join(character for character, _, _ in _characters(passage))
    places = list(_characters(html))
    start = "".join(character for character, _, _ in places).find(wanted)
    if not wanted or start < 0:
        return html
    first, last = places[start][1], places[start + len(wanted) - 1][2]
    inside = html[first:last]
    pieces, position = [], 0
    for tag in _TAG.finditer(inside):
        pieces += [_mark(inside[position : tag.start()]), tag[0]]
        position = tag.end()
    pieces.append(_mark(inside[position:]))
    if anchor:
        place = next(at for at, piece in enumerate(pieces) if piece.startswith("<mark>"))
        pieces[place] = pieces[place].replace("<mark>", f'<mark id="{anchor}">', 1)
    return Markup("".join([html[:first], *pieces, html[last:]]))


def split_lead(html: Markup) -> tuple[Markup, Markup]:
    """Return the first sentence of a text and the rest; none where the text begins with no sentence of good length."""
    paragraph = _FIRST_PARAGRAPH.match(html)
    if paragraph is None:
        return Markup(), html
    text = paragraph[1]
    ends = [found.end() for found in _SENTENCE_END.finditer(text) if _is_outside(text[: found.end()])] + [len(text)]
    end = next((end for end in ends if len(_plain(text[:end])) >= LEAD_LENGTH.start), 0)
    if len(_plain(text[:end])) not in LEAD_LENGTH or text[:end].endswith(":"):  # a colon announces what follows
        return Markup(), html
    rest = text[end:].lstrip()
    return Markup(f"<p>{text[:end]}</p>"), Markup(f"{f'<p>{rest}</p>' if rest else ''}{html[paragraph.end() :]}")


def _characters(html: str) -> Iterator[tuple[str, int, int]]:
    """Yield each visible character with where it begins and ends in the HTML."""
    position = 0
    for tag in (*_TAG.finditer(html), None):
        stop = tag.start() if tag else len(html)
        for found in _CHARACTER.finditer(html, position, stop):
            if character := unescape(found[0]).strip(" \t\r\n\u00a0*"):
                yield character, found.start(), found.end()
        position = tag.end() if tag else stop


def _mark(text: str) -> str:
    return f"<mark>{text}</mark>" if text.strip() else text


def _is_outside(html: str) -> bool:
    """Return whether no tag is open at the end, and the sentence does not end with an abbreviation or a number."""
    word = _plain(html).split()[-1]
    is_abbreviated = len(word) <= 4 and word[:-1].casefold() in {"art", "n°", "cf", "ex", "env", "min", "max", "m", "r"}
    return html.count("<") == 2 * html.count("</") and not is_abbreviated


def _plain(html: str) -> str:
    return unescape(_TAG.sub("", html))
