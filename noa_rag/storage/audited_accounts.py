"""Accounts in the audit: what its entries say of them, and the comparison with the accounts of the base."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from noa_rag.domain.errors import Worded
from noa_rag.domain.people import Person
from noa_rag.storage.tables import people

ADDED, ROLES_SET, CONFIRMED = "person_added", "roles_set", "account_confirmed"
ENABLED, DISABLED = "person_enabled", "person_disabled"
PASSWORD_SET, RENEWED = "password_set", "password_hash_renewed"
ACCOUNT_ACTIONS = (ADDED, ROLES_SET, PASSWORD_SET, DISABLED, ENABLED, CONFIRMED)  # what people do with accounts
WAITS = "waits"
"""The part of an entry which says that the change waits for a second person."""


@dataclass
class AccountSaid:
    """What the chain says of one account; `number` is the last entry about it."""

    number: int
    parts: dict[str, Any] = field(default_factory=dict)


class AccountsSaid:
    """What the chain says of every account, built up entry by entry."""

    def __init__(self) -> None:
        self._said: dict[str, AccountSaid] = {}

    def hear(self, *, number: int, actor: str, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        """Record what an entry of the chain says of an account; other entries are ignored."""
        if action == ADDED:
            self._said[subject] = AccountSaid(number, {"is_active": True, "unconfirmed": []})
        elif subject not in self._said or action not in (*ACCOUNT_ACTIONS, RENEWED):
            return
        said = self._said[subject]
        said.number = number
        said.parts |= {name: detail[name] for name in ("roles", "agencies", "password") if name in detail}
        if action in (ENABLED, DISABLED):
            said.parts["is_active"] = action == ENABLED
        if action == CONFIRMED:
            said.parts["unconfirmed"] = []
        elif detail.get(WAITS):
            said.parts["unconfirmed"].append([actor, number])

    def findings(self, connection: Connection) -> Iterator[Worded]:
        """Yield a sentence for each difference between the accounts of the base and what the chain says."""
        missing = dict(self._said)
        for row in connection.execute(select(people).order_by(people.c.id)):
            said = missing.pop(row.id, None)
            if said is None:
                yield Worded("the account `{account}` is not in the chain", account=row.id)
                continue
            stored = _parts_of(row)
            for what, value in said.parts.items():
                if stored[what] != value:
                    yield Worded(
                        "the account `{account}`: {what} is not what the chain says, last in entry {number}",
                        account=row.id,
                        what=what,
                        number=said.number,
                    )
        for account, said in missing.items():
            yield Worded(
                "the account `{account}` is in the chain, as entry {number}, but not in the base",
                account=account,
                number=said.number,
            )


def fingerprint(password_hash: str) -> str:
    """Return what the chain keeps of a password: the SHA-256 of its salted hash, useless for trying passwords."""
    return hashlib.sha256(password_hash.encode()).hexdigest()


def rights_of(person: Person) -> dict[str, list[str]]:
    """Return a person's roles and agencies, sorted, as the database keeps them."""
    return {"roles": sorted(role.value for role in person.roles), "agencies": sorted(person.agencies)}


def rights_in_words(person: Person) -> dict[str, str]:
    """Return a person's roles and agencies as the comma-separated text of the audit."""
    return {name: ", ".join(values) for name, values in rights_of(person).items()}


def _parts_of(row: Row[Any]) -> dict[str, Any]:
    return {
        "roles": ", ".join(row.roles),
        "agencies": ", ".join(row.agencies),
        "is_active": row.is_active,
        "password": fingerprint(row.password_hash),
        "unconfirmed": [list(change) for change in row.unconfirmed],
    }
