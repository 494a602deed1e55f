"""What an entry holds, in the words of schema.org: the same text as its page shows, never another."""

from typing import Any

from noa_rag.web.entries.views import EntryView

CONTEXT = "https://schema.org"


def structured_entry(entry: EntryView, *, address: str, language: str) -> dict[str, Any]:
    """Return a question with its vetted answer, and the public service where it has a procedure online."""
    question = {
        "@type": "Question",
        "name": entry.question,
        "acceptedAnswer": {"@type": "Answer", "text": _answer(entry), "inLanguage": entry.text.language},
    }
    page: dict[str, Any] = {
        "@type": "FAQPage",
        "inLanguage": language,
        "mainEntity": [question],
        "publisher": _agency(entry),
    }
    if address:
        page["url"] = address
    return {
        "@context": CONTEXT,
        "@graph": [page, *(_service(entry, one.title, one.url) for one in entry.then.services)],
    }


def _answer(entry: EntryView) -> str:
    steps = "".join(f"<li>{step.body}</li>" for step in entry.text.steps)
    sections = "".join(f"<h2>{section.heading}</h2>{section.body}" for section in entry.sections)
    return f"{entry.text.body}{f'<ol>{steps}</ol>' if steps else ''}{sections}"


def _agency(entry: EntryView) -> dict[str, str]:
    agency = {"@type": "GovernmentOrganization", "name": entry.agency.title}
    if entry.agency.url:
        agency["url"] = entry.agency.url
    if entry.then.contact and entry.then.contact.phone:
        agency["telephone"] = entry.then.contact.phone
    return agency


def _service(entry: EntryView, name: str, url: str | None) -> dict[str, Any]:
    return {
        "@type": "GovernmentService",
        "name": name,
        "serviceType": entry.question,
        "provider": _agency(entry),
        "areaServed": {"@type": "Country", "name": "France"},
        "availableChannel": {"@type": "ServiceChannel", "serviceUrl": url},
    }
