"""An answer as one Markdown text, for whoever shows text alone: a terminal, clients of OpenAI's protocol and of MCP."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from noa_rag.answering.figures_in_time import ended_notice
from noa_rag.answering.hours import open_now
from noa_rag.answering.wording import HOLDS_IN
from noa_rag.domain.question import Language
from noa_rag.translation import N_, Translator, translator_of

if TYPE_CHECKING:
    from noa_rag.answering.entry_payload import EntryPayload, TranslationPayload
    from noa_rag.answering.payload import AnswerPayload, ContactPayload, PartPayload

DISTRESS = "distress"
CLOSE_ENTRIES = "close_entries"
NOT_SAID = "not_said"
SITUATION = "situation"
ABSTAINED = "abstained"
ASKS_FOR_PERSON = "asks_for_person"
ASSISTED = "assisted"
VOUCHED = N_("— %(agency)s, validé le %(day)s, entrée %(entry)s")


def answer_text(answer: "AnswerPayload", *, entry_url: Callable[[str], str] = lambda _: "") -> str:
    """Return an answer as people read it: the approved text byte for byte, and around it who vouches for it.

    A rephrasing is labelled before its first word, and the agency signs the approved text beneath it. A refusal comes
    with the ways on that it leaves. `entry_url` gives the address of an entry's page; "" is no link.
    """
    writer = _Writer(translator_of(Language(answer["language"])), entry_url)
    return "\n\n".join(writer.blocks(answer))


class _Writer:
    def __init__(self, translator: Translator, entry_url: Callable[[str], str]) -> None:
        self._translator = translator
        self._entry_url = entry_url

    def blocks(self, answer: "AnswerPayload") -> Iterator[str]:
        is_distress = answer["reason"] == DISTRESS
        yield from self._above(answer)
        if answer["parts"]:
            if not is_distress:
                yield self._translator.gettext("Plusieurs réponses concernent votre question") + "."
            for part in answer["parts"]:
                yield from self._part(part)
        elif answer["entry"] is None or answer["reason"] == SITUATION:
            yield answer["text"]
        elif answer["mode"] == ASSISTED:
            yield from self._entry(answer, answer["entry"], "\n\n".join(self._rephrased(answer)))
        else:
            if answer["reason"] == CLOSE_ENTRIES:
                yield self._translator.gettext("La fiche la plus proche de votre question :")
            if answer["extract"] is not None:
                yield f"{self._translator.gettext('Au plus près de votre question')} :"
                yield _quoted(answer["extract"])
            if answer["read_before"]:  # the conversation holds the text already
                yield f"**{answer['entry']['question']}**\n\n{self._vouched(answer['entry'])}"
            else:
                yield from self._entry(answer, answer["entry"], answer["text"])
        yield from self._choices(answer)
        if answer["status"] == ABSTAINED or answer["reason"] == NOT_SAID:
            yield from self._ways_on(answer)
        if answer["personal_data"] is not None:
            yield answer["personal_data"]["text"]

    def _above(self, answer: "AnswerPayload") -> Iterator[str]:
        if answer["reason"] == DISTRESS:
            yield answer["notice"]
        if answer["support"] is not None:
            yield answer["support"]["text"]
        if answer["understood_as"] is not None:
            yield self._translator.gettext("Suite de\u00a0:") + f" {answer['understood_as']}"
        if "year_note" in answer:
            yield answer["year_note"]
        if answer["general"]:
            yield self._general(answer)
        if answer["elsewhere"] is not None and answer["entry"] is not None:
            from noa_rag.french.known_places import names_of_regions  # with numpy, which a terminal need not wait for

            regions = names_of_regions(answer["entry"]["regions"])
            yield f"{self._translator.gettext(HOLDS_IN, regions=regions)} {self._reached(answer['elsewhere'])}"

    def _choices(self, answer: "AnswerPayload") -> Iterator[str]:
        if not answer["choices"] or answer["reason"] == ASKS_FOR_PERSON:  # the entry read before is no answer to that
            return
        if answer["reason"] == CLOSE_ENTRIES and answer["entry"] is not None:
            yield self._translator.gettext("Ce n'est pas votre situation ?")
        yield "\n".join(
            f"{number}. {choice['question']}"
            + (f" ({choice['region']})" if "region" in choice else "")
            + (f"\n\n{_quoted(choice['extract'], '   > ')}\n" if "extract" in choice else "")
            for number, choice in enumerate(answer["choices"], start=1)
        ).rstrip("\n")
        if answer["reason"] == SITUATION and answer["entry"] is not None:
            yield self._vouched(answer["entry"])

    def _general(self, answer: "AnswerPayload") -> str:
        missing = answer["missing_variant"]
        named = [value for value in (missing["region"], missing["audience"]) if value] if missing else []
        if not named:
            return self._translator.gettext("(Réponse générale.)")
        return self._translator.gettext("(Réponse générale ; aucune variante pour %(whom)s.)", whom=", ".join(named))

    def _rephrased(self, answer: "AnswerPayload") -> Iterator[str]:
        """Yield the model's words under their label, then the passages and the text that the agency signs."""
        yield self._translator.gettext("Reformulé automatiquement à partir de la fiche validée.")
        yield answer["text"]
        yield self._translator.gettext("Passages cités :")
        yield _list([f"[{citation['marker']}] {_in_a_line(citation['quote'])}" for citation in answer["citations"]])
        yield self._translator.gettext("Texte officiel :")
        yield answer["official_text"] or ""

    def _part(self, part: "PartPayload") -> Iterator[str]:
        if part["need"]:
            yield f"« {part['need']} »"
        if part["entry"] is not None:
            yield from self._entry(part, part["entry"], part["text"] or "")
            return
        yield self._translator.gettext("Nous n'avons pas de réponse sûre à cette partie.")
        if part["contact"] is not None:
            yield self._contact(part["contact"])

    def _entry(self, shown: "AnswerPayload | PartPayload", entry: "EntryPayload", text: str) -> Iterator[str]:
        translation = shown["translation"]
        yield f"**{translation['question'] if translation else entry['question']}**"
        if shown["outdated_facts"]:
            from noa_rag.answering.entry_payload import outdated_from_json

            yield ended_notice(map(outdated_from_json, shown["outdated_facts"]), self._translator.language)
        yield text
        if translation is not None:
            yield self._translated(translation)
            yield self._translator.gettext("Texte officiel :") + f"\n\n{shown['official_text']}"
        yield self._vouched(entry)
        below = []
        if entry["demonstration"]:
            below.append(self._translator.gettext("Jeu de démonstration, à valider par les agences") + ".")
        below += [_link(source["title"], source["url"]) for source in entry["sources"]]
        if shown["more_url"]:
            below.append(_link(self._translator.gettext("La suite"), shown["more_url"]))
        if below:
            yield _list(below)

    def _vouched(self, entry: "EntryPayload") -> str:
        url = self._entry_url(entry["id"])
        named = f"[{entry['id']}]({url})" if url else entry["id"]
        day = _day(entry["validated_on"])
        return self._translator.gettext(VOUCHED, agency=entry["agency"]["name"], day=day, entry=named)

    def _translated(self, translation: "TranslationPayload") -> str:
        day = _day(translation["translated_on"])
        if translation["approver"]:
            return self._translator.gettext(
                "Traduction approuvée le %(day)s par %(approver)s.", day=day, approver=translation["approver"]
            )
        return self._translator.gettext("Traduction d'essai du %(day)s.", day=day)

    def _ways_on(self, answer: "AnswerPayload") -> Iterator[str]:
        if answer["contact"] is not None:
            yield self._contact(answer["contact"])
        if answer["themes"]:
            is_english = answer["language"] == Language.ENGLISH
            titles = [theme["title_en"] if is_english else theme["title"] for theme in answer["themes"]]
            yield _list([self._translator.gettext("Thèmes : ") + ", ".join(titles)])

    def _contact(self, contact: "ContactPayload") -> str:
        lines = [self._reached(contact)]
        if contact["hours"]:
            now = open_now(contact.get("opening_hours"), self._translator.language, now=datetime.now(UTC))
            hours = self._translator.gettext("Horaires : ") + contact["hours"]
            lines.append(f"{hours}. {now}." if now else hours)
        if "callback_url" in contact:
            lines.append(self._translator.gettext("Être rappelé par un conseiller : ") + contact["callback_url"])
        if "elsewhere" in contact:
            other = contact["elsewhere"]
            there = f"{other['name']}, {other['url']} {other['phone'] or ''}".rstrip()
            lines.append(self._translator.gettext("Dans une autre région : ") + there)
        return _list(lines)

    def _reached(self, contact: "ContactPayload") -> str:
        return f"{contact['agency']} : {contact['url']} {contact['phone'] or ''}".rstrip()


def _day(iso: str | None) -> str:
    return f"{date.fromisoformat(iso):%d/%m/%Y}" if iso else ""


def _link(title: str, url: str) -> str:
    return f"[{title.replace('[', '(').replace(']', ')')}]({url})"


def _quoted(text: str, mark: str = "> ") -> str:
    return "\n".join(f"{mark}{line}".rstrip() for line in text.splitlines())


def _in_a_line(text: str) -> str:
    return " ".join(text.split())


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
