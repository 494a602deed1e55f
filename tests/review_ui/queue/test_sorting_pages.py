"""Groups put aside and back, split and merged, lines that sleep, are in somebody's hands and are spoken of."""

import re
from datetime import timedelta
from html import unescape

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.days import start_of, today_in_paris
from noa_rag.domain.failure import Noise
from noa_rag.domain.question import Language
from noa_rag.domain.queue import ItemId, Pile, QueueItem
from noa_rag.service.office import Office
from noa_rag.web.in_words import day_in_words
from tests.review_ui.desk_helpers import a_kept_draft, a_kept_group
from tests.review_ui.queue.test_queue_pages import titles
from tests.review_ui.review_people import SignIn


def out_of_scope(office: Office, *texts: str) -> str:
    """Keep a group that Noa put aside, and return its id."""
    group = a_kept_group(office, texts)
    office.queue.place([QueueItem(ItemId(group.id), pile=Pile.OUT_OF_SCOPE, judged_volume=len(texts))])
    return group.id


def counts(page: str) -> dict[str, int]:
    """Return what the tabs above the list say."""
    tabs = page.partition('class="tabs"')[2].partition("</nav>")[0]
    return {
        unescape(name): int(count) for name, count in re.findall(r">([^<>]+) <span class=\"tag\">(\d+)</span>", tabs)
    }


def test_what_is_out_of_scope_lies_apart_and_is_dismissed_in_bulk_with_undo(sign_in: SignIn, office: Office) -> None:
    a_kept_group(office, ["comment déposer un brevet"])
    weather, code = out_of_scope(office, "quel temps demain"), out_of_scope(office, "formule excel")
    client = sign_in("ines")

    page = client.get("/revue?agency=all").text
    assert titles(page) == ["comment déposer un brevet"]
    assert counts(page)["Hors champ"] == 2
    aside = client.get("/revue?etat=out_of_scope").text
    assert sorted(titles(aside)) == ["formule excel", "quel temps demain"]
    answer = client.post(
        "/revue/piles/ecarter",
        data={"filters": "etat=out_of_scope", "of_page": [weather, code], "all": "1"},
    )

    assert answer.headers["location"] == "/revue?agency=mine&etat=out_of_scope&fait=ecarte"
    after = client.get(answer.headers["location"]).text
    assert titles(after) == []
    assert "Inès Martin a écarté 2 groupes" in after
    assert sorted(titles(client.get("/revue?etat=dismissed").text)) == ["formule excel", "quel temps demain"]
    [undo] = re.findall(r'action="(/revue/gestes/[0-9a-f]+/annuler)"', after)
    assert client.post(undo).headers["location"] == "/revue?fait=annule"
    assert len(titles(client.get("/revue?etat=out_of_scope").text)) == 2


def test_groups_without_draft_are_given_to_an_agency_in_bulk_from_the_list(sign_in: SignIn, office: Office) -> None:
    patent = a_kept_group(office, ["comment déposer un brevet"])
    design = a_kept_group(office, ["protéger un dessin"])
    a_kept_draft(office)
    client = sign_in("ines")

    page = client.get("/revue?agency=all").text
    assert page.count('type="checkbox"') == 2, "a line with a draft has an agency of its own"
    filters = "agency=none"
    unnamed = client.post("/revue/piles/confier", data={"filters": filters, "group": [patent.id]})
    assert unnamed.status_code == 409
    chosen = {"filters": filters, "group": [patent.id, design.id], "agency": "inpi"}
    answer = client.post("/revue/piles/confier", data=chosen)

    after = client.get(answer.headers["location"]).text
    assert "C'est confié à l'agence" in unescape(after)
    assert titles(after) == []
    ours = titles(client.get("/revue?agency=inpi&etat=undrafted").text)
    assert sorted(ours) == ["comment déposer un brevet", "protéger un dessin"]


def test_a_pile_is_listed_for_any_agency_only_where_it_is_asked_for(sign_in: SignIn, office: Office) -> None:
    out_of_scope(office, "quel temps demain")
    a_kept_draft(office)
    client = sign_in("ines")

    assert titles(client.get("/revue?agency=inpi&etat=all").text) == ["Comment renouveler une marque ?"]
    assert titles(client.get("/revue?agency=inpi&etat=out_of_scope").text) == ["quel temps demain"]
    assert len(titles(client.get("/revue?agency=all&etat=all").text)) == 2


def test_what_is_answered_by_now_waits_no_more_and_can_be_put_back(sign_in: SignIn, office: Office) -> None:
    group = a_kept_group(office, ["comment déposer un brevet"])
    office.queue.place([QueueItem(ItemId(group.id), Pile.ANSWERED, agency_id=AgencyId("inpi"), judged_volume=1)])
    client = sign_in("ines")

    assert titles(client.get("/revue").text) == []
    assert titles(client.get("/revue?etat=answered&agency=inpi").text) == ["comment déposer un brevet"]
    assert "Noa répond maintenant" in client.get(f"/revue/groupes/{group.id}").text
    client.post("/revue/piles/reprendre", data={"group": group.id})
    assert titles(client.get("/revue?agency=inpi").text) == ["comment déposer un brevet"]


def test_noise_says_of_which_kind_it_is_in_the_pile_and_on_its_page(sign_in: SignIn, office: Office) -> None:
    group = a_kept_group(office, ["espèce de gros con"])
    item = QueueItem(ItemId(group.id), Pile.OUT_OF_SCOPE, owner_reason=Noise.ABUSE, judged_volume=1)
    office.queue.place([item])
    client = sign_in("ines")

    assert "injure, menace ou publicité" in client.get("/revue?etat=out_of_scope").text
    assert "injure, menace ou publicité" in client.get(f"/revue/groupes/{group.id}").text


def test_a_ticked_group_is_brought_back_and_without_a_tick_nothing_changes(sign_in: SignIn, office: Office) -> None:
    weather = out_of_scope(office, "quel temps demain")
    client = sign_in("carla")

    refused = client.post("/revue/piles/reprendre", data={"filters": "etat=out_of_scope"})
    assert refused.status_code == 409
    assert "Cochez d'abord" in unescape(refused.text)
    assert titles(refused.text) == ["quel temps demain"]
    client.post("/revue/piles/reprendre", data={"group": weather})

    assert titles(client.get("/revue").text) == ["quel temps demain"]
    assert "sans brouillon" in client.get("/revue").text


def test_the_navigation_says_how_much_waits_for_whoever_is_signed_in(sign_in: SignIn, office: Office) -> None:
    a_kept_draft(office)
    a_kept_group(office, ["comment déposer un brevet"])
    out_of_scope(office, "quel temps demain")

    def said(name: str) -> str:
        page = sign_in(name).get("/revue/fiches").text
        return page.partition('class="places"')[2].partition("</nav>")[0]

    assert 'À traiter <span class="tag">2</span>' in said("carla")
    assert 'À traiter <span class="tag">1</span>' in said("ines")
    assert '<span class="tag">' not in said("ugo")


def test_a_draft_that_no_agency_has_is_taken_by_a_referent_for_her_own(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office, is_unassigned=True)
    client = sign_in("ines")

    assert titles(client.get("/revue").text) == []
    assert titles(client.get("/revue?agency=none").text) == ["Comment renouveler une marque ?"]
    page = client.get(f"/revue/brouillons/{draft.id}").text
    assert "agence à trouver" in page
    assert "/approuver" not in page
    assert '<option value="inpi"' in page
    assert '<option value="urssaf"' not in page
    path = f"/revue/brouillons/{draft.id}"
    form = {"revision": "1"}
    assert client.post(f"{path}/refuser", data={**form, "reason": "Non"}).status_code == 409
    assert client.post(f"{path}/transmettre", data={**form, "hand_over_agency": "urssaf"}).status_code == 403
    client.post(f"{path}/transmettre", data={**form, "hand_over_agency": "inpi"})

    taken = office.store.draft(draft.id)
    assert (taken.owner, taken.is_unassigned) == ("inpi", False)
    assert titles(client.get("/revue").text) == ["Comment renouveler une marque ?"]


def test_a_group_without_a_draft_shows_the_owner_that_noa_is_sure_of_and_no_other(
    sign_in: SignIn, office: Office
) -> None:
    a_kept_group(office, ["sans preuve"])
    sure = a_kept_group(office, ["déposer un brevet"])
    reason = "La fiche la plus proche est celle de l'agence INPI."
    office.queue.place([QueueItem(ItemId(sure.id), agency_id=AgencyId("inpi"), owner_reason=reason)])
    client = sign_in("carla")

    assert titles(client.get("/revue?agency=inpi").text) == ["déposer un brevet"]
    assert reason in unescape(client.get("/revue?agency=inpi").text)
    unassigned = client.get("/revue?agency=none").text
    assert titles(unassigned) == ["sans preuve"]
    assert "agence à trouver" in unassigned


def test_a_group_is_split_and_merged_on_its_page(sign_in: SignIn, office: Office) -> None:
    mixed = a_kept_group(office, ["déposer un brevet", "brevet : comment faire", "louer une salle"])
    other = a_kept_group(office, ["déposer un brevet européen"])
    client = sign_in("ines")
    page = client.get(f"/revue/groupes/{mixed.id}").text
    [room] = re.findall(r'name="question" value="([^"]+)"><label[^>]*><span[^>]*>«\s*louer une salle', unescape(page))

    answer = client.post(f"/revue/groupes/{mixed.id}/scinder", data={"question": room})
    assert answer.headers["location"] == f"/revue/groupes/{mixed.id}?fait=scinde"
    assert office.store.group(mixed.id).volume == 2
    assert "louer une salle" in titles(client.get("/revue?agency=all").text)
    candidates = client.get(f"/revue/groupes/{mixed.id}?groupe=européen").text
    assert f'name="into" value="{other.id}"' in candidates
    answer = client.post(f"/revue/groupes/{mixed.id}/reunir", data={"into": other.id})

    assert answer.headers["location"] == f"/revue/groupes/{other.id}?fait=reuni"
    assert office.store.group(other.id).volume == 3
    assert client.get(f"/revue/groupes/{mixed.id}").status_code == 404
    nothing = client.post(f"/revue/groupes/{other.id}/scinder")
    assert nothing.status_code == 409
    assert "Cochez d'abord" in unescape(nothing.text)


def test_a_line_is_assigned_snoozed_and_commented(sign_in: SignIn, office: Office) -> None:
    group = a_kept_group(office, ["déposer un brevet"])
    draft = a_kept_draft(office, group_id=group.id)
    client = sign_in("carla")
    here = f"/revue/dossiers/{group.id}"
    assert here in client.get(f"/revue/brouillons/{draft.id}").text

    client.post(f"{here}/personne", data={"person": "ines"})
    client.post(f"{here}/commentaires", data={"text": "À voir avec <l'INPI>."})
    page = client.get(f"/revue/brouillons/{draft.id}").text
    assert "À voir avec &lt;l&#39;INPI&gt;." in page
    assert client.get(f"/revue/groupes/{group.id}").headers["location"] == f"/revue/brouillons/{draft.id}"
    listed = client.get("/revue").text
    assert "confié à Inès Martin" in listed
    assert "1 commentaire" in listed
    assert titles(client.get("/revue?qui=ines").text) == ["Comment renouveler une marque ?"]
    assert titles(client.get("/revue?qui=me").text) == []
    tomorrow = today_in_paris() + timedelta(days=1)
    answer = client.post(f"{here}/sommeil", data={"days": "1"})
    said = unescape(client.get(answer.headers["location"]).text)
    assert f"reviendra de lui-même dans la liste le {day_in_words(tomorrow, Language.FRENCH)}" in said
    assert office.queue.item(ItemId(group.id)).snoozed_until == start_of(tomorrow)
    client.post(f"{here}/sommeil", data={"days": "7"})

    assert titles(client.get("/revue").text) == []
    asleep = client.get("/revue?etat=snoozed").text
    assert titles(asleep) == ["Comment renouveler une marque ?"]
    assert "en sommeil jusqu'au" in unescape(asleep)
    client.post(f"{here}/sommeil", data={"wake": "1"})
    assert titles(client.get("/revue").text) == ["Comment renouveler une marque ?"]
    assert counts(sign_in("ines").get("/revue").text)["Entre mes mains"] == 1


def test_what_cannot_be_kept_comes_back_with_the_reason(sign_in: SignIn, office: Office) -> None:
    group = a_kept_group(office, ["déposer un brevet"])
    client, here = sign_in("ines"), f"/revue/dossiers/{group.id}"

    long = client.post(f"{here}/commentaires", data={"text": "mot " * 600})
    assert long.status_code == 409
    assert "2 000 caractères" in unescape(long.text)
    assert "mot mot mot" in long.text
    for day in ("2020-01-01", "demain", ""):
        assert client.post(f"{here}/sommeil", data={"until": day}).status_code == 409
    assert client.post(f"{here}/personne", data={"person": "quentin"}).status_code == 409
    assert client.get("/revue/groupes/unknown").status_code == 404
    assert sign_in("quentin").post(f"{here}/commentaires", data={"text": "Bonjour"}).status_code == 403
    assert "Publier le commentaire" not in client.get(f"/revue/groupes/{group.id}").text


def test_filters_are_saved_under_a_name_and_forgotten(sign_in: SignIn, office: Office) -> None:
    a_kept_group(office, ["déposer un brevet"])
    client = sign_in("ines")

    answer = client.post("/revue/vues", data={"name": "Brevets", "agency": "all", "q": "brevet", "etat": "nimporte"})
    assert answer.headers["location"] == "/revue?agency=all&etat=pending&q=brevet&fait=vue"
    page = client.get("/revue").text
    assert '<a href="/revue?agency=all&amp;etat=pending&amp;q=brevet">Brevets</a>' in page
    assert "Brevets" not in sign_in("ugo").get("/revue").text
    client = sign_in("ines")
    nameless = client.post("/revue/vues", data={"name": "  "})
    assert nameless.status_code == 409
    assert "nom court" in nameless.text
    client.post("/revue/vues/oublier", data={"name": "Brevets"})
    assert "Brevets" not in client.get("/revue").text


def test_a_filter_changed_in_place_brings_its_tab_and_the_fields_that_are_saved(sign_in: SignIn) -> None:
    client = sign_in("ines")

    changed = client.get("/revue?etat=snoozed&agency=all", headers={"hx-request": "true"}).text
    fields = changed.partition('id="saved-fields"')[2]
    assert 'hx-swap-oob="true"' in fields
    assert '<input type="hidden" name="etat" value="snoozed">' in fields
    assert 'id="queue-tabs" hx-swap-oob="true"' in changed
    assert "hx-swap-oob" not in client.get("/revue?etat=snoozed").text
