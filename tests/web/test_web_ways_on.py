"""What an answer or a refusal says beside its text: ways on, what was masked, and the pages of the other language."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.agency import Agency, AgencyId, LocalOffice
from noa_rag.domain.answer import Answer, AnswerPart, Choice, General, PersonalData, PersonalDataKind, Reason, Searched
from noa_rag.domain.entry import Audience, EntryId, ValidityWindow
from noa_rag.domain.question import Language
from noa_rag.review.following import Followed, FollowState
from noa_rag.web.entries.views import EntryViews
from noa_rag.web.tracking import view_followed
from tests.asked import an_asked
from tests.web.fake_service import (
    INPI,
    THEMES,
    FakeService,
    a_clarification,
    a_host_site,
    an_abstention,
    an_answer,
    an_entry,
)

HTMX = {"hx-request": "true"}
WIDGET = "/widget/portail-pme-7k3q9d"
Client = TestClient[Litestar]
DRIEETS = Agency(
    AgencyId("drieets"),
    "DRIEETS Île-de-France",
    "https://idf.drieets.gouv.fr",
    elsewhere=LocalOffice("La DREETS de votre région", "https://dreets.gouv.fr", phone="0 806 000 126"),
)


def page_of(
    client: Client, service: FakeService, answer: Answer, *, question: str = "mon dragon", at: str = "/"
) -> str:
    service.answer = answer
    return client.post(at, data={"q": question}, headers=HTMX).text.replace("&#39;", "'")


def refusal(**changes: object) -> Answer:
    answer = replace(an_abstention(an_entry(), contact=INPI), reason=Reason.UNCERTAIN)
    return replace(answer, searched=Searched(("déposer", "dragon"), ("dragon",)), **changes)


ENTRY = an_entry()
BREVET = an_entry("deposer-un-brevet", question="Comment déposer un brevet ?")
LIMITED = an_entry(regions=("FR-IDF", "FR-69"), window=ValidityWindow(None, date(2026, 12, 1)))
PLACE = Choice(EntryId("aides-reunion"), "Saint-Denis (La Réunion)", "FR-974")
TWO_NEEDS = (
    AnswerPart("déposer ma marque", ENTRY, ENTRY.content.answer),
    AnswerPart("apprivoiser un dragon", contact=INPI),
)
ALL_MASKED = PersonalData((PersonalDataKind.EMAIL,), INPI, is_all=True)
# By what the answer is: the answer, what its page says, and what it does not say.
SAID: dict[str, tuple[Answer, Sequence[str], Sequence[str]]] = {
    "for some regions and until a day": (
        an_answer(LIMITED),
        ["Valable en : Île-de-France, Rhône", "Valable jusqu'au 1er\N{NO-BREAK SPACE}décembre"],
        ["Réponse générale", "Suite de", 'class="masked"'],
    ),
    "general": (an_answer(ENTRY, general=General()), ["Réponse générale : elle change selon la région"], []),
    "general for a region": (
        an_answer(ENTRY, general=General(region="FR-29")),
        ["il n'existe pas encore de réponse propre à la Bretagne."],
        [],
    ),
    "general for a public": (
        an_answer(ENTRY, general=General(audience=Audience.PME)),
        ["pas encore de réponse pour ce public (PME)."],
        [],
    ),
    "a follow-up": (
        an_answer(ENTRY, understood_as="Comment déposer une marque ? combien ça coûte ?"),
        [
            "Suite de\u00a0:",
            "«\u202fComment déposer une marque ? combien ça coûte ?\u202f»",
            '<a href="/">Changer de sujet</a>',
        ],
        [],
    ),
    "two needs": (
        an_answer(ENTRY, parts=TWO_NEEDS),
        [
            "Votre question en contient plusieurs",
            '<h4 class="entry-question" lang="fr">Comment déposer une marque ?</h4>',
            "«\u202fapprivoiser un dragon\u202f»",
            "Nous n'avons pas de réponse sûre à cette partie.",
            'href="tel:0156658998"',
        ],
        [],
    ),
    "which entry": (
        a_clarification(ENTRY, BREVET),
        [
            "Laquelle vous concerne",
            '<form class="choose" method="post" action="/entrees/deposer-un-brevet"',
            '<input type="hidden" name="from" value="q-2">',
            "<summary>Autre chose</summary>",
            'href="tel:0156658998"',
            "Modifier ma question",
            'name="question_id" value="q-2"',
        ],
        [],
    ),
    "which place": (
        replace(a_clarification(), choices=(PLACE,), reason=Reason.AMBIGUOUS_PLACE),
        [
            '<form class="choose" method="post" action="/"',
            '<input type="hidden" name="q" value="mon dragon">',
            '<input type="hidden" name="region" value="FR-974">',
            "Saint-Denis (La Réunion)</button>",
        ],
        [],
    ),
    "refused, without the words that were searched": (
        refusal(),
        [
            '<h3 class="said" lang="fr">Je n\'ai pas de réponse validée à cette question.</h3>',
            '<input type="hidden" name="q" value="mon dragon">',
            'action="/entrees/deposer-une-marque"',
            'name="question_id" value="q-3"',
        ],
        ['<h3 class="entry-question"', "«\u202fdragon\u202f»"],
    ),
    "a person for what was asked before": (
        refusal(reason=Reason.ASKS_FOR_PERSON, understood_as="Comment déposer une marque ?"),
        ["Suite de\u00a0:", 'href="tel:0156658998"', "«\u202fComment déposer une marque ?\u202f»"],
        ['action="/entrees/deposer-une-marque"', "Revenir plus tard", "Modifier ma question"],
    ),
    "a person on a subject not known": (
        replace(an_abstention(contact=None), reason=Reason.ASKS_FOR_PERSON, themes=THEMES),
        ["<summary>Marques, brevets et créations</summary>", 'href="tel:0156658998"'],
        ["<summary>Cotisations sociales</summary>", "Chercher par thème"],
    ),
    "refused, near some themes": (
        refusal(themes=THEMES[:1]),
        [
            "Les thèmes les plus proches",
            '<a href="/themes/propriete-intellectuelle">Marques, brevets et créations</a>',
        ],
        [],
    ),
    "refused, nothing close": (
        replace(an_abstention(), themes=THEMES),
        [
            "Chercher par thème",
            *(f'<li><a href="/themes/{theme.id}' for theme in THEMES),
            'href="tel:0156658998">01 56 65 89 98</a>',
            "du lundi au vendredi, de 9 h à 18 h",
        ],
        ["Les questions les plus proches"],
    ),
    "refused, nobody to ask": (an_abstention(contact=None), ["pas de réponse validée à cette question."], ["tel:"]),
    "refused, another agency elsewhere": (
        refusal(contact=DRIEETS),
        [
            "À qui vous adresser",
            "DRIEETS Île-de-France",
            "Dans une autre région : ",
            'La DREETS de votre région, <a class="phone" href="tel:0806000126">0 806 000 126</a>',
        ],
        [],
    ),
    "refused, an adviser calls back": (
        refusal(contact=replace(INPI, phone=None, callback_url="https://conseillers.example.fr")),
        [
            "Être rappelé par un conseiller : ",
            '<a href="https://conseillers.example.fr" rel="noopener nofollow">conseillers.example.fr</a>',
        ],
        [],
    ),
    "nothing but personal data": (
        replace(an_abstention(), personal_data=ALL_MASKED),
        ["votre adresse électronique"],
        [],
    ),
    "a greeting": (
        replace(an_abstention(), reason=Reason.SMALL_TALK, text="Bonjour !", themes=THEMES),
        ["Bonjour !</h3>", "Chercher par thème"],
        ["Modifier ma question", "Pour être orienté"],
    ),
}


@pytest.mark.parametrize(("answer", "said", "unsaid"), SAID.values(), ids=SAID)
def test_an_answer_says_what_it_is_and_leads_on(
    client: Client, service: FakeService, answer: Answer, said: Sequence[str], unsaid: Sequence[str]
) -> None:
    page = page_of(client, service, answer)

    assert [words for words in said if words not in page] == []
    assert [words for words in unsaid if words in page] == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refusal(), "Change my question"),
        (refusal(themes=THEMES[:1]), '<a href="/en/themes/propriete-intellectuelle">Intellectual property</a>'),
        (an_answer(ENTRY, personal_data=PersonalData((PersonalDataKind.PHONE,), INPI)), "your telephone number"),
    ],
)
def test_english_pages_say_it_in_english(client: Client, service: FakeService, answer: Answer, said: str) -> None:
    assert said in page_of(client, service, answer, at="/en/")


def test_in_a_frame_themes_stay_in_it_and_are_those_of_the_host_site(client: Client, service: FakeService) -> None:
    host = a_host_site(themes=("cotisations",))
    service.hosts = {host.key: host}
    service.answer = replace(an_abstention(), themes=THEMES)
    own = {"origin": "http://testserver.local"}

    page = client.post(WIDGET, data={"q": "x"}, headers=HTMX | own).text

    assert re.findall(r'<li><a href="([^"]*themes[^"]*)"', page) == [f"{WIDGET}/themes/cotisations"]


def test_the_visitor_is_told_what_was_masked_beside_the_answer(client: Client, service: FakeService) -> None:
    masked = PersonalData((PersonalDataKind.PHONE,), INPI)
    answer = an_answer(an_entry(), personal_data=masked)

    page = page_of(client, service, answer, question="ma marque, 06 12 34 56 78")

    said = "Noa a masqué votre numéro de téléphone et n'en a rien conservé. Noa ne rappelle personne"
    assert f'<p class="masked">{said}' in page
    assert "06 12" not in page
    assert "téléphone masqué" in page


@pytest.mark.parametrize(
    ("at", "question", "link"),
    [
        ("/", "how do I register a trademark?", "/en/answer/q-1"),
        ("/en/", "comment déposer une marque ?", "/reponse/q-1"),
        (WIDGET, "how do I register a trademark?", f"/en{WIDGET}/answer/q-1"),
    ],
)
def test_a_question_in_the_other_language_is_answered_and_the_same_page_offered_in_it(
    client: Client, at: str, question: str, link: str
) -> None:
    own = {"origin": "http://testserver.local"}
    words = "See this page in English" if "/en" in link else "Voir cette page en français"

    reply = client.post(at, data={"q": question}, headers=HTMX | own).text
    plain = client.post(at, data={"q": question}, headers=own, follow_redirects=True).text

    for page in (reply, plain):
        assert "<strong>en ligne</strong>" in page
        assert re.search(rf'<p class="switch"><a [^>]*href="{link}"[^>]*>{words}</a>', page)


@pytest.mark.parametrize(
    ("at", "question"),
    [
        ("/", "comment déposer une marque ?"),
        ("/", "kbis"),
        ("/en/", "kbis"),
        ("/en/", "vat number"),
        ("/en/", "how do I register a trademark?"),
    ],
)
def test_no_other_language_is_offered_where_the_question_does_not_tell(
    client: Client, service: FakeService, at: str, question: str
) -> None:
    assert 'class="switch"' not in client.post(at, data={"q": question}, headers=HTMX).text


def test_a_word_or_two_that_were_answered_in_english_are_offered_the_english_page(
    client: Client, service: FakeService
) -> None:
    answer = an_answer(ENTRY, language=Language.ENGLISH)

    assert '<p class="switch"><a ' in page_of(client, service, answer, question="sick pay")


def test_the_link_to_the_other_language_follows_the_answer_shown_in_place(client: Client) -> None:
    reply = client.post("/", data={"q": "marque", "region": "FR-IDF"}, headers=HTMX).text

    assert 'id="other-language" href="/en/answer/q-1?region=FR-IDF" lang="en"' in reply
    assert 'hx-swap-oob="true">English</a>' in reply


def test_a_followed_question_names_whoever_serves_the_region_that_it_was_asked_in() -> None:
    agency = replace(DRIEETS, regions=("FR-IDF",))

    shown = view_followed(
        Followed(an_asked(region="FR-BRE"), FollowState.WAITING, agency_id=agency.id),
        EntryViews(Language.FRENCH, {agency.id: agency}, 3),
    )

    assert shown.contact is not None
    assert shown.contact.name == "La DREETS de votre région"


def test_a_question_to_be_changed_is_written_into_the_field_and_not_asked(client: Client, service: FakeService) -> None:
    page = client.post("/", data={"q": "mon dragon & moi", "edit": "yes"})

    assert ">mon dragon &amp; moi</textarea>" in page.text
    assert "noindex" in page.headers["x-robots-tag"]
    assert page.status_code == 200
    assert service.asked == []


def test_an_answer_ends_with_how_to_reach_its_agency(client: Client, service: FakeService) -> None:
    assert 'class="contact-line">Parler à quelqu\'un : <a class="phone" href="tel:0156658998">' in page_of(
        client, service, an_answer(ENTRY)
    )


@pytest.mark.parametrize(("region", "is_said"), [(None, True), ("FR-IDF", False)])
def test_an_entry_of_some_regions_says_whom_to_ask_elsewhere_to_whoever_may_be_there(
    region: str | None, is_said: bool
) -> None:
    views = EntryViews(Language.FRENCH, {INPI.id: replace(DRIEETS, id=INPI.id)}, 1, region=region)

    view = views.entry(LIMITED)

    assert (view.elsewhere.name if view.elsewhere else "") == ("La DREETS de votre région" if is_said else "")
    assert views.entry(ENTRY).elsewhere is None  # holds everywhere


def test_whom_to_ask_elsewhere_stands_above_the_text(
    client: Client, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "agencies", lambda: {INPI.id: replace(DRIEETS, id=INPI.id)})

    page = page_of(client, service, an_answer(LIMITED))

    assert page.index('Ailleurs\u00a0: <span lang="fr">La DREETS de votre région') < page.index('class="prose"')
