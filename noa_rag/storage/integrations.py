"""Host sites, and keys of the API's clients (hashes) with how often each was used; every change is in the audit."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from noa_rag.domain.characters import INVISIBLE, LINE_END
from noa_rag.domain.entry import Audience
from noa_rag.domain.errors import InvalidRequest, NotFound
from noa_rag.domain.integrations import (
    KEY_PREFIX,
    PER_MINUTE_LIMIT,
    ClientKey,
    HostSite,
    KeyId,
    KeyUse,
    Origin,
    SiteKey,
    hash_of,
    read_origin,
)
from noa_rag.domain.regions import is_known_region
from noa_rag.french.words import fold
from noa_rag.storage.audit import Detail, write_audit
from noa_rag.storage.database import Database
from noa_rag.storage.stored_text import check_one_line
from noa_rag.storage.tables import client_key_days, client_keys, in_utc, sites, themes

NAME_LIMIT = 120
GREETING_LIMIT = 300
ORIGINS_LIMIT = 20  # they are sent with every page of the frame
_KEY_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_KEY_WORDS_LENGTH, _KEY_TAIL_LENGTH = 24, 6
TOKEN_BYTES = 32
Uses = Mapping[tuple[KeyId, date], KeyUse]


class SiteStore:
    """Adds and changes host sites; `actor` is the person who does so, for the audit. Sites are never deleted."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def everyone(self) -> list[HostSite]:
        """Return every site, disabled ones included, by name."""
        with self._database.reading() as connection:
            return [_site(row) for row in connection.execute(select(sites).order_by(sites.c.name, sites.c.key))]

    def find(self, key: SiteKey) -> HostSite | None:
        with self._database.reading() as connection:
            return _read(connection, key)

    def add(self, site: HostSite, *, actor: str) -> HostSite:
        """Keep a new site and return it under the key that it was given. Raises InvalidRequest naming the field."""
        with self._database.writing() as connection:
            checked = replace(_checked(connection, site), key=site.key or _new_key(site.name))
            connection.execute(insert(sites).values(**_row(checked), key=checked.key, created_at=self._now()))
            self._note(connection, actor, "site_added", checked.key, _in_words(checked))
            return checked

    def change(self, site: HostSite, *, actor: str) -> HostSite:
        """Replace everything about a site except whether it is active. Raises InvalidRequest, NotFound."""
        with self._database.writing() as connection:
            known = _known(connection, site.key)
            checked = replace(_checked(connection, site), is_active=known.is_active)
            if checked != known:
                connection.execute(update(sites).where(sites.c.key == site.key).values(**_row(checked)))
                self._note(connection, actor, "site_changed", site.key, _in_words(checked))
            return checked

    def disable(self, key: SiteKey, *, actor: str) -> None:
        """Close the widget on a site's pages: its frame says so from the next request on. Raises NotFound."""
        self._set_active(key, False, actor)

    def enable(self, key: SiteKey, *, actor: str) -> None:
        """Open a site's widget again. Raises NotFound."""
        self._set_active(key, True, actor)

    def _set_active(self, key: SiteKey, is_active: bool, actor: str) -> None:
        with self._database.writing() as connection:
            if _known(connection, key).is_active is not is_active:
                connection.execute(update(sites).where(sites.c.key == key).values(is_active=is_active))
                self._note(connection, actor, "site_enabled" if is_active else "site_disabled", key, {})

    def _note(self, connection: Connection, actor: str, action: str, key: SiteKey, detail: Detail) -> None:
        write_audit(connection, actor=actor, action=action, subject=key, detail=detail, at=self._now())


def _read(connection: Connection, key: SiteKey) -> HostSite | None:
    row = connection.execute(select(sites).where(sites.c.key == key)).first()
    return _site(row) if row else None


def _known(connection: Connection, key: SiteKey) -> HostSite:
    site = _read(connection, key)
    if site is None:
        raise NotFound(f"No site has the key `{key}`; `noa sites list` shows them.")
    return site


def _site(row: Row[Any]) -> HostSite:
    return HostSite(
        key=SiteKey(row.key),
        name=row.name,
        origins=tuple(Origin(origin) for origin in row.origins),
        greeting_fr=row.greeting_fr,
        greeting_en=row.greeting_en,
        themes=tuple(row.themes),
        region=row.region,
        audience=Audience(row.audience) if row.audience else None,
        is_active=row.is_active,
    )


def _checked(connection: Connection, site: HostSite) -> HostSite:
    """Return the site as it may be kept. Raises InvalidRequest for the first thing that is wrong."""
    name = _text("name", site.name, NAME_LIMIT)
    if not name:
        raise InvalidRequest("Give the site a name, as colleagues read it.", field="name")
    origins = tuple(dict.fromkeys(read_origin(origin) for origin in site.origins if origin.strip()))
    if not origins or len(origins) > ORIGINS_LIMIT:
        raise InvalidRequest(
            f"Give 1 to {ORIGINS_LIMIT} origins, such as https://www.example.fr.", field="origins", kind="count"
        )
    known_themes = set(connection.execute(select(themes.c.id)).scalars())
    if unknown := sorted(set(site.themes) - known_themes):
        seen = ", ".join(unknown)
        raise InvalidRequest(
            f"No theme is called {seen}; known: {', '.join(sorted(known_themes)) or 'none yet'}.",
            field="themes",
            kind="unknown",
            seen=seen,
        )
    if site.region and not is_known_region(site.region):
        raise InvalidRequest(f"`{site.region}` is not the code of a French region.", field="region", seen=site.region)
    return replace(
        site,
        name=name,
        origins=origins,
        greeting_fr=_text("greeting_fr", site.greeting_fr, GREETING_LIMIT),
        greeting_en=_text("greeting_en", site.greeting_en, GREETING_LIMIT),
        themes=tuple(dict.fromkeys(site.themes)),
        region=site.region or None,
    )


def _text(field: str, text: str, limit: int) -> str:
    text = text.strip()
    if len(text) > limit:
        raise InvalidRequest(f"It has {len(text)} characters; {limit} is the limit.", field=field, kind="too_long")
    check_one_line(field, text)
    return text


def _new_key(name: str) -> SiteKey:
    """Return a new key: words of the name, so that figures can be read, and random characters, to make it unique."""
    plain = fold(name).encode("ascii", "ignore").decode()
    words = "-".join("".join(sign if sign.isalnum() else " " for sign in plain).split())[:_KEY_WORDS_LENGTH]
    tail = "".join(secrets.choice(_KEY_SIGNS) for _ in range(_KEY_TAIL_LENGTH))
    return SiteKey("-".join(part for part in (words.strip("-"), tail) if part))


def _row(site: HostSite) -> dict[str, Any]:
    return {
        "name": site.name,
        "origins": list(site.origins),
        "greeting_fr": site.greeting_fr,
        "greeting_en": site.greeting_en,
        "themes": list(site.themes),
        "region": site.region,
        "audience": site.audience.value if site.audience else None,
        "is_active": site.is_active,
    }


def _in_words(site: HostSite) -> dict[str, str | int]:
    row = _row(site)
    del row["is_active"]
    return {name: ", ".join(value) if isinstance(value, list) else value or "" for name, value in row.items()}


class ClientKeyStore:
    """Gives, lists and revokes keys; `actor` is who does so. Keys are never deleted: the audit names them."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def create(self, name: str, *, per_minute: int, actor: str) -> tuple[ClientKey, str]:
        """Keep a new key and return it with its token, which is not kept. Raises InvalidRequest naming the field."""
        name = name.strip()
        if not name or len(name) > NAME_LIMIT or INVISIBLE.search(name) or LINE_END.search(name):
            raise InvalidRequest(f"A name is one line of 1 to {NAME_LIMIT} characters.", field="name")
        if not 1 <= per_minute <= PER_MINUTE_LIMIT:
            raise InvalidRequest(f"A key may ask 1 to {PER_MINUTE_LIMIT} questions a minute.", field="per_minute")
        token = KEY_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        key = ClientKey(KeyId(secrets.token_hex(4)), name, per_minute, self._now())
        with self._database.writing() as connection:
            row = {"id": key.id, "name": name, "per_minute": per_minute, "created_at": key.created_at}
            connection.execute(insert(client_keys).values(**row, key_hash=hash_of(token)))
            detail: Detail = {"name": name, "per_minute": per_minute}
            write_audit(
                connection, actor=actor, action="client_key_created", subject=key.id, detail=detail, at=self._now()
            )
        return key, token

    def revoke(self, key_id: KeyId, *, actor: str) -> ClientKey:
        """Revoke a key and return it; a key that was revoked before is left as it is. Raises NotFound."""
        with self._database.writing() as connection:
            row = connection.execute(select(client_keys).where(client_keys.c.id == key_id)).first()
            if row is None:
                raise NotFound(f"No key has the id `{key_id}`; `noa keys list` shows them.")
            if row.revoked_at is None:
                connection.execute(update(client_keys).where(client_keys.c.id == key_id).values(revoked_at=self._now()))
                detail = {"name": row.name}
                write_audit(
                    connection, actor=actor, action="client_key_revoked", subject=key_id, detail=detail, at=self._now()
                )
        return _key(row)

    def all(self) -> list[ClientKey]:
        """Return every key by name, revoked ones included."""
        with self._database.reading() as connection:
            query = select(client_keys).order_by(client_keys.c.name, client_keys.c.created_at)
            return [_key(row) for row in connection.execute(query)]

    def active(self) -> Mapping[str, ClientKey]:
        """Return the keys that are not revoked, by their hashes."""
        with self._database.reading() as connection:
            rows = connection.execute(select(client_keys).where(client_keys.c.revoked_at.is_(None)))
            return {row.key_hash: _key(row) for row in rows}

    def add_uses(self, uses: Uses) -> None:
        """Add to each key's counts for a day in Paris."""
        days = client_key_days
        with self._database.writing() as connection:
            for (key_id, day), use in uses.items():
                values = {"let_through": use.let_through, "refused": use.refused}
                added = update(days).where(days.c.key_id == key_id, days.c.day == day.isoformat())
                added = added.values({name: days.c[name] + count for name, count in values.items()})
                if not connection.execute(added).rowcount:
                    connection.execute(insert(days).values(key_id=key_id, day=day.isoformat(), **values))

    def uses(self, *, first: date, last: date) -> Mapping[KeyId, KeyUse]:
        """Return what each key did from one day to another, both included; keys that did nothing are left out."""
        days = client_key_days
        query = select(days.c.key_id, func.sum(days.c.let_through), func.sum(days.c.refused))
        query = query.where(days.c.day.between(first.isoformat(), last.isoformat())).group_by(days.c.key_id)
        with self._database.reading() as connection:
            return {KeyId(key_id): KeyUse(int(n), int(m)) for key_id, n, m in connection.execute(query)}


def _key(row: Row[Any]) -> ClientKey:
    revoked_at = in_utc(row.revoked_at) if row.revoked_at else None
    return ClientKey(KeyId(row.id), row.name, row.per_minute, in_utc(row.created_at), revoked_at)
