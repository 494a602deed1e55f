"""Host sites: what is kept of them, what is refused, and that every change is in the audit."""

from dataclasses import replace
from typing import Any

import pytest

from noa_rag.domain.entry import Audience
from noa_rag.domain.errors import InvalidRequest, NotFound
from noa_rag.domain.integrations import HostSite, Origin, SiteKey, read_origin
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.database import Database
from noa_rag.storage.integrations import SiteStore


def a_site(**changes: Any) -> HostSite:
    site = HostSite(
        key=SiteKey(""),
        name="Portail PME de l'État",
        origins=(Origin("https://www.pme.example"),),
        greeting_fr="Bienvenue",
        themes=("propriete-intellectuelle",),
        region="FR-BRE",
        audience=Audience.TPE,
    )
    return replace(site, **changes)


@pytest.fixture
def sites(database: Database) -> SiteStore:
    return SiteStore(database)


def test_a_site_is_kept_under_a_key_that_holds_words_of_its_name(sites: SiteStore, database: Database) -> None:
    added = sites.add(a_site(), actor="adele")

    assert added.key.startswith("portail-pme-de-l-etat-")
    assert len(added.key) <= 40
    assert sites.find(added.key) == added == replace(a_site(), key=added.key)
    assert sites.find(SiteKey("other")) is None
    noted = AuditStore(database).entries(limit=1)[0]
    assert (noted.action, noted.actor, noted.subject) == ("site_added", "adele", added.key)
    assert noted.detail["origins"] == "https://www.pme.example"
    assert AuditStore(database).verify() == []


def test_two_sites_of_one_name_have_different_keys(sites: SiteStore) -> None:
    keys = {sites.add(a_site(name=name), actor="adele").key for name in ("***", "***", "é" * 120)}

    assert len(keys) == 3


def test_a_site_is_changed_closed_and_opened(sites: SiteStore, database: Database) -> None:
    site = sites.add(a_site(), actor="adele")

    sites.disable(site.key, actor="adele")
    sites.disable(site.key, actor="adele")
    changed = sites.change(replace(site, name="Autre nom", region=None, themes=()), actor="carla")
    assert (changed.name, changed.region, changed.is_active) == ("Autre nom", None, False)
    sites.change(changed, actor="carla")
    sites.enable(site.key, actor="adele")

    assert sites.everyone() == [replace(changed, is_active=True)]
    noted = [entry.action for entry in AuditStore(database).entries(limit=10)]
    assert noted == ["site_enabled", "site_changed", "site_disabled", "site_added"]


def test_an_unknown_site_is_told(sites: SiteStore) -> None:
    for change in (sites.disable, sites.enable):
        with pytest.raises(NotFound, match="noa sites list"):
            change(SiteKey("nobody"), actor="adele")
    with pytest.raises(NotFound):
        sites.change(a_site(key=SiteKey("nobody")), actor="adele")


@pytest.mark.parametrize(
    ("changes", "field", "kind"),
    [
        ({"name": "  "}, "name", ""),
        ({"name": "x" * 121}, "name", "too_long"),
        ({"name": "a\u202eb"}, "name", "invisible_character"),
        ({"greeting_fr": "x" * 301}, "greeting_fr", "too_long"),
        ({"greeting_en": "a\nb"}, "greeting_en", "invisible_character"),
        ({"origins": ()}, "origins", "count"),
        ({"origins": (" ",)}, "origins", "count"),
        ({"origins": tuple(f"https://{number}.example" for number in range(21))}, "origins", "count"),
        ({"origins": ("www.pme.example",)}, "origins", "scheme"),
        ({"themes": ("nowhere",)}, "themes", "unknown"),
        ({"region": "FR-XX"}, "region", ""),
    ],
)
def test_what_cannot_be_a_site_is_told_by_field(
    sites: SiteStore, changes: dict[str, Any], field: str, kind: str
) -> None:
    with pytest.raises(InvalidRequest) as raised:
        sites.add(a_site(**changes), actor="adele")

    assert (raised.value.field, raised.value.kind) == (field, kind)
    assert sites.everyone() == []


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://www.example.fr", "https://www.example.fr"),
        ("  HTTPS://WWW.Example.FR/ ", "https://www.example.fr"),
        ("https://example.fr:443", "https://example.fr"),
        ("http://example.fr:80", "http://example.fr"),
        ("https://example.fr:8443", "https://example.fr:8443"),
        ("http://localhost:8010", "http://localhost:8010"),
        ("http://127.0.0.1:8010", "http://127.0.0.1:8010"),
        ("https://xn--caf-dma.example", "https://xn--caf-dma.example"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(typed: str, origin: str) -> None:
    assert read_origin(typed) == origin


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("", "scheme"),
        ("www.example.fr", "scheme"),
        ("ftp://example.fr", "scheme"),
        ("//example.fr", "scheme"),
        ("null", "scheme"),
        ("'self'", "scheme"),
        ("https://*.example.fr", "wildcard"),
        ("https://*", "wildcard"),
        ("https://example.fr/page", "path"),
        ("https://example.fr//", "path"),
        ("https://example.fr?x", "path"),
        ("https://example.fr#x", "path"),
        ("https://moi:secret@example.fr", "path"),
        ("https://example.fr\\x", "path"),
        ("https://example.fr:0", "port"),
        ("https://example.fr:70000", "port"),
        ("https://example.fr:abc", "port"),
        ("https://example.fr:", "port"),
        ("https://", "host"),
        ("https://exa mple.fr", "host"),
        ("https://example.fr; script-src x", "host"),
        ("https://example..fr", "host"),
        ("https://-example.fr", "host"),
        ("https://[::1]", "host"),
        ("https://[", "port"),
        ("https://café.example", "accents"),
    ],
)
def test_what_is_no_origin_is_refused_with_its_reason(typed: str, kind: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        read_origin(typed)

    assert (raised.value.field, raised.value.kind) == ("origins", kind)
