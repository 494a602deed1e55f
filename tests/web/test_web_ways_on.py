"""What stands beside an answer or a refusal: ways on, what was masked, and the pages of the other language."""

import re
from dataclasses import replace

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.agency import Agency, AgencyId, LocalOffice
from noa_rag.domain.answer import Answer, AnswerPart, PersonalData, PersonalDataKind, Reason, Searched
from noa_rag.domain.question import Language
from noa_rag.review.following import Followed, FollowState
from noa_rag.web.entries.views import EntryViews
from noa_rag.web.tracking import view_followed
from tests.asked import an_asked
from tests.web.fake_service import INPI, THEMES, FakeService, a_host_site, an_abstention, an_answer, an_entry

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
    answer = an_abstention(an_entry(), contact=INPI)
    return replace(answer, reason=Reason.UNCERTAIN, searched=Searched(("déposer", "dragon"), ("dragon",)), **changes)


def text_of(page: str) -> str:
    """Return what is copied of a page, and read aloud: its text without any style."""
    return re.sub(r"<[^>]*>", "", page)


def test_a_refusal_says_which_words_were_searched_and_which_no_entry_holds(
    client: Client, service: FakeService
) -> None:
    page = page_of(client, service, refusal())

    assert "Noa a cherché ces mots : «\u202fdéposer\u202f», «\u202fdragon\u202f»." in text_of(page)
    assert "Aucune fiche ne contient : «\u202fdragon\u202f»." in text_of(page)
    assert '<a href="#question">Reformuler ma question</a>' in page
    assert 'action="/entrees/deposer-une-marque"' in page
    assert "No entry holds: “dragon”." in text_of(page_of(client, service, refusal(), at="/en/"))


def test_a_refusal_leads_to_the_themes_of_the_nearest_entries(client: Client, service: FakeService) -> None:
    page = page_of(client, service, refusal(themes=THEMES[:1]))

    assert "Les thèmes les plus proches" in page
    assert '<a href="/themes/propriete-intellectuelle">Marques, brevets et créations</a>' in page
    english = page_of(client, service, refusal(themes=THEMES[:1]), at="/en/")
    assert '<a href="/en/themes/propriete-intellectuelle">Intellectual property</a>' in english


def test_where_nothing_is_close_the_refusal_says_so_and_lists_all_themes(client: Client, service: FakeService) -> None:
    page = page_of(client, service, replace(an_abstention(), themes=THEMES))

    assert "Aucune question de la base n'est proche de la vôtre." in page
    assert "Chercher par thème" in page
    assert page.count('<li><a href="/themes/') == len(THEMES)
    assert "Les questions les plus proches" not in page


def test_in_a_frame_themes_stay_in_it_and_are_those_of_the_host_site(client: Client, service: FakeService) -> None:
    host = a_host_site(themes=("cotisations",))
    service.hosts = {host.key: host}
    service.answer = replace(an_abstention(), themes=THEMES)
    own = {"origin": "http://testserver.local"}

    page = client.post(WIDGET, data={"q": "x"}, headers=HTMX | own).text

    assert re.findall(r'<li><a href="([^"]*themes[^"]*)"', page) == [f"{WIDGET}/themes/cotisations"]


def test_a_refusal_names_whom_to_call_and_whom_in_another_region(client: Client, service: FakeService) -> None:
    page = page_of(client, service, refusal(contact=DRIEETS))

    assert "À qui vous adresser" in page
    assert "DRIEETS Île-de-France" in page
    assert "Dans une autre région : " in page
    assert 'La DREETS de votre région, <a class="phone" href="tel:0806000126">0 806 000 126</a>' in page


def test_a_refusal_says_where_an_adviser_calls_back(client: Client, service: FakeService) -> None:
    contact = replace(INPI, phone=None, callback_url="https://conseillers.example.fr")

    page = page_of(client, service, refusal(contact=contact))

    assert "Être rappelé par un conseiller : " in page
    assert '<a href="https://conseillers.example.fr" rel="noopener nofollow">conseillers.example.fr</a>' in page


def test_a_part_without_answer_names_whom_to_ask(client: Client, service: FakeService) -> None:
    entry = an_entry()
    parts = (AnswerPart("déposer ma marque", entry, entry.content.answer), AnswerPart("un dragon", contact=INPI))

    page = page_of(client, service, an_answer(entry, parts=parts))

    assert "Noa n'a pas de réponse validée à cette partie." in page
    assert "Pour cette partie, adressez-vous à" in page
    assert 'href="tel:0156658998"' in page


# --- personal data -------------------------------------------------------------------------------------------------


def test_the_visitor_is_told_what_was_masked_beside_the_answer(client: Client, service: FakeService) -> None:
    masked = PersonalData((PersonalDataKind.PHONE,), INPI)
    answer = an_answer(an_entry(), personal_data=masked)

    page = page_of(client, service, answer, question="ma marque, 06 12 34 56 78")

    said = "Noa a masqué votre numéro de téléphone et n'en a rien conservé. Noa ne rappelle personne"
    assert f'<p class="masked">{said}' in page
    assert "06 12" not in page
    assert "téléphone masqué" in page
    assert "your telephone number" in page_of(client, service, answer, at="/en/")
    assert 'class="masked"' not in page_of(client, service, an_answer(an_entry()))


def test_a_message_of_personal_data_alone_is_said_to_hold_no_question(client: Client, service: FakeService) -> None:
    masked = PersonalData((PersonalDataKind.EMAIL,), INPI, is_all=True)

    page = page_of(client, service, replace(an_abstention(), personal_data=masked), question="jean@example.fr")

    assert "<h3>Noa n'a pas lu de question</h3>" in page
    assert "votre adresse électronique" in page


def test_a_greeting_is_answered_without_a_refusal_s_advice(client: Client, service: FakeService) -> None:
    greeted = replace(an_abstention(), reason=Reason.SMALL_TALK, text="Bonjour !", themes=THEMES)

    page = page_of(client, service, greeted, question="bonjour")

    assert "<h3>Noa vous écoute</h3>" in page
    assert "Chercher par thème" in page
    for advice in ("Poser la question autrement", "Pour être orienté", "Aucune question de la base"):
        assert advice not in page


# --- the other language --------------------------------------------------------------------------------------------


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
    service.answer = an_answer(an_entry(), language=Language.ENGLISH)

    page = client.post("/", data={"q": "sick pay"}, headers=HTMX).text

    assert '<p class="switch"><a ' in page


def test_an_answer_without_an_address_offers_none(client: Client, service: FakeService) -> None:
    service.answer = an_answer(an_entry(), is_unrecorded=True)

    page = client.post("/", data={"q": "how do I register a trademark?"}, headers=HTMX).text

    assert 'class="switch"' not in page
    assert 'id="other-language" href="/en/"' in page


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


def test_a_translation_is_not_asked_to_be_rephrased(client: Client, service: FakeService) -> None:
    service.rephrased = an_answer(an_entry())

    assert 'class="rephrase"' in page_of(client, service, an_answer(an_entry()))
    assert 'class="rephrase"' not in page_of(
        client, service, an_answer(an_entry(), language=Language.ENGLISH), at="/en/"
    )
