"""Reads a fiche from its JSON tree: nodes `{type, name, attributes, children}`, text in `{type: "text", text}`."""

import json

from noa_rag.domain.errors import Complaint, InvalidKnowledge
from noa_rag.knowledge.vosdroits.limits import DEPTH_LIMIT
from noa_rag.knowledge.vosdroits.nodes import Node


def node_from_json(data: bytes, *, path: str) -> Node:
    """The root element of a JSON tree, with or without the wrapper `{id, children}` around it."""
    tree = _loaded(data, path)
    if isinstance(tree, dict) and "name" not in tree and isinstance(tree.get("children"), list):
        elements = [child for child in tree["children"] if isinstance(child, dict) and child.get("type") == "element"]
        if len(elements) != 1:
            raise _wrong(path, f"Expected one root element under `children`, found {len(elements)}.")
        tree = elements[0]
    root = _node(tree, path, depth=1)
    if isinstance(root, str):
        raise _wrong(path, "The root is a text. Expected an element named `Publication`.")
    return root


def _loaded(data: bytes, path: str) -> object:
    try:
        tree: object = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _wrong(path, f"Not UTF-8 text (byte {error.start}). Save the file as UTF-8.") from error
    except json.JSONDecodeError as error:
        raise _wrong(path, f"Broken JSON: {error.msg}. Fetch the file again.", line=error.lineno) from error
    except (RecursionError, ValueError) as error:
        raise _wrong(path, f"Nested or sized beyond reading. {_DEPTH_ADVICE}") from error
    return tree


def _node(tree: object, path: str, *, depth: int) -> Node | str:
    if depth > DEPTH_LIMIT:
        raise _wrong(path, f"Elements are nested more than {DEPTH_LIMIT} deep. {_DEPTH_ADVICE}")
    if not isinstance(tree, dict):
        raise _wrong(path, f"Expected a node `{{type, name, children}}`, found {type(tree).__name__}.")
    if tree.get("type") == "text":
        return _string(tree.get("text"), "text", path)
    children = tree.get("children") or []
    if not isinstance(children, list):
        raise _wrong(path, "`children` must be a list.")
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
        raise _wrong(path, "`attributes` must be an object.")
    return {name: _string(value, f"attribute {name}", path) for name, value in attributes.items()}


def _string(value: object, what: str, path: str) -> str:
    if not isinstance(value, str):
        raise _wrong(path, f"The {what} of a node must be text, found {type(value).__name__}.")
    return value


def _wrong(path: str, message: str, *, line: int = 0) -> InvalidKnowledge:
    return InvalidKnowledge([Complaint(path, line, message)])


_DEPTH_ADVICE = "This is no official fiche: leave it out."
