"""The tree of a fiche, read from its JSON or from the official XML, refusing DTDs and entities."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from noa_rag.domain.errors import wrong

BREAKABLE_SPACE = re.compile(r"[ \t\r\n\f\v]+")  # The no-break space is French typography, and stays.
# Control characters, invisible marks, halves of characters: entries with these are refused when they are read back.
NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff\ud800-\udfff]")
DEPTH_LIMIT = 100  # The deepest fiche of 2020 nests 15 elements; Python stops near 1,000 calls.
PREFIXES = {"http://purl.org/dc/elements/1.1/": "dc:"}


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


def node_from_json(data: bytes, *, path: str) -> Node:
    """The root element of a JSON tree, with or without the wrapper `{id, children}` around it."""
    tree = loaded_json(data, path, advice=_DEPTH_ADVICE)
    if isinstance(tree, dict) and "name" not in tree and isinstance(tree.get("children"), list):
        elements = [child for child in tree["children"] if isinstance(child, dict) and child.get("type") == "element"]
        if len(elements) != 1:
            raise wrong(path, f"Expected one root element under `children`, found {len(elements)}.")
        tree = elements[0]
    root = _node(tree, path, depth=1)
    if isinstance(root, str):
        raise wrong(path, "The root is a text. Expected an element named `Publication`.")
    return root


def loaded_json(data: bytes, path: str, *, advice: str) -> object:
    """Return what a JSON file holds. Raises InvalidKnowledge, with `advice` on what is nested beyond reading."""
    try:
        tree: object = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise wrong(path, f"Not UTF-8 text (byte {error.start}). Save the file as UTF-8.") from error
    except json.JSONDecodeError as error:
        raise wrong(path, f"Broken JSON: {error.msg}. Fetch the file again.", line=error.lineno) from error
    except (RecursionError, ValueError) as error:
        raise wrong(path, f"Nested or sized beyond reading. {advice}") from error
    return tree


def _node(tree: object, path: str, *, depth: int) -> Node | str:
    if depth > DEPTH_LIMIT:
        raise wrong(path, f"Elements are nested more than {DEPTH_LIMIT} deep. {_DEPTH_ADVICE}")
    if not isinstance(tree, dict):
        raise wrong(path, f"Expected a node `{{type, name, children}}`, found {type(tree).__name__}.")
    if tree.get("type") == "text":
        return _string(tree.get("text"), "text", path)
    children = tree.get("children") or []
    if not isinstance(children, list):
        raise wrong(path, "`children` must be a list.")
    nodes = (_node(child, path, depth=depth + 1) for child in children)
    return Node(
        name=_string(tree.get("name"), "name", path),
        attributes=_attributes(tree.get("attributes"), path),
        children=tuple(node for node in nodes if isinstance(node, Node) or node.strip()),
    )


def _attributes(attributes: object, path: str) -> dict[str, str]:
    if attributes is None:
        return {}
    if not isinstance(attributes, dict):
        raise wrong(path, "`attributes` must be an object.")
    return {name: _string(value, f"attribute {name}", path) for name, value in attributes.items()}


def _string(value: object, what: str, path: str) -> str:
    if not isinstance(value, str):
        raise wrong(path, f"The {what} of a node must be text, found {type(value).__name__}.")
    return value


_DEPTH_ADVICE = "This is no official fiche: leave it out."


def node_from_xml(data: bytes, *, path: str) -> Node:
    """The root element of an XML document; spaces between elements are left out, as in the JSON rendering."""
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        message = "Declares a DTD or entities, which no official fiche does. Do not trust this file."
        raise wrong(path, message) from error
    except ParseError as error:
        line = error.position[0]
        raise wrong(path, f"Broken XML: {error.msg}. Fetch the file again.", line=line) from error
    except (LookupError, ValueError) as error:
        raise wrong(path, f"Cannot be decoded: {error}. Save the file as UTF-8.") from error
    return _node_of_element(root, path, depth=1)


def _node_of_element(element: Element, path: str, *, depth: int) -> Node:
    if depth > DEPTH_LIMIT:
        raise wrong(path, f"Elements are nested more than {DEPTH_LIMIT} deep. {_DEPTH_ADVICE}")
    children: list[Node | str] = [element.text or ""]
    for child in element:
        children.append(_node_of_element(child, path, depth=depth + 1))
        children.append(child.tail or "")
    return Node(
        name=_name(element.tag),
        attributes={_name(name): value for name, value in element.attrib.items()},
        children=tuple(child for child in children if isinstance(child, Node) or child.strip()),
    )


def _name(tag: str) -> str:
    namespace, closing, local = tag.removeprefix("{").partition("}")
    return PREFIXES.get(namespace, "") + local if closing else tag
