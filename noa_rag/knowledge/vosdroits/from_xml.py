"""Reads a fiche from the official XML, refusing DTDs and entities, into the same tree as its JSON rendering."""

from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from noa_rag.domain.errors import Complaint, InvalidKnowledge
from noa_rag.knowledge.vosdroits.limits import DEPTH_LIMIT
from noa_rag.knowledge.vosdroits.nodes import Node

PREFIXES = {"http://purl.org/dc/elements/1.1/": "dc:"}


def node_from_xml(data: bytes, *, path: str) -> Node:
    """The root element of an XML document; spaces between elements are left out, as in the JSON rendering."""
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        message = "Declares a DTD or entities, which no official fiche does. Do not trust this file."
        raise _wrong(path, message) from error
    except ParseError as error:
        line = error.position[0]
        raise _wrong(path, f"Broken XML: {error.msg}. Fetch the file again.", line=line) from error
    except (LookupError, ValueError) as error:
        raise _wrong(path, f"Cannot be decoded: {error}. Save the file as UTF-8.") from error
    return _node(root, path, depth=1)


def _node(element: Element, path: str, *, depth: int) -> Node:
    if depth > DEPTH_LIMIT:
        raise _wrong(
            path, f"Elements are nested more than {DEPTH_LIMIT} deep. This is no official fiche: leave it out."
        )
    children: list[Node | str] = [element.text or ""]
    for child in element:
        children.append(_node(child, path, depth=depth + 1))
        children.append(child.tail or "")
    return Node(
        name=_name(element.tag),
        attributes={_name(name): value for name, value in element.attrib.items()},
        children=tuple(child for child in children if isinstance(child, Node) or child.strip()),
    )


def _name(tag: str) -> str:
    namespace, closing, local = tag.removeprefix("{").partition("}")
    return PREFIXES.get(namespace, "") + local if closing else tag


def _wrong(path: str, message: str, *, line: int = 0) -> InvalidKnowledge:
    return InvalidKnowledge([Complaint(path, line, message)])
