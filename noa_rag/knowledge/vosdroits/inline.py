"""Renders the inside of a paragraph as Markdown, and what a fiche points to: addresses, references, people to ask."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from noa_rag.domain.entry import Contact, Source
from noa_rag.knowledge.vosdroits.nodes import Node, one_line, text_of

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
STRONG = frozenset({"MiseEnEvidence"})
SLANTED = frozenset({"Expression", "Citation", "TermeEtranger"})
LINKS = frozenset({"LienExterne", "LienInterne", "LienIntra", "LienWeb"})
INLINE = STRONG | SLANTED | LINKS | {"Exposant", "Indice", "Valeur"}
WHITE = " \t\r\n\f\v\xa0\u202f"
EDGE_START, EDGE_END = ",.;:)", "(,;:«"  # Left outside emphasis: Markdown wants its marks against letters.
CLOSES_A_WORD = frozenset("€%)»")
MARKDOWN_SIGNS = re.compile(r"[\\`*\[\]]|<(?=[A-Za-z/!?])|(?<!\w)_|_(?!\w)|~(?=~)")
BLOCK_OPENING = re.compile(r"^(?:([#>+=-]+)|(\d{1,9})([.)]))(?=\s|$)")

# A paragraph that is a number and nothing else: `0 809 401 401`, `39 95`, `+33 4 91 55 15 64`.
PHONE_NUMBER = re.compile(r"^(?:\+33|0|3[0-9])[\s.\xa0]?(?:[\s.\xa0]?[0-9]){2,12}$")


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


def legal_references(fiche: Node) -> tuple[Source, ...]:
    """The laws and decisions that the fiche rests on."""
    references = fiche.named("Reference")
    return _distinct(Source(_reference_title(node), url) for node in references if (url := web_url(node.get("URL"))))


def online_services(fiche: Node) -> tuple[Source, ...]:
    """Services, forms, their notices and annexes, named anywhere in the fiche."""
    services = (node for node in fiche.walk() if node.name == "ServiceEnLigne")
    return _distinct(source for service in services for source, _ in _service_parts(service))


def contacts(fiche: Node) -> tuple[Contact, ...]:
    """The people to ask, named anywhere in the fiche, each once."""
    nodes = (node for node in fiche.walk() if node.name == "OuSAdresser" and _title(node))
    return tuple(dict.fromkeys(Contact(_title(node), _contact_url(node), _phone(node)) for node in nodes))


def render_service(service: Node) -> str:
    """A service on one line, its notices and annexes listed beneath."""
    parts = _service_parts(service)
    links = [
        render_link(source.title, source.url) + (f" — {escape(about)}" if about else "") for source, about in parts
    ]
    if not links:
        return ""
    kind = service.get("type") or "Service en ligne"
    number = f" (cerfa n° {escape(cerfa)})" if (cerfa := service.get("numerocerfa")) else ""
    beneath = "\n".join(f"- {link}" for link in links[1:])
    return f"**{kind}**{number} : {links[0]}" + (f"\n\n{beneath}" if beneath else "")


def render_contact(contact: Node) -> str:
    """Whom to ask, and for what, on one line."""
    complement = text_of(contact.first("Complement"))
    when = f" — {escape(complement)}" if complement else ""
    return f"**Où s'adresser :** {render_link(_title(contact), _contact_url(contact))}{when}"


def render_reference(reference: Node) -> str:
    """A legal reference on one line."""
    return f"**Texte de référence :** {render_link(_reference_title(reference), web_url(reference.get('URL')))}"


def _service_parts(service: Node) -> Iterator[tuple[Source, str]]:
    """The service, its notices and its annexes, each with what is said about it."""
    if _title(service):
        yield Source(_attributed(service), web_url(service.get("URL")) or page_url(service.get("ID"))), ""
    yield from _notices(service)
    for annex in service.named("ServiceEnLigneAnnexe"):
        link = annex.first("LienWeb")
        if _title(annex) and link and (url := web_url(link.get("URL"))):
            yield Source(_title(annex), url), text_of(annex.first("Texte"))
        yield from _notices(annex)


def _notices(node: Node) -> Iterator[tuple[Source, str]]:
    for notice in node.named("NoticeLiee"):
        if text_of(notice) and (url := web_url(notice.get("URL"))):
            yield Source(text_of(notice), url), ""


def _reference_title(reference: Node) -> str:
    complement = text_of(reference.first("Complement"))
    return _attributed(reference) + (f" ({complement})" if complement else "")


def _attributed(node: Node) -> str:
    """The title, followed by the body that publishes what it names."""
    return " — ".join(part for part in (_title(node), text_of(node.first("Source"))) if part)


def _title(node: Node) -> str:
    return text_of(node.first("Titre"))


def _contact_url(contact: Node) -> str | None:
    return next((url for link in contact.named("RessourceWeb") if (url := web_url(link.get("URL")))), None)


def _phone(contact: Node) -> str | None:
    """The first number given; where there are several lines, the one for professionals."""
    chapters = [node for node in contact.walk() if node.name == "Chapitre"]
    for_professionals = [node for node in chapters if "professionnel" in _title(node).lower()]
    nodes = (node for part in [*for_professionals, contact] for node in part.walk() if node.name == "Paragraphe")
    numbers = (number for node in nodes if PHONE_NUMBER.match(number := text_of(node)))
    return next(numbers, None) if _is_reached_by_phone(contact) else None


def _is_reached_by_phone(contact: Node) -> bool:
    return "téléphone" in text_of(contact).lower()


def _distinct(sources: Iterable[Source]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(source for source in sources if source.title))
