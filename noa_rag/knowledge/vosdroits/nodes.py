"""The tree of a fiche, the same whether it was read from XML or from JSON."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

BREAKABLE_SPACE = re.compile(r"[ \t\r\n\f\v]+")  # The no-break space is French typography, and stays.
# Control characters, invisible marks, halves of characters: entries with these are refused when they are read back.
NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Node:
    """An element: its children are elements and stretches of text, in reading order."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: tuple["Node | str", ...] = ()

    @property
    def elements(self) -> tuple["Node", ...]:
        return tuple(child for child in self.children if isinstance(child, Node))

    def named(self, *names: str) -> tuple["Node", ...]:
        """The child elements that bear one of these names."""
        return tuple(child for child in self.elements if child.name in names)

    def first(self, name: str) -> "Node | None":
        return next(iter(self.named(name)), None)

    def get(self, attribute: str) -> str:
        """The attribute's value without the spaces around it, or nothing."""
        return self.attributes.get(attribute, "").strip()

    def walk(self) -> Iterator["Node"]:
        """This element and all beneath it, in reading order."""
        yield self
        for child in self.elements:
            yield from child.walk()


def text_of(node: Node | None) -> str:
    """All text beneath a node on one line, without markup; empty when there is no node."""
    if node is None:
        return ""
    return one_line("".join(_stretches(node)))


def one_line(text: str) -> str:
    """The text with its line breaks and repeated spaces brought down to single spaces."""
    spaced = BREAKABLE_SPACE.sub(lambda space: "\n" if "\n" in space.group() else " ", NOT_TEXT.sub("", text))
    # After a link, the stored text breaks the line before the full stop that belongs to it.
    return spaced.replace("\n.", ".").replace("\n,", ",").replace("\n", " ").strip()


def _stretches(node: Node) -> Iterator[str]:
    for child in node.children:
        if isinstance(child, str):
            yield child
        else:
            yield from _stretches(child)
