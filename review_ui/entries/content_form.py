"""The editor's form: an entry's content as text in fields, and what its templates need beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from litestar import Request
from litestar.datastructures import FormMultiDict

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.entry import (
    AlternateQuestion,
    Audience,
    Contact,
    EntryContent,
    EntryId,
    JourneyStep,
    Section,
    Source,
)
from noa_rag.domain.errors import ContentProblem
from noa_rag.domain.question import Language
from noa_rag.domain.regions import REGIONS
from noa_rag.knowledge.content_rules import LANGUAGES
from noa_rag.knowledge.fields import SLUG
from noa_rag.translation import N_
from noa_rag.web.in_words import day_in_words
from noa_rag.web.paths import language_of
from review_ui.shell.labels import AUDIENCES
from review_ui.shell.lookups import agency_options, theme_options
from review_ui.shell.rendering import translator_to

TRANSLATED = ("translated_question", "translated_answer", "translated_steps", "translated_on")
LINES = ("alternate_questions", "sources", "legal_references", "online_services", "contacts", "related")
TEXTS = (
    "agency_id",
    "question",
    "question_en",
    "answer",
    "steps",
    *TRANSLATED,
    "theme",
    "language",
    "valid_from",
    "valid_until",
    "review_by",
    "departements",
    "variant_of",
    *LINES,
)


@dataclass(frozen=True, slots=True)
class ContentForm:
    """The fields of the editor, exactly as typed; `texts` has every name of TEXTS."""

    texts: dict[str, str]
    audiences: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    """A section without text is removed; one without a key is new."""


def empty_form(*, agency_id: str = "", question: str = "", alternates: Iterable[str] = ()) -> ContentForm:
    """Return the form of a new entry."""
    texts = dict.fromkeys(TEXTS, "")
    texts |= {"agency_id": agency_id, "question": question, "language": "fr"}
    return ContentForm(texts | {"alternate_questions": _lines(alternates)})


def form_of(content: EntryContent) -> ContentForm:
    """Return the form that shows a content."""
    window = content.window
    days = {"valid_from": window.valid_from, "valid_until": window.valid_until, "review_by": content.review_by}
    return ContentForm(
        texts={
            "agency_id": content.agency_id,
            "question": content.question,
            "question_en": content.question_en,
            "answer": content.answer,
            "steps": steps_text(content.steps),
            **_translated(content),
            "theme": content.theme,
            "language": content.language,
            "alternate_questions": _lines(alternate_line(one, content.language) for one in content.alternate_questions),
            "sources": _lines(source_line(one) for one in content.sources),
            "legal_references": _lines(source_line(one) for one in content.legal_references),
            "online_services": _lines(source_line(one) for one in content.online_services),
            "contacts": _lines(contact_line(one) for one in content.contacts),
            "related": _lines(content.related),
            "variant_of": content.variant_of or "",
            "departements": " ".join(one.removeprefix("FR-") for one in content.regions if one not in REGIONS),
        }
        | {name: day.isoformat() if day else "" for name, day in days.items()},
        audiences=tuple(one.value for one in content.audiences),
        regions=tuple(one for one in content.regions if one in REGIONS),
        contributors=tuple(content.contributors),
        sections=content.sections,
    )


def form_from(fields: FormMultiDict) -> ContentForm:
    """Return the form as it was sent; browsers end lines with CR LF, which we do not keep."""
    sections = zip(*(_all(fields, name) for name in ("section_key", "section_heading", "section_text")), strict=False)
    return ContentForm(
        texts={name: (_all(fields, name) or ("",))[0] for name in TEXTS},
        audiences=_all(fields, "audiences"),
        regions=_all(fields, "regions"),
        contributors=_all(fields, "contributors"),
        sections=tuple(Section(key, heading, text) for key, heading, text in sections),
    )


def steps_text(steps: Iterable[JourneyStep]) -> str:
    """Return the steps, one a line, each followed by the entry that explains it."""
    return _lines(f"{step.text} | {step.entry}" if step.entry else step.text for step in steps)


def step_of(line: str) -> JourneyStep:
    text, _, entry = line.rpartition("|")
    if text.strip() and SLUG.fullmatch(entry.strip()):
        return JourneyStep(text.strip(), EntryId(entry.strip()))
    return JourneyStep(line.strip())


def _translated(content: EntryContent) -> dict[str, str]:
    """Return the fields of the English translation, empty where there is none."""
    one = next((one for one in content.translations if one.language == "en"), None)
    if one is None:
        return dict.fromkeys(TRANSLATED, "")
    day = one.translated_on.isoformat() if one.translated_on else ""
    return dict(zip(TRANSLATED, (one.question, one.answer, _lines(one.steps), day), strict=True))


def source_line(source: Source) -> str:
    return f"{source.title} | {source.url}"


def contact_line(contact: Contact) -> str:
    parts = [contact.name, contact.url or "", contact.phone or ""]
    return " | ".join(parts).rstrip(" |")


def alternate_line(alternate: AlternateQuestion, language: str) -> str:
    """Return an alternate question as a line, followed by its language where that is not the entry's."""
    return alternate.text if alternate.language == language else f"{alternate.text} | {alternate.language}"


def alternate_of(line: str, language: str) -> AlternateQuestion:
    text, _, after = line.rpartition("|")
    if after.strip() in LANGUAGES and text.strip():
        return AlternateQuestion(text.strip(), after.strip())
    return AlternateQuestion(line.strip(), language)


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(texts)


def _all(fields: FormMultiDict, name: str) -> tuple[str, ...]:
    values = fields.getall(name, [])
    return tuple(value.replace("\r\n", "\n").replace("\r", "\n") for value in values if isinstance(value, str))


PROBLEMS = {
    "to_write": N_("Cette réponse reste à rédiger : Noa n'a trouvé aucun texte officiel qui réponde."),
    "cut": N_("Un extrait est coupé (%(seen)s) : complétez-le d'après sa source, ou supprimez cette marque."),
    "missing": N_("Ce champ est nécessaire."),
    "no_letters": N_("La question n'a aucune lettre latine ni chiffre dont tirer une adresse : tapez-en une ici."),
    "reserved": N_("L'adresse « %(seen)s » est celle d'une page de cet espace : choisissez-en une autre."),
    "unknown_entry": N_("Aucune fiche ne s'appelle « %(seen)s »."),
    "implausible_day": N_("Le %(seen)s n'est pas une date plausible : écrivez une date de 2000 à 2100."),
    "too_long": N_("Le texte est trop long : %(seen)s caractères."),
    "not_each_step": N_("Il faut une ligne par étape du texte français, soit %(seen)s."),
    "too_many": N_("Il y en a trop : %(seen)s."),
    "invisible_character": N_(
        "Un caractère invisible (%(seen)s) s'y trouve : retapez le passage au lieu de le coller."
    ),
    "html": N_("Le HTML n'est pas permis (%(seen)s) : écrivez en Markdown."),
    "unsafe_link": N_("Ce lien n'est pas permis (%(seen)s) : utilisez https://."),
    "not_an_address": N_("Ce n'est pas une adresse complète (%(seen)s) : elle commence par https://."),
    "line_without_address": N_("Il manque le titre ou l'adresse dans « %(seen)s » : écrivez titre | https://adresse."),
    "not_a_day": N_("« %(seen)s » n'est pas une date : écrivez par exemple 31/12/2026."),
    "before_start": N_("La fin (%(seen)s) vient avant le début."),
    "unknown_agency": N_("Aucune agence ne s'appelle « %(seen)s »."),
    "unknown_theme": N_("Aucun thème ne s'appelle « %(seen)s »."),
    "unknown_language": N_("La langue « %(seen)s » n'est pas connue."),
    "unknown_region": N_("La région « %(seen)s » n'est pas connue."),
    "unknown_audience": N_("Le public « %(seen)s » n'est pas connu."),
    "unknown_departement": N_("« %(seen)s » n'est pas un numéro de département."),
    "not_a_slug": N_(
        "« %(seen)s » ne peut pas être une adresse : lettres sans accent, chiffres et traits d'union, 100 au plus."
    ),
    "variant_for_everybody": N_("Une variante est écrite pour des régions ou des publics : cochez-les."),
    "distress": N_(
        "« %(seen)s » ressemble à un message de détresse : Noa y répond par les fiches d'aide, jamais par une autre. "
        "Retirez cette question."
    ),
    "is_a_variant": N_("« %(seen)s » est elle-même une variante : donnez l'adresse de la fiche générale."),
}
OTHER_PROBLEM = N_("Ce champ ne peut pas être gardé ainsi (%(seen)s).")
_ABOUT_A_DAY = {"before_start", "implausible_day"}


def problem_in_words(language: Language, problem: ContentProblem) -> str:
    """Return a problem with a field as a sentence."""
    translator = translator_to(language)
    seen = problem.seen
    if problem.kind in _ABOUT_A_DAY:
        seen = day_in_words(date.fromisoformat(seen), language)
    return translator.gettext(PROBLEMS.get(problem.kind, OTHER_PROBLEM), seen=seen)


def editor_words(
    request: Request[Any, Any, Any], agencies: Mapping[AgencyId, Agency], themes: Sequence[Theme]
) -> dict[str, Any]:
    """Return the options of the editor's lists, in the page's language."""
    language = language_of(request.url.path)
    translator = translator_to(language)
    return {
        "agency_options": agency_options(agencies),
        "theme_options": theme_options(themes, language),
        "audience_options": {one.value: translator.gettext(AUDIENCES[one.value]) for one in Audience},
        "in_words": partial(problem_in_words, language),
    }
