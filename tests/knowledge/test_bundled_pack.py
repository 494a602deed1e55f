"""The pack that comes with Noa: enough entries of every agency, each found, read, reviewed and vouched for."""

import re
from collections import Counter
from datetime import date

import pytest

from noa_rag.domain.entry import Source
from noa_rag.domain.facts import whole_text
from noa_rag.knowledge.pack import Pack
from noa_rag.knowledge.rules.report import unlisted_entries
from noa_rag.web.entries.next_steps import SERVICES_LIMIT

# About 235 words. Answers that list conditions, amounts and deadlines need more than the 1,200 characters that three in
# four keep to, and read well in short labelled points; the steps of a journey are counted apart.
LONGEST_ANSWER = 1_450
LINKED = re.compile(r"\]\((https://[^\s)]+)\)")
AGENCIES_OF_THE_HUB = {
    "banque-de-france",
    "bpifrance",
    "cci-paris",
    "dgfip",
    "douanes",
    "drfip-idf",
    "driaaf",
    "drieets-idf",
    "economie-finances",
    "france-travail",
    "inpi",
    "prefecture-police",
    "prefecture-region-idf",
    "urssaf-idf",
}


def test_the_bundled_pack_holds_two_hundred_entries_and_eight_for_each_agency(bundled_pack: Pack) -> None:
    counts = Counter(content.agency_id for _, content in bundled_pack.entries)

    assert len(bundled_pack.entries) >= 200
    assert set(counts) == AGENCIES_OF_THE_HUB
    assert min(counts.values()) >= 8


def test_each_bundled_entry_can_be_found_read_and_reviewed(bundled_pack: Pack) -> None:
    for entry_id, content in bundled_pack.entries:
        french = [question for question in content.alternate_questions if question.language == "fr"]
        assert len(french) >= 3, entry_id
        assert content.review_by is not None, entry_id
        if content.branches:  # a situation only asks
            continue
        shortest = 150 if content.steps else 300  # the steps of a journey say the rest
        assert shortest <= len(content.answer) <= LONGEST_ANSWER, entry_id
        assert content.sources, entry_id
        assert all(source.url.startswith("https://") for source in content.sources), entry_id


def test_each_online_service_says_what_one_does_at_an_address_that_an_entry_cites(bundled_pack: Pack) -> None:
    contents = [content for _, content in bundled_pack.entries]
    cited = {source.url for content in contents for source in content.sources}
    cited |= {url for content in contents for url in LINKED.findall(whole_text(content))}
    named = {entry_id: content.online_services for entry_id, content in bundled_pack.entries}

    for entry_id, services in named.items():
        assert len({service.title for service in services}) == len(services) <= SERVICES_LIMIT, entry_id
        for service in services:
            assert service.url in cited, entry_id
            assert " " in service.title, entry_id  # what one does there, no bare site name
            assert len(service.title) <= 60, entry_id
    assert named["carte-professionnelle-vtc-taxi"] == ()  # asked of the prefecture, not online
    assert named["taux-de-tva"] == ()  # a rate
    assert named["deposer-une-marque"] == (Source("Déposer une marque", "https://procedures.inpi.fr"),)


def test_no_bundled_entry_is_past_its_window_or_its_review_when_it_was_validated(bundled_pack: Pack) -> None:
    for entry_id, content in bundled_pack.entries:
        validated_on = content.validated_on or date(2026, 11, 24)
        assert content.window.contains(validated_on), entry_id
        assert content.review_by is None or content.review_by > validated_on, entry_id


def test_no_visitor_of_another_region_is_sent_to_an_agency_of_ile_de_france(bundled_pack: Pack) -> None:
    for region in ("FR-BRE", "FR-69", "FR-974"):
        for agency in bundled_pack.agencies:
            card = agency.serving(region)

            assert card is not None
            said = " ".join((card.name, card.url, card.remit)).lower()
            assert not any(word in said for word in ("île-de-france", "idf", "paris", "préfecture de police")), said


@pytest.mark.parametrize("region", [None, "FR-IDF", "FR-BRE"])
def test_every_bundled_agency_can_be_called_or_calls_back(bundled_pack: Pack, region: str | None) -> None:
    cards = [agency.serving(region) for agency in bundled_pack.agencies]

    assert [card.id for card in cards if card and not (card.phone or card.callback_url)] == []


def test_every_theme_of_the_bundled_pack_is_used_and_has_two_titles(bundled_pack: Pack) -> None:
    used = {content.theme for _, content in bundled_pack.entries}

    assert {theme.id for theme in bundled_pack.themes} == used
    assert all(theme.title and theme.title_en for theme in bundled_pack.themes)


def test_every_entry_of_a_divided_theme_is_in_a_sub_theme_of_five_to_twenty(bundled_pack: Pack) -> None:
    children = [child for theme in bundled_pack.themes for child in theme.children]

    assert list(unlisted_entries(bundled_pack)) == []
    assert len(children) > 50
    assert {child.id: len(child.entries) for child in children if not 5 <= len(child.entries) <= 20} == {}
    assert all(child.title and child.title_en for child in children)


def test_the_start_page_begins_with_creation_and_six_situations(bundled_pack: Pack) -> None:
    contents = dict(bundled_pack.entries)
    start = [entry_id for theme in bundled_pack.themes for entry_id in theme.start]

    assert start[0] == "situation-creer-entreprise"
    assert [len(contents[entry_id].branches) > 1 for entry_id in start] == [True] * 6
    assert [theme.id for theme in bundled_pack.themes if not theme.top] == []
