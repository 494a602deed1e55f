"""Renders the content of a chapter as Markdown blocks: paragraphs, lists, tables, cases, boxed remarks."""

import re
from collections.abc import Callable, Sequence

from noa_rag.knowledge.vosdroits.inline import (
    INLINE,
    render_contact,
    render_inline,
    render_paragraph,
    render_reference,
    render_service,
)
from noa_rag.knowledge.vosdroits.nodes import Node, text_of

SILENT = frozenset({"Titre", "Condition", "Colonne"})
STARTS_ANEW = frozenset({"BlocCas", "Chapitre", "SousChapitre"})
EVERY_CASE = "Dans tous les cas"

CasePath = tuple[str, ...]

BULLET = "•"
SPAN_LIMIT = 20  # The widest merged cell of 2020 covers seven rows; a larger figure is a mistake.


def render_markdown(nodes: Sequence[Node], *, cases: CasePath = ()) -> str:
    """These elements as one Markdown text."""
    return "\n\n".join(render_blocks(nodes, cases=cases))


def render_blocks(nodes: Sequence[Node], *, cases: CasePath = ()) -> list[str]:
    """These elements as Markdown blocks; `cases` names the people concerned, the widest group first.

    What follows a set of cases holds for all of them, and gets a heading that says so: without it,
    it would read as a part of the last case.
    """
    blocks: list[str] = []
    after_cases = False
    for node in nodes:
        rendered = _render(node, cases)
        if rendered and after_cases and node.name not in STARTS_ANEW:
            blocks.append(_heading(4, *cases, EVERY_CASE) if cases else f"#### {EVERY_CASE}")
        after_cases = node.name == "BlocCas" or (after_cases and not rendered)
        blocks.extend(rendered)
    return blocks


def _render(node: Node, cases: CasePath) -> list[str]:
    if node.name in SILENT:
        return []
    if node.name in RENDERERS:
        return [block for block in RENDERERS[node.name](node, cases) if block]
    if node.name in INLINE or any(isinstance(child, str) for child in node.children):
        return _paragraph(node, cases)
    return render_blocks(
        node.elements, cases=cases
    )  # Texte, Introduction, Contenu…: wrappers without a mark of their own.


def _paragraph(node: Node, _: CasePath) -> list[str]:
    text = render_paragraph(node)
    return [text] if text else []


def _table(node: Node, _: CasePath) -> list[str]:
    return [render_table(node)]


def _list(node: Node, _: CasePath) -> list[str]:
    numbered = node.get("type") == "numero"
    items = [blocks for item in node.named("Item") if (blocks := render_blocks(item.elements))]
    lines = []
    for number, blocks in enumerate(items, start=1):
        marker = f"{number}. " if numbered else "- "
        indent = " " * len(marker)
        text = blocks[0]
        for block in blocks[1:]:
            text += ("\n" if block.startswith(("- ", "1. ")) else "\n\n") + block
        lines.append(marker + text.replace("\n", f"\n{indent}").replace(f"\n{indent}\n", "\n\n"))
    return ["\n".join(lines)]


def _box(node: Node, _: CasePath) -> list[str]:
    title = _title(node).rstrip(" \xa0:")
    blocks = render_blocks(node.elements)
    opening = f"**{title} :**" if title else ""
    if opening and blocks and _is_plain(blocks[0]):
        return [_quoted([f"{opening} {blocks[0]}", *blocks[1:]])]
    return [_quoted([opening, *blocks])]


def _is_plain(block: str) -> bool:
    return not block.startswith(("- ", "1. ", "#", ">", "|"))


def _quoted(blocks: Sequence[str]) -> str:
    text = "\n\n".join(block for block in blocks if block)
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n")) if text else ""


def _cases(node: Node, cases: CasePath) -> list[str]:
    blocks = []
    for case in node.named("Cas"):
        path = (*cases, _title(case)) if _title(case) else cases
        content = render_blocks(case.elements, cases=path)
        blocks += [_heading(4, *path), *content] if content and path else content
    return blocks


def _heading(level: int, *steps: str) -> str:
    """A heading that repeats the wider group before the narrower one: `##### Cas : Société › SARL`."""
    return f"{'#' * min(level + len(steps) - 1, 6)} Cas : {' › '.join(steps)}"


def _subchapter(node: Node, cases: CasePath) -> list[str]:
    title = _title(node)
    return [f"### {title}" if title else "", *render_blocks(node.elements, cases=cases)]


def _chapter(node: Node, cases: CasePath) -> list[str]:
    """A chapter inside a chapter, as the addresses of a contact have them."""
    title = _title(node)
    return [f"**{title}**" if title else "", *render_blocks(node.elements, cases=cases)]


def _service(node: Node, cases: CasePath) -> list[str]:
    return [render_service(node), *render_blocks(node.named("Introduction", "Texte"), cases=cases)]


def _contact(node: Node, _: CasePath) -> list[str]:
    return [_quoted([render_contact(node), *render_blocks(node.named("Texte"))])]


def _reference(node: Node, _: CasePath) -> list[str]:
    return [render_reference(node)]


def _title(node: Node) -> str:
    title = node.first("Titre")
    return render_inline(title) if title and text_of(title) else ""


RENDERERS: dict[str, Callable[[Node, CasePath], list[str]]] = {
    "Paragraphe": _paragraph,
    "Liste": _list,
    "Tableau": _table,
    "BlocCas": _cases,
    "SousChapitre": _subchapter,
    "Chapitre": _chapter,
    "ServiceEnLigne": _service,
    "OuSAdresser": _contact,
    "Reference": _reference,
    **dict.fromkeys(("ASavoir", "ANoter", "Attention", "Rappel", "Exemple", "Avertissement"), _box),
}


def render_table(table: Node) -> str:
    """The table, its title in bold above it; a table without a header row gets an empty one."""
    rows, is_header = _grid(table), [row.get("type") == "header" for row in table.named("Rangée")]
    if not rows:
        return ""
    width = max(len(row) for row in rows)
    headed = bool(is_header and is_header[0])
    header, body = (rows[0], rows[1:]) if headed else ([""] * width, rows)
    lines = [_line(header, width), "|" + " --- |" * width, *(_line(row, width) for row in body)]
    title = text_of(table.first("Titre"))
    heading = f"**{render_inline(_titled(table))}**\n\n" if title else ""
    return heading + "\n".join(lines)


def _titled(table: Node) -> Node:
    title = table.first("Titre")
    assert title is not None
    return title


def _grid(table: Node) -> list[list[str]]:
    """The cells row by row, with the text of a cell repeated wherever it stretches."""
    grid: list[list[str]] = []
    hanging: dict[int, tuple[int, str]] = {}
    for row in table.named("Rangée"):
        cells: list[str] = []
        for cell in row.named("Cellule"):
            _let_down(hanging, cells)
            text, width, height = _cell(cell), _span(cell, "fusionHorizontale"), _span(cell, "fusionVerticale")
            for column in range(len(cells), len(cells) + width):
                if height > 1:
                    hanging[column] = (height - 1, text)
            cells.extend([text] * width)
        _let_down(hanging, cells)
        grid.append(cells)
    return grid


def _let_down(hanging: dict[int, tuple[int, str]], cells: list[str]) -> None:
    while len(cells) in hanging:
        column = len(cells)
        rows_left, text = hanging.pop(column)
        cells.append(text)
        if rows_left > 1:
            hanging[column] = (rows_left - 1, text)


def _span(cell: Node, attribute: str) -> int:
    value = cell.get(attribute)
    return min(int(value), SPAN_LIMIT) if re.fullmatch(r"[1-9][0-9]{0,2}", value) else 1


def _cell(cell: Node) -> str:
    return " ".join(part for part in _parts(cell) if part).replace("|", "\\|")


def _parts(node: Node) -> list[str]:
    if node.name == "Liste":
        return [f"{BULLET} {' '.join(_parts(item))}" for item in node.named("Item")]
    if node.name == "Paragraphe" or not node.elements:
        return [render_inline(node)]
    return [part for child in node.elements for part in _parts(child)]


def _line(cells: list[str], width: int) -> str:
    padded = cells + [""] * (width - len(cells))
    return "| " + " | ".join(padded) + " |"
