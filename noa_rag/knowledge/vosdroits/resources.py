"""What a fiche points to: legal references, online services and forms, people to ask."""

import re
from collections.abc import Iterable, Iterator

from noa_rag.domain.entry import Contact, Source
from noa_rag.knowledge.vosdroits.addresses import page_url, web_url
from noa_rag.knowledge.vosdroits.inline import escape, render_link
from noa_rag.knowledge.vosdroits.nodes import Node, text_of

# A paragraph that is a number and nothing else: `0 809 401 401`, `39 95`, `+33 4 91 55 15 64`.
PHONE_NUMBER = re.compile(r"^(?:\+33|0|3[0-9])[\s.\xa0]?(?:[\s.\xa0]?[0-9]){2,12}$")


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
    found = (node for node in fiche.walk() if node.name == "OuSAdresser" and _title(node))
    return tuple(dict.fromkeys(Contact(_title(node), _contact_url(node), _phone(node)) for node in found))


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
