"""What a person switches on or off: parts of the service, as the audit says, and the banner, a row for each change."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Connection, func, insert, select

from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.switches import Banner, BannerLevel, Switch, SwitchName
from noa_rag.storage.audit import audit_entry, write_audit
from noa_rag.storage.database import Database
from noa_rag.storage.stored_text import check_one_line
from noa_rag.storage.tables import audit, banners, in_utc, themes

ON, OFF = "switch_on", "switch_off"
REASON_LIMIT = 300
_SUBJECTS = {f"switch:{name.value}": name for name in SwitchName}
TEXT_LIMIT = 300  # two sentences: a banner stands above every page, on telephones too
URL_LIMIT = 500
LONGEST = timedelta(days=92)  # whoever wants it longer looks at it again first


class SwitchStore:
    """Reads how each part stands, and switches it; `actor` is who does so."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def all(self) -> list[Switch]:
        """Return the state of every part; one that was never switched is on."""
        with self._database.reading() as connection:
            stand = _newest(connection)
        return [stand.get(name, Switch(name)) for name in SwitchName]

    def turn(self, name: SwitchName, *, on: bool, reason: str, actor: str) -> bool:
        """Switch a part on or off; return whether that changed its state. Raises InvalidRequest for a bad reason."""
        reason = reason.strip()
        if not reason:
            raise InvalidRequest("Say why: the reason stands in the audit.", field="reason", kind="missing")
        if len(reason) > REASON_LIMIT:
            raise InvalidRequest(f"A reason has {REASON_LIMIT} characters.", field="reason", kind="too_long")
        check_one_line("reason", reason)
        with self._database.writing() as connection:
            if _newest(connection).get(name, Switch(name)).is_on == on:
                return False
            write_audit(
                connection,
                actor=actor,
                action=ON if on else OFF,
                subject=f"switch:{name.value}",
                detail={"reason": reason},
                at=self._now(),
            )
        return True


def _newest(connection: Connection) -> dict[SwitchName, Switch]:
    newest = select(func.max(audit.c.number)).where(audit.c.subject.in_(_SUBJECTS)).group_by(audit.c.subject)
    entries = (audit_entry(row) for row in connection.execute(select(audit).where(audit.c.number.in_(newest))))
    return {
        _SUBJECTS[entry.subject]: Switch(
            _SUBJECTS[entry.subject], entry.action == ON, str(entry.detail.get("reason", "")), entry.actor, entry.at
        )
        for entry in entries
    }


class BannerStore:
    """Switches the banner on and off; `actor` is the person who does so, for the audit."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def newest(self) -> Banner | None:
        """Return the banner that was last switched on or off; None when there never was one."""
        with self._database.reading() as connection:
            return _newest_row(connection)

    def switch_on(self, banner: Banner, *, actor: str) -> None:
        """Show this banner in place of the one before. Raises InvalidRequest naming the field."""
        with self._database.writing() as connection:
            _check(connection, banner, self._now())
            self._write(connection, replace(banner, is_on=True), actor)

    def switch_off(self, *, actor: str) -> None:
        """Take the banner away; nothing happens when there is none."""
        with self._database.writing() as connection:
            shown = _newest_row(connection)
            if shown is not None and shown.is_on:
                self._write(connection, replace(shown, is_on=False), actor)

    def _write(self, connection: Connection, banner: Banner, actor: str) -> None:
        detail = {
            "level": banner.level.value,
            "text_fr": banner.text_fr,
            "text_en": banner.text_en,
            "url": banner.url,
            "theme_id": banner.theme_id,
        }
        starts_at, ends_at = banner.starts_at.astimezone(UTC), banner.ends_at.astimezone(UTC)
        now = self._now()
        connection.execute(
            insert(banners).values(**detail, starts_at=starts_at, ends_at=ends_at, is_on=banner.is_on, set_at=now)
        )
        write_audit(
            connection,
            actor=actor,
            action="banner_on" if banner.is_on else "banner_off",
            subject="banner",
            detail={**detail, "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()},
            at=now,
        )


def _newest_row(connection: Connection) -> Banner | None:
    row = connection.execute(select(banners).order_by(banners.c.id.desc()).limit(1)).first()
    if row is None:
        return None
    return Banner(
        level=BannerLevel(row.level),
        text_fr=row.text_fr,
        text_en=row.text_en,
        url=row.url,
        theme_id=row.theme_id,
        starts_at=in_utc(row.starts_at),
        ends_at=in_utc(row.ends_at),
        is_on=row.is_on,
    )


def _check(connection: Connection, banner: Banner, now: datetime) -> None:
    if not banner.text_fr.strip():
        raise InvalidRequest("Write what the banner says.", field="text_fr", kind="missing")
    for name, text in (("text_fr", banner.text_fr), ("text_en", banner.text_en)):
        if len(text) > TEXT_LIMIT:
            raise InvalidRequest(f"A banner has {TEXT_LIMIT} characters.", field=name, kind="too_long")
        check_one_line(name, text)
    if banner.url and not _is_web_address(banner.url):
        raise InvalidRequest("Give an address that begins with https://.", field="url", seen=banner.url[:80])
    if banner.url and banner.theme_id:
        raise InvalidRequest("Choose a theme or give an address.", field="theme_id", kind="both")
    if banner.theme_id:
        known = select(themes.c.id).where(themes.c.id == banner.theme_id)
        if connection.execute(known).first() is None:
            raise InvalidRequest(f"No theme is called `{banner.theme_id}`.", field="theme_id", kind="unknown")
    if banner.ends_at <= max(now, banner.starts_at):
        raise InvalidRequest("The banner must end after it begins, and after now.", field="ends_at", kind="order")
    if banner.ends_at - max(now, banner.starts_at) > LONGEST:
        raise InvalidRequest(f"A banner lasts {LONGEST.days} days at most.", field="ends_at", kind="too_far")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= URL_LIMIT
    return is_plain and parts.scheme == "https" and bool(parts.hostname) and not parts.username
