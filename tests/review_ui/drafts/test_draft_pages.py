"""A draft's page: what it shows, to whom, and what can be tried on it without changing anything."""

import re
from dataclasses import replace
from datetime import date
from html import unescape

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Duplicate, Evidence, ProposedBy
from noa_rag.domain.entry import AlternateQuestion, EntryId
from noa_rag.domain.people import PersonId
from noa_rag.service.office import Office
from tests.review_ui.desk_helpers import CONTENT, a_kept_draft, a_kept_group, form_of, page_of
from tests.review_ui.review_people import SignIn

INES = PersonId("ines")
NOT_YET_VALIDATED = "Pas encore validée : la date de validation sera affichée ici"


def test_nothing_says_that_a_draft_was_validated_before_it_is(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)

    pages = [sign_in("ugo").get(page_of(draft)).text]
    client = sign_in("ines")
    client.post(page_of(draft) + "/refuser", data={"revision": "1", "reason": "Hors sujet"})
    pages.append(client.get(page_of(draft)).text)

    for page in pages:
        assert NOT_YET_VALIDATED in page
        assert "Validé le" not in page


def test_everybody_may_read_and_only_a_referent_of_the_agency_has_the_editor(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)

    shown = {name: sign_in(name).get(page_of(draft)) for name in ("ines", "ugo", "carla", "quentin", "adele")}

    for name, answer in shown.items():
        assert answer.status_code == 200
        assert "Comment renouveler une marque ?" in answer.text
        assert ("/approuver" in answer.text) == (name == "ines")
        assert ("/enregistrer" in answer.text) == (name == "ines")
        assert ("/transmettre" in answer.text) == (name in ("ines", "carla"))


def test_a_draft_shows_what_was_asked_and_the_evidence(sign_in: SignIn, office: Office) -> None:
    group = a_kept_group(office, ["renouveler ma marque", "renouveler ma marque", "prolonger une marque"])
    evidence = Evidence(
        EntryId("f1"), "Marque", "https://www.service-public.fr/f1", "Durée", "Dix ans renouvelables.", 0.91
    )
    draft = a_kept_draft(office, group_id=group.id, evidence=(evidence,), owner_reason="Elle tient.")

    page = sign_in("ines").get(page_of(draft)).text

    assert "demandée 3 fois" in page
    assert '«\u202frenouveler ma marque\u202f»</span> <span class="soft">2 fois</span>' in page
    assert "Dix ans renouvelables." in page
    assert 'href="https://www.service-public.fr/f1"' in page
    assert "Aucun texte officiel" not in page
    assert "proximité" not in page  # a cosine says nothing to a reader
    assert "Elle tient." in page


def test_evidence_that_is_not_near_enough_is_not_shown_as_evidence(sign_in: SignIn, office: Office) -> None:
    evidence = Evidence(EntryId("f1"), "Marque", "https://www.service-public.fr/f1", "", "Sans rapport.", 0.84)
    draft = a_kept_draft(
        office, evidence=(evidence,), is_thin=True, proposed_by=ProposedBy.EXTRACT, content=replace(CONTENT, answer="")
    )

    page = sign_in("ines").get(page_of(draft)).text

    assert "Sans rapport." not in page
    assert "Aucun texte officiel assez proche de la question" in page
    assert "Aucune réponse n'est proposée : écrivez-la." in page
    assert re.search(r'<textarea id="field-answer"[^>]*>\n</textarea>', page)


def test_the_verdict_stands_after_the_difference_with_the_ways_to_the_drafts_beside(
    sign_in: SignIn, office: Office
) -> None:
    entry = office.current(EntryId("deposer-une-marque"))
    edit = a_kept_draft(office, entry_id=entry.id, content=replace(entry.content, answer="Autrement."), base_version=1)
    other = a_kept_draft(office, entry_id="autre", content=replace(CONTENT, question="Une autre marque ?"))
    a_kept_draft(office, entry_id="ailleurs", agency_id=AgencyId("urssaf"))

    page = sign_in("ines").get(page_of(edit)).text
    read = sign_in("ugo").get(page_of(edit)).text

    assert page.index('id="difference-title"') < page.index('class="verdict-bar')
    assert "1 sur 2" in page
    assert f'rel="next" href="{page_of(other)}"' in page
    assert 'form="editor"' in page
    assert "Approuver" not in read[read.index('class="verdict-bar') : read.index("<dialog")]


def test_the_keys_are_listed_on_a_page_of_their_own(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("quentin")

    page = client.get("/revue/touches").text

    assert 'href="/revue/touches"' in client.get(page_of(draft)).text
    assert all(f"<kbd>{key}</kbd>" in page for key in "spea?")
    assert "data-keys-switch" in page


def test_an_edit_of_a_validated_entry_reads_as_not_yet_validated(sign_in: SignIn, office: Office) -> None:
    entry = office.current(EntryId("deposer-une-marque"))
    content = replace(entry.content, answer="Autrement.", validated_on=date(2026, 1, 5))
    draft = a_kept_draft(office, entry_id=entry.id, content=content, base_version=1)

    client = sign_in("ines")
    shown = client.post(page_of(draft) + "/apercu", data=form_of(draft)).text
    read = sign_in("ugo").get(page_of(draft)).text

    for page in (shown, read):
        assert NOT_YET_VALIDATED in page
        assert not re.search(r"[Vv]alidée? le", page)


def test_duplicates_stand_before_the_editor_with_one_click(sign_in: SignIn, office: Office) -> None:
    duplicate = Duplicate("entry", "deposer-une-marque", "Comment déposer une marque ?", 0.93)
    draft = a_kept_draft(office, duplicates=(duplicate,))
    client = sign_in("ines")

    page = client.get(page_of(draft)).text
    assert page.index("ressemblance 93 %") < page.index('id="editor"')
    data = {"revision": "1", "entry": "deposer-une-marque"}
    answer = client.post(page_of(draft) + "/rattacher", data=data)

    assert answer.status_code == 303
    entry = office.current(EntryId("deposer-une-marque"))
    assert [question.text for question in entry.content.alternate_questions] == ["Comment renouveler une marque ?"]
    assert "Questions rattachées" in client.get(page_of(draft)).text


def test_the_preview_is_what_the_public_sees_once_it_is_approved(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")
    data = form_of(draft, answer="Une liste :\r\n\r\n- un\r\n- deux [lien](https://www.inpi.fr)")

    page = client.post(page_of(draft) + "/apercu", data=data).text
    fragment = client.post(page_of(draft) + "/apercu", data=data, headers={"hx-request": "true"}).text
    assert office.store.draft(draft.id) == draft
    client.post(page_of(draft) + "/approuver", data=data)
    public = client.get("/entrees/renouveler-une-marque", headers={"hx-request": "true"}).text

    assert "<!doctype" not in fragment
    assert '<article class="exchange">' in fragment
    (validated,) = re.findall(r"Validé le [^<]+", public)
    still_to_come = public.replace(validated, NOT_YET_VALIDATED).strip()
    assert still_to_come in fragment
    assert still_to_come in page
    assert validated in client.get(page_of(draft)).text


def test_what_would_change_is_told_without_publishing(sign_in: SignIn, office: Office) -> None:
    group = a_kept_group(office, ["comment renouveler une marque", "renouveler une marque comment"])
    a_kept_group(office, ["une marque, comment renouveler"])
    draft = a_kept_draft(office, group_id=group.id)
    client = sign_in("ines")

    page = client.post(page_of(draft) + "/effets", data=form_of(draft, answer="Mon texte.")).text

    assert "2 des 2 questions du groupe seraient répondues." in page
    assert "Questions enregistrées reposées : 1, dont 1 différentes. Inchangées : 0." in page
    assert "Nouvellement répondues (1)" in page
    assert "Mon texte." in page
    assert office.noa.records.current([EntryId("renouveler-une-marque")]) == {}


def test_an_entry_to_attach_to_is_found_by_its_words(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")

    page = client.get(page_of(draft) + "/rattacher?q=DEPOSER").text
    fragment = client.get(page_of(draft) + "/rattacher?q=deposer", headers={"hx-request": "true"}).text
    nothing = client.get(page_of(draft) + "/rattacher?q=tarte").text

    for answer in (page, fragment):
        assert '<input type="hidden" name="entry" value="deposer-une-marque">' in answer
    assert "<!doctype" not in fragment
    assert "Aucune fiche en ligne ne contient ces mots." in nothing


def test_an_edit_shows_the_difference_side_by_side(sign_in: SignIn, office: Office) -> None:
    entry = office.current(EntryId("deposer-une-marque"))
    content = replace(entry.content, question="Comment déposer une marque ou un logo ?")
    draft = a_kept_draft(office, entry_id=entry.id, content=content, base_version=1)

    page = sign_in("ines").get(page_of(draft)).text

    assert "<ins> ou un logo</ins>" in page or "<ins>ou un logo </ins>" in page
    assert "En ligne, version 1" in page


def test_htmx_gets_the_part_of_the_page_alone(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")

    shown = client.get(page_of(draft), headers={"hx-request": "true"}).text
    data = form_of(draft, answer=" ")
    refused = client.post(page_of(draft) + "/apercu", data=data, headers={"hx-request": "true"})

    assert "<!doctype" not in shown
    assert "Comment renouveler une marque ?" in shown
    assert refused.headers["hx-retarget"] == "#draft"


def test_a_draft_that_somebody_edited_says_which_of_its_questions_were_split_off(
    sign_in: SignIn, office: Office
) -> None:
    group = a_kept_group(office, ["comment renouveler ma marque", "prix du kilo de tomates"])
    alternates = (AlternateQuestion("prix du kilo de tomates", "fr"), AlternateQuestion("renouveler sa marque", "fr"))
    text = replace(CONTENT, alternate_questions=alternates)
    draft = a_kept_draft(office, group_id=group.id, content=text, author=INES)
    client = sign_in("ines")
    assert "dans un groupe à part" not in client.get(page_of(draft)).text

    tomatoes = next(failure.asked.question_id for failure in group.failures if "tomates" in failure.asked.text)
    move = office.queue_desk.split(INES, group.id, [tomatoes])

    warned = unescape(client.get(page_of(draft)).text).partition("dans un groupe à part")[2].partition("</div>")[0]
    assert "prix du kilo de tomates" in warned
    assert "renouveler" not in warned
    office.queue_desk.undo(INES, move.id)
    assert "dans un groupe à part" not in client.get(page_of(draft)).text
