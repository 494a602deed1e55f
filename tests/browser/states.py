"""The states of the public pages and of the widget in which accessibility is checked; a new one is one more line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from noa_rag.domain.agency import LocalOffice
from noa_rag.domain.answer import Answer, AnswerPart, Choice, PersonalData, PersonalDataKind, Reason, Searched
from noa_rag.domain.calculation import Calculation, Figure, Input, Option, Result
from noa_rag.domain.entry import Contact, EntryId, EntryVersion, JourneyStep, Section, Source, ValidityWindow
from noa_rag.domain.facts import DatedValue, Fact, FactId
from noa_rag.domain.failure import Asked
from noa_rag.domain.question import Language, Reference
from noa_rag.domain.rephrasing import CheckedSentence, Rephrasing, RephrasingOutcome
from noa_rag.domain.switches import Banner, BannerLevel, SwitchesOff, SwitchName
from noa_rag.domain.timeline import News, NewsKind
from noa_rag.rephrasing.steps import rephrased
from noa_rag.review.following import Followed, FollowState
from noa_rag.web.limits import Saturated
from tests.web.fake_service import (
    INPI,
    THEMES,
    a_clarification,
    a_host_site,
    an_abstention,
    an_answer,
    an_entry,
)

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

    Step = Callable[[Page | Frame], None]

SHORT = an_entry()
LONG = an_entry(
    "tva",
    question="Quels sont les seuils de la franchise en base de TVA, et que se passe-t-il quand on les dépasse ?",
    answer="Deux seuils comptent.\n\n| Activité | Seuil | Seuil majoré |\n|---|---|---|\n"
    "| Ventes | 85 000 € | 93 500 € |\n| Services | 37 500 € | 41 250 € |\n\n"
    "> Un dépassement se déclare.\n\n1. Relevez le montant avant le 1er janvier 2097.\n2. Déclarez.",
    sections=tuple(Section(f"s{part}", f"Partie {part}", "### Détail\n\nTexte avec `code`.") for part in (1, 2, 3)),
    regions=("FR-IDF", "FR-69"),
    window=ValidityWindow(None, date(2026, 12, 31)),
    legal_references=(Source("Code général des impôts : article 293 B", "https://www.legifrance.gouv.fr/codes"),),
    online_services=(Source("Déclarer la TVA", "https://www.impots.gouv.fr"),),
    related=(EntryId("acre"),),
    contacts=(Contact("Service des impôts des entreprises", "https://www.impots.gouv.fr/contacts", "0809 401 401"),),
)
CALCULATOR = an_entry(
    "calculer",
    question="Calculer mes cotisations",
    calculation=Calculation(
        inputs=(
            Input("chiffre", "Chiffre d'affaires encaissé", "number", "Turnover received", "€"),
            Input(
                "activite", "Votre activité", "choice", "Your activity", options=(Option("ventes", "Ventes", "Sales"),)
            ),
        ),
        figures=(Figure("taux", "taux de cotisations", (("", "rate"),), "contribution rate"),),
        results=(Result("total", "Cotisations", "chiffre * taux", "Contributions"),),
        examples=(),
    ),
)
NUMBER = Reference("33222222222" + "5")
HELP = an_entry("aide", question="Qui peut m'aider ?", answer="Appelez le **[3114](tel:3114)** maintenant.")
OTHER = an_entry("acre", question="Ai-je droit à l'ACRE ?", theme="cotisations")


def nothing(_: "Page | Frame") -> None:
    """Leave the page as it was opened."""


def click(selector: str, then: str) -> "Step":
    """Press something, and wait for what comes of it."""

    def step(page: "Page | Frame") -> None:
        page.locator(selector).first.click()
        page.locator(then).first.wait_for()

    return step


def appears(selector: str) -> "Step":
    """Wait for what comes by itself."""
    return lambda page: page.locator(selector).first.wait_for()


def ask(page: "Page | Frame") -> None:
    page.locator("#question").fill("une question")
    page.locator(".ask .primary").click()
    page.locator(".exchange, .problem").first.wait_for()


def ask_at_length(page: "Page | Frame") -> None:
    page.locator("#question").fill("une question " * 12)
    page.locator(".ask .primary").click()
    page.locator(".long-asked").wait_for()


def asks(question: str) -> "Step":
    """Ask in the other language, and wait for the way to its pages."""

    def step(page: "Page | Frame") -> None:
        page.locator("#question").fill(question)
        page.locator(".ask .primary").click()
        page.locator(".exchange .switch").first.wait_for()

    return step


def ask_again(page: "Page | Frame") -> None:
    count = page.locator(".exchange").count()
    page.locator("#question").fill("une autre question")
    page.locator(".ask .primary").click()
    page.locator(".exchange").nth(count).wait_for()


def send(question: str) -> "Step":
    """Send what the field itself would not let through."""

    def step(page: "Page | Frame") -> None:
        field = page.locator("#question")
        field.evaluate("(field) => { field.required = false; field.removeAttribute('maxlength'); }")
        field.fill(question)
        page.locator(".ask .primary").click()
        page.locator(".problem").first.wait_for()

    return step


def tick(page: "Page | Frame") -> None:
    page.locator("[data-tick]").first.check()


def ticked_list(page: "Page | Frame") -> None:
    """Tick a step of a list, and open the page that gathers the lists begun."""
    address = page.url
    page.goto(address.replace("/dossier", "/entrees/pas"))
    tick(page)
    page.goto(address)
    page.locator(".dossier-list").wait_for()


def search(typed: str) -> "Step":
    """Type into the search field, and wait for the count that follows."""

    def step(page: "Page | Frame") -> None:
        page.locator("#search-words").press_sequentially(typed)
        page.locator("#search-count:not(:empty)").wait_for()

    return step


def search_offline(page: "Page | Frame") -> None:
    page.context.set_offline(True)  # type: ignore[union-attr]
    search("marque")(page)
    page.context.set_offline(False)  # type: ignore[union-attr]


def ask_offline(page: "Page | Frame") -> None:
    page.context.set_offline(True)  # type: ignore[union-attr]
    ask(page)
    page.context.set_offline(False)  # type: ignore[union-attr]


def then(*steps: "Step") -> "Step":
    """Return the steps one after the other."""

    def all_steps(page: "Page | Frame") -> None:
        for step in steps:
            step(page)

    return all_steps


@dataclass(frozen=True, slots=True)
class State:
    """Where it is, what the service then says and holds, and what the visitor has done."""

    name: str
    path: str
    answer: Answer = field(default_factory=lambda: an_answer(SHORT))
    steps: "Step" = nothing
    holds: Mapping[str, Any] = field(default_factory=dict)


AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ASKED = Asked("q-3", "c-1", AT, "Une question ?", "une question", Language.FRENCH, "abstained")
DEMONSTRATION = {"demonstration": True}
NEWS = {"told": (News(NewsKind.NEW, SHORT, 1, AT), News(NewsKind.CHANGED, LONG, 2, AT))}
MANY = {
    "entries": {
        EntryId(f"aide-{number}"): an_entry(f"aide-{number}", question=f"Ai-je droit à l'aide {number} ?")
        for number in range(1, 24)
    }
}
JOURNEY = {
    "entries": {
        EntryId("pas"): an_entry(
            "pas", question="Dans quel ordre ?", steps=(JourneyStep("D'abord."), JourneyStep("Puis."))
        )
    }
}
RATE = {
    "entries": {CALCULATOR.id: CALCULATOR},
    "facts": {
        CALCULATOR.id: (
            Fact(
                FactId("rate"),
                "Cotisations : ventes",
                "%",
                (DatedValue("12,3", Source("Urssaf", "https://www.urssaf.fr"), date(2026, 1, 1), None),),
                (CALCULATOR.id,),
            ),
        )
    },
}
DATED = {
    "facts": {
        LONG.id: (
            Fact(
                FactId("jour"),
                "TVA : dernier jour",
                "",
                (DatedValue("1er janvier 2097", Source("BOFiP", "https://bofip.impots.gouv.fr")),),
                (LONG.id,),
            ),
        )
    }
}


def _followed(state: FollowState, entry: EntryVersion | None = None) -> dict[str, Any]:
    """Let a number lead to a question in this state."""
    return {"following": {NUMBER: Followed(ASKED, state, entry, agency_id=None if entry else INPI.id)}}


def _banner(level: BannerLevel, **link: str) -> dict[str, Any]:
    """Let a banner stand above the pages."""
    return {"shown_banner": Banner(level, "Le fonds est ouvert.", AT, datetime.now(UTC) + timedelta(days=1), **link)}


DECLARED = {"written_pages": {"accessibility": ("# Déclaration\n\nPartiellement conforme.", Language.FRENCH)}}
SUSPENDED = {"off": SwitchesOff(frozenset({SwitchName.CHAT}), INPI)}
CLOSED = {"hosts": {a_host_site().key: a_host_site(is_active=False)}}
TRIAL = an_answer(an_entry(origin="demonstration"))
SENTENCE = CheckedSentence("Vous déposez votre marque **en ligne**.", "Le dépôt se fait **en ligne**")
REPHRASED = rephrased(an_answer(SHORT), Rephrasing("model", "prompt", RephrasingOutcome.SHOWN, (SENTENCE,)))
REFUSED = Rephrasing("model", "prompt", RephrasingOutcome.REFUSED, reason="nothing is left")
NOT_REPHRASED = replace(an_answer(SHORT), rephrasing=REFUSED)
UNRECORDED = an_answer(SHORT, is_unrecorded=True)
NEEDS = an_answer(
    SHORT, parts=(AnswerPart("déposer ma marque", SHORT, "Le dépôt."), AnswerPart("et mon chat ?", contact=INPI))
)
DISTRESS = an_answer(
    HELP,
    reason=Reason.DISTRESS,
    parts=tuple(AnswerPart("", entry, entry.content.answer) for entry in (HELP, LONG)),
    choices=(Choice(OTHER.id, OTHER.content.question),),
)
BROAD = an_answer(SHORT, parts=tuple(AnswerPart("", entry, entry.content.answer) for entry in (SHORT, LONG, OTHER)))
UNDERSTOOD = an_answer(SHORT, understood_as="Comment déposer une marque ? combien ça coûte ?")
LIKELIEST = an_answer(SHORT, reason=Reason.CLOSE_ENTRIES, choices=a_clarification(LONG, OTHER).choices)
READ_BEFORE = an_answer(LONG, extract="Deux seuils comptent.", is_read=True)
NOT_SAID = replace(a_clarification(SHORT, OTHER), reason=Reason.NOT_SAID, contact=INPI)
CLARIFICATION, REFUSAL = a_clarification(SHORT, LONG, OTHER), an_abstention(SHORT, OTHER)
ELSEWHERE = LocalOffice("La DREETS de votre région", "https://dreets.gouv.fr", phone="0 806 000 126")
WAYS_ON = replace(
    REFUSAL,
    reason=Reason.UNCERTAIN,
    contact=replace(INPI, elsewhere=ELSEWHERE),
    searched=Searched(("déposer", "marque", "dragon"), ("dragon",)),
    themes=THEMES,
)
NOTHING_CLOSE = replace(an_abstention(), searched=Searched(("dragon",), ("dragon",)), themes=THEMES)
MASKED = PersonalData((PersonalDataKind.PHONE, PersonalDataKind.EMAIL), INPI)
ONLY_MASKED = replace(an_abstention(), themes=THEMES, personal_data=replace(MASKED, is_all=True))
NAMED = replace(an_abstention(SHORT), reason=Reason.ASKS_FOR_PERSON, understood_as="déposer une marque")
WHICH_SUBJECT = replace(an_abstention(contact=None), reason=Reason.ASKS_FOR_PERSON, themes=THEMES)
GREETED = replace(an_abstention(), reason=Reason.SMALL_TALK, text="Bonjour !", themes=THEMES)
THUMBS_DOWN = click(".feedback-no summary", ".feedback-no fieldset")
THUMBS_UP = click(".feedback-yes button", ".thanks")
NONE_FITS = click(".clarification .fold summary", ".follow button")
KEEP = click(".follow button", ".follow .reference")
OTHER_THINGS = click(".way-out .fold summary", ".follow button")

PAGES = (
    State("home", "/"),
    State("home in English", "/en/"),
    State("home of a demonstration", "/", holds=DEMONSTRATION),
    State("answered", "/reponse/q-1"),
    State(
        "answered, the passage marked, seal and note open",
        "/reponse/q-1",
        an_answer(LONG, extract="Deux seuils comptent."),
        then(click(".voucher summary", ".sources a"), click(".note summary", ".note textarea")),
        holds=DATED,
    ),
    State("answered in English", "/en/answer/q-1", an_answer(SHORT, language=Language.ENGLISH)),
    State("answered with a long entry", "/reponse/q-1", an_answer(LONG, more_url="/entrees/tva#s1")),
    State("answered in place", "/", steps=ask),
    State("a second question in place", "/", an_answer(LONG, more_url="/entrees/tva#s1"), then(ask, ask_again)),
    State(
        "answered with a demonstration entry",
        "/reponse/q-1",
        an_answer(an_entry(origin="demonstration")),
        holds=DEMONSTRATION,
    ),
    State("rephrased, a citation followed", "/reponse/q-1", REPHRASED, click(".citation", ".official mark:target")),
    State("rephrased in place", "/reponse/q-1", steps=appears(".official"), holds={"rephrased": REPHRASED}),
    State("not rephrased", "/reponse/q-1", NOT_REPHRASED),
    State("an entry changed since", "/reponse/q-1", holds={"is_changed": True}),
    State("an answer that is not recorded", "/", UNRECORDED, ask),
    State("a refusal that is not recorded, in English", "/en/", replace(REFUSAL, is_unrecorded=True), ask),
    State("a question in the address", "/?q=x"),
    State("a question in the address in English", "/en/?q=x"),
    State("an answer that nobody was given", "/reponse/inconnue"),
    State("several needs", "/reponse/q-1", NEEDS),
    State("several needs in English", "/en/answer/q-1", NEEDS),
    State("somebody in distress", "/reponse/q-1", DISTRESS),
    State("somebody in distress, in English", "/en/answer/q-1", DISTRESS),
    State("broad question", "/reponse/q-1", BROAD, click(".fold.part summary", ".fold.part[open] .prose")),
    State("understood with the question before", "/reponse/q-1", UNDERSTOOD),
    State("an entry read before, by its passage", "/reponse/q-1", READ_BEFORE),
    State("an entry read before, open", "/reponse/q-1", READ_BEFORE, click(".fold > summary", ".fold[open] > .prose")),
    State("an entry read before does not say it", "/reponse/q-1", NOT_SAID),
    State("a long message", "/", steps=ask_at_length),
    State("a long message, open", "/", steps=then(ask_at_length, click(".long-asked summary", ".long-asked[open]"))),
    State("clarification", "/reponse/q-1", CLARIFICATION),
    State("the likeliest above others", "/reponse/q-1", LIKELIEST),
    State("the likeliest above others in English", "/en/answer/q-1", LIKELIEST),
    State("clarification in English", "/en/answer/q-1", CLARIFICATION),
    State("a choice taken in place", "/reponse/q-1", CLARIFICATION, click(".choice", ".exchange + .exchange")),
    State("abstained with a contact and close entries", "/reponse/q-1", REFUSAL),
    State("abstained in English", "/en/answer/q-1", REFUSAL),
    State("a person", "/reponse/q-1", NAMED),
    State(
        "a person, on which subject", "/reponse/q-1", WHICH_SUBJECT, steps=click(".subject summary", ".subject .phone")
    ),
    State("abstained without a contact", "/reponse/q-1", an_abstention(contact=None)),
    State("abstained with every way on", "/reponse/q-1", WAYS_ON),
    State("abstained with every way on in English", "/en/answer/q-1", WAYS_ON),
    State("abstained far from everything", "/reponse/q-1", NOTHING_CLOSE),
    State("answered, with what was masked", "/reponse/q-1", an_answer(SHORT, personal_data=MASKED)),
    State("a message of nothing but what was masked", "/reponse/q-1", ONLY_MASKED),
    State("a greeting", "/reponse/q-1", GREETED),
    State("asked in English on a French page", "/", steps=asks("how do I register a trademark?")),
    State("asked in French on an English page", "/en/", steps=asks("comment déposer une marque ?")),
    State("entry", "/entrees/deposer-une-marque"),
    State("entry with sections", "/entrees/tva"),
    State("entry with its references open", "/entrees/tva", steps=click(".voucher summary", ".voucher .contact-name")),
    State("entry chosen among several", "/entrees/acre?from=q-2"),
    State("entry in English", "/en/entries/tva"),
    State("calculator", "/entrees/calculer", holds=RATE),
    State("calculator with its result", "/entrees/calculer?chiffre=12+000&activite=ventes", holds=RATE),
    State("calculator that misses something", "/entrees/calculer?chiffre=douze&activite=", holds=RATE),
    State("calculator with its result, in English", "/en/entries/calculer?chiffre=12,000&activite=ventes", holds=RATE),
    State("theme", "/themes/propriete-intellectuelle"),
    State("theme in English", "/en/themes/cotisations"),
    State(
        "theme with a sub-theme open",
        "/themes/propriete-intellectuelle",
        steps=click("details.theme summary", ".theme[open] a"),
    ),
    State("theme, filtered", "/themes/propriete-intellectuelle?q=marque"),
    State("theme, filtered in vain", "/en/themes/propriete-intellectuelle?q=zzz"),
    State("a list of steps, begun", "/entrees/pas", steps=tick, holds=JOURNEY),
    State("the file with a list", "/dossier", steps=ticked_list, holds=JOURNEY),
    State("the file, empty, in English", "/en/my-file"),
    State("search", "/recherche"),
    State("search with one result", "/recherche", steps=search("marque")),
    State("search with pages", "/recherche", steps=search("aide"), holds=MANY),
    State(
        "search, the second page",
        "/recherche",
        steps=then(search("aide"), click(".found-pages button", "[data-focus]")),
        holds=MANY,
    ),
    State("search in English", "/en/search", steps=search("marque")),
    State("search that finds nothing", "/recherche", steps=search("zzzz")),
    State("search that finds nothing in English", "/en/search", steps=search("zzzz")),
    State("search for too little", "/recherche", steps=search("tv")),
    State("search without a connection", "/recherche", steps=search_offline),
    State("search in a widget's page", "/widget/portail-pme-7k3q9d/recherche", steps=search("marque")),
    State("about", "/a-propos"),
    State("about in English", "/en/about"),
    State("accessibility", "/accessibilite"),
    State("accessibility in English", "/en/accessibility"),
    State("API", "/api/docs"),
    State("API in English", "/api/docs?lang=en"),
    State("a number kept", "/reponse/q-1", REFUSAL, then(OTHER_THINGS, KEEP)),
    State("a number kept where no choice fits", "/reponse/q-1", CLARIFICATION, then(NONE_FITS, KEEP)),
    State("followed: waiting", f"/suivi/{NUMBER}", holds=_followed(FollowState.WAITING)),
    State("followed: in preparation", f"/en/follow/{NUMBER}", holds=_followed(FollowState.IN_PREPARATION)),
    State("followed: answered", f"/suivi/{NUMBER}", holds=_followed(FollowState.ANSWERED, LONG)),
    State("followed: withdrawn", f"/suivi/{NUMBER}", holds=_followed(FollowState.WITHDRAWN)),
    State("followed: declined", f"/suivi/{NUMBER}", holds=_followed(FollowState.DECLINED)),
    State("followed: out of scope", f"/en/follow/{NUMBER}", holds=_followed(FollowState.OUT_OF_SCOPE)),
    State("form for a number", "/suivi"),
    State("form for a number, mistyped", "/suivi?reference=B7KF"),
    State("a number that nobody was given", "/en/follow/2222-2222-2222"),
    State("home with news", "/", holds=NEWS),
    State("news", "/nouveautes", holds=NEWS),
    State("no news in English", "/en/news?theme=cotisations&region=FR-BRE"),
    State("a banner in a crisis", "/reponse/q-1", holds=_banner(BannerLevel.CRISIS, theme_id="cotisations")),
    State("a banner above the start page", "/en/", holds=_banner(BannerLevel.INFORMATION, url="https://www.inpi.fr")),
    State("questions are suspended", "/", holds=SUSPENDED),
    State("feedback form open", "/reponse/q-1", steps=THUMBS_DOWN),
    State("feedback sent", "/reponse/q-1", steps=THUMBS_UP),
    State("feedback thanked for on a page", "/avis/merci"),
    State("answered with every next step", "/reponse/q-1", an_answer(LONG), holds=DATED),
    State("every next step in English", "/en/entries/tva", holds=DATED),
    State("a conversation loaded again", "/reponse/q-1?earlier=q-2.q-3"),
    State("region and audience open", "/reponse/q-1?region=FR-BRE&audience=tpe", steps=click("#question", "#region")),
    State("journeys", "/parcours", holds=JOURNEY),
    State("journeys in English", "/en/journeys", holds=JOURNEY),
    State("legal notice to be written", "/mentions-legales"),
    State("personal data, in English", "/en/privacy"),
    State("accessibility declared by the operator", "/en/accessibility", holds=DECLARED),
    State("error: empty question", "/", steps=send(" ")),
    State("error: question too long", "/", steps=send("x" * 1001)),
    State("error: connection lost", "/", steps=ask_offline),
    State("error: no such page", "/nulle-part"),
    State("error: entry withdrawn", "/entrees/retiree"),
    State("error: too many questions", "/reponse/q-1", holds={"error": Saturated()}),
    State("error: something went wrong", "/en/answer/q-1", holds={"error": RuntimeError()}),
    State("widget's page opened by itself", "/widget/portail-pme-7k3q9d"),
    State("widget's page answered", "/en/widget/portail-pme-7k3q9d/answer/q-1"),
    State("widget of an unknown site", "/widget/nobody"),
)
# What is in the frame, on a page of another origin; the path is that page's.
WIDGETS = (
    State("widget open", "/"),
    State("widget answered", "/", steps=ask),
    State("widget with a long answer", "/", an_answer(LONG, more_url="/entrees/tva#s1"), ask),
    State("widget asks which", "/", CLARIFICATION, ask),
    State("widget with a choice taken", "/", CLARIFICATION, then(ask, click(".choice", ".exchange + .exchange"))),
    State("widget refuses", "/", REFUSAL, ask),
    State("widget refuses with every way on", "/", WAYS_ON, ask),
    State("widget answers what was asked in English", "/", steps=asks("how do I register a trademark?")),
    State("widget refuses and gives a number", "/", REFUSAL, then(ask, OTHER_THINGS, KEEP)),
    State("widget with several needs", "/", NEEDS, ask),
    State("widget with a broad question", "/", BROAD, ask),
    State("widget with the feedback form open", "/", steps=then(ask, THUMBS_DOWN)),
    State("widget with feedback sent", "/", steps=then(ask, THUMBS_UP)),
    State("widget with an entry", "/", steps=click(".tasks a", "article.answer")),
    State("widget in English", "/", steps=click(".language", "html[lang=en] #question")),
    State("widget closed for the site", "/", holds=CLOSED),
)
