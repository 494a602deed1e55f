"""Addresses: of fiches, forms and web pages, as they may stand in a Markdown link."""

from urllib.parse import urlsplit

from noa_rag.knowledge.vosdroits.nodes import Node

# The address that the fiches give themselves (`spUrl`); 271 of the 706 carry none and get it built from their id.
# The publisher redirects it when its sites move, which an address of our own choosing could not promise.
FICHE_FOLDERS = {
    "Professionnels": "https://www.service-public.fr/professionnels-entreprises/vosdroits",
    "Particuliers": "https://www.service-public.fr/particuliers/vosdroits",
    "Associations": "https://www.service-public.fr/associations/vosdroits",
}
DEFAULT_AUDIENCE = "Professionnels"

WEB_SCHEMES = frozenset({"http", "https"})
UNSAFE_IN_LINKS = {
    " ": "%20",
    "(": "%28",
    ")": "%29",
    "<": "%3C",
    ">": "%3E",
    "[": "%5B",
    "]": "%5D",
    "\\": "%5C",
    '"': "%22",
}

PAGE_TYPES = frozenset(
    {"Formulaire", "Téléservice", "Modèle de document", "Simulateur", "Outil de recherche", "Service en ligne redirigé"}
)


def fiche_url(fiche: Node) -> str:
    """The official page of a fiche."""
    return web_url(fiche.get("spUrl")) or page_url(fiche.get("ID"))


def page_url(page_id: str, audience: str = DEFAULT_AUDIENCE) -> str:
    """The official page that bears an id, on the site for that audience."""
    folder = FICHE_FOLDERS.get(audience, FICHE_FOLDERS[DEFAULT_AUDIENCE])
    return f"{folder}/{page_id}"


def web_url(url: str) -> str | None:
    """The address made safe for a Markdown link, or None unless it is a web address."""
    compact = "".join(UNSAFE_IN_LINKS.get(character, character) for character in url.strip() if character.isprintable())
    try:
        parts = urlsplit(compact)
    except ValueError:
        return None
    return compact if parts.scheme.lower() in WEB_SCHEMES and parts.netloc else None


def link_target(link: Node) -> str | None:
    """Where a link inside a text leads, or None when its text stands alone.

    Links to the glossary have no page of their own: the definition is a section of the same entry.
    """
    if link.name == "LienExterne":
        return web_url(link.get("URL"))
    page_id = link.get("LienPublication") or link.get("LienID")
    if not page_id.isalnum():
        return None
    if page_id.startswith(("F", "N")) or link.get("type") in PAGE_TYPES:
        return page_url(page_id, link.get("audience"))
    return None
