"""SVG made fit for a page: no styles that its security policy forbids, no addresses, the page's own colours."""

import re
from collections.abc import Collection, Iterator, Mapping
from xml.etree.ElementTree import Element, tostring

from defusedxml.ElementTree import fromstring

REFERENCE = re.compile(r"#([\w-]+)")
# `font` and `text-align` have no attribute of their own; letters are the page's.
WITHOUT_ATTRIBUTE = ("font", "text-align")
FONT_SIZE = re.compile(r"([\d.]+)px")


def tidied(text: str, *, summary: str, colours: Mapping[str, str] | None = None, without: Collection[str] = ()) -> str:
    """Return the drawing as an image with a summary, its styles as attributes and its colours replaced.

    Elements named in `without` are left out, beside metadata and style sheets.
    """
    root: Element = fromstring(text)
    colours = colours or {}
    _drop(root, "metadata", "style", *without)
    for element in root.iter():
        _strip_namespaces(element)
        _styles_to_attributes(element)
        for name, value in element.attrib.items():
            element.set(name, colours.get(value.lower(), value))
    _drop_idle_ids(root)
    view_box = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib.update({"class": "drawing", "viewBox": view_box, "role": "img", "aria-label": summary})
    return re.sub(r"\s*\n\s*", "\n", tostring(root, encoding="unicode")).strip()


def _drop(root: Element, *names: str) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] in names:
                parent.remove(child)


def _strip_namespaces(element: Element) -> None:
    element.tag = element.tag.rpartition("}")[2]
    for name in [name for name in element.attrib if name.startswith("{")]:
        element.set(name.rpartition("}")[2], element.attrib.pop(name))


def _styles_to_attributes(element: Element) -> None:
    for name, value in _styles(element.attrib.pop("style", "")):
        if name == "font" and (size := FONT_SIZE.search(value)):
            element.set("font-size", size[1])
        if name not in WITHOUT_ATTRIBUTE:
            element.set(name, value)


def _styles(style: str) -> Iterator[tuple[str, str]]:
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        if value:
            yield name.strip(), value.strip()


def _drop_idle_ids(root: Element) -> None:
    """Keep ids that something in the drawing refers to; the others (`axes_1`) would stand twice on a page."""
    used = {
        match
        for element in root.iter()
        for name, value in element.attrib.items()
        if "url(" in value or name == "href"
        for match in REFERENCE.findall(value)
    }
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
