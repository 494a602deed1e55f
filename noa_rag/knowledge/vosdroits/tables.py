"""Renders a Tableau as a Markdown table; merged cells are repeated so that each row reads alone."""

import re

from noa_rag.knowledge.vosdroits.inline import render_inline
from noa_rag.knowledge.vosdroits.nodes import Node, text_of

BULLET = "•"
SPAN_LIMIT = 20  # The widest merged cell of 2020 covers seven rows; a larger figure is a mistake.


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
