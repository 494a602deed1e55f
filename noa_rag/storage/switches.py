"""Switches, kept in the audit alone: the newest entry on a part says how it stands, who switched it and why."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from noa_rag.domain.characters import INVISIBLE, LINE_END
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.switches import Switch, SwitchName
from noa_rag.storage.audit import audit_entry, take_turn, write_audit
from noa_rag.storage.database import Database
from noa_rag.storage.tables import audit

ON, OFF = "switch_on", "switch_off"
REASON_LIMIT = 300
_SUBJECTS = {f"switch:{name.value}": name for name in SwitchName}


class SwitchStore:
    """Reads how each part stands, and switches it; `actor` is who does so."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def all(self) -> list[Switch]:
        """Return every part as it stands, on where it was never switched."""
        with self._database.reading() as connection:
            stand = _newest(connection)
        return [stand.get(name, Switch(name)) for name in SwitchName]

    def turn(self, name: SwitchName, *, on: bool, reason: str, actor: str) -> bool:
        """Switch a part and say why; return whether it stood otherwise. Raises InvalidRequest for no good reason."""
        reason = reason.strip()
        if not reason:
            raise InvalidRequest("Say why: the reason stands in the audit.", field="reason", kind="missing")
        if len(reason) > REASON_LIMIT:
            raise InvalidRequest(f"A reason has {REASON_LIMIT} characters.", field="reason", kind="too_long")
        if INVISIBLE.search(reason) or LINE_END.search(reason):
            raise InvalidRequest("A reason is one line of text.", field="reason", kind="invisible_character")
        with self._database.writing() as connection:
            take_turn(connection)
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
    found = (audit_entry(row) for row in connection.execute(select(audit).where(audit.c.number.in_(newest))))
    return {
        _SUBJECTS[one.subject]: Switch(
            _SUBJECTS[one.subject], one.action == ON, str(one.detail.get("reason", "")), one.actor, one.at
        )
        for one in found
    }
