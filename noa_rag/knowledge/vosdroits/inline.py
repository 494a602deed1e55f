"""Renders the inside of a paragraph as Markdown: links, emphasis, figures, superscripts."""

import re

from noa_rag.knowledge.vosdroits.addresses import link_target
from noa_rag.knowledge.vosdroits.nodes import Node, one_line, text_of

STRONG = frozenset({"MiseEnEvidence"})
SLANTED = frozenset({"Expression", "Citation", "TermeEtranger"})
LINKS = frozenset({"LienExterne", "LienInterne", "LienIntra", "LienWeb"})
INLINE = STRONG | SLANTED | LINKS | {"Exposant", "Indice", "Valeur"}

WHITE = " \t\r\n\f\v\xa0\u202f"
EDGE_START, EDGE_END = ",.;:)", "(,;:«"  # Left outside emphasis: Markdown wants its marks against letters.

CLOSES_A_WORD = frozenset("€%)»")

MARKDOWN_SIGNS = re.compile(r"[\\`*\[\]]|<(?=[A-Za-z/!?])|(?<!\w)_|_(?!\w)|~(?=~)")
BLOCK_OPENING = re.compile(r"^(?:([#>+=-]+)|(\d{1,9})([.)]))(?=\s|$)")


def render_inline(node: Node) -> str:
    """The text of an element as one line of Markdown."""
    return one_line(_joined(node, frozenset()))


def render_paragraph(node: Node) -> str:
    """The same, guarded so that its first characters don't open a list, a quote or a heading."""
    return BLOCK_OPENING.sub(_guarded, render_inline(node))


def escape(text: str) -> str:
    """The text with the signs that Markdown would take for its own made literal."""
    return MARKDOWN_SIGNS.sub(lambda sign: "\\" + sign.group(), text)


def render_link(title: str, url: str | None) -> str:
    """A Markdown link, or the title alone where there is no address."""
    shown = escape(one_line(title))
    return f"[{shown}]({url})" if url and shown else shown


def _joined(node: Node, marks: frozenset[str]) -> str:
    rendered = ""
    previous: Node | str = ""
    for child in node.children:
        piece = escape(child) if isinstance(child, str) else _element(child, marks)
        if isinstance(child, Node) and isinstance(previous, Node) and _lost_a_space(previous, child):
            rendered += " "
        rendered += piece
        previous = child
    return rendered


def _lost_a_space(left: Node, right: Node) -> bool:
    """Whether words of two neighbouring elements would run together: the space between them is not stored."""
    if right.name in {"Exposant", "Indice"}:
        return False
    last, first = text_of(left)[-1:], text_of(right)[:1]
    return (last.isalnum() or last in CLOSES_A_WORD) and first.isalnum()


def _element(node: Node, marks: frozenset[str]) -> str:
    if node.name in STRONG:
        return _marked(node, "**", marks)
    if node.name in SLANTED:
        return _marked(node, "*", marks)
    if node.name in LINKS and "[" not in marks:
        return _link(node, marks)
    return _joined(node, marks)


def _marked(node: Node, mark: str, marks: frozenset[str]) -> str:
    """Emphasis keeps its marks against the words: `** mot**` or `**mot (**suite` would show its stars."""
    if mark in marks:
        return _joined(node, marks)
    text = _joined(node, marks | {mark})
    before, inside, after = _split_at(text, EDGE_START, EDGE_END)
    return f"{before}{mark}{inside}{mark}{after}" if inside else text


def _link(node: Node, marks: frozenset[str]) -> str:
    url = link_target(node)
    text = _joined(node, marks | {"["} if url else marks)
    before, inside, after = _split_at(text, "", "")
    return f"{before}[{inside}]({url}){after}" if url and inside else text


def _split_at(text: str, start_signs: str, end_signs: str) -> tuple[str, str, str]:
    """The text between what spaces and signs stand at its edges."""
    inside = text.lstrip(WHITE + start_signs).rstrip(WHITE + end_signs)
    start = len(text) - len(text.lstrip(WHITE + start_signs))
    return text[:start], inside, text[start + len(inside) :]


def _guarded(opening: re.Match[str]) -> str:
    signs, number, closing = opening.groups()
    return f"\\{signs}" if signs else f"{number}\\{closing}"
