"""Security keys in the database, on each engine: what is spent is spent for every worker, and counts of 32 bits fit."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from noa_rag.domain.errors import NotAllowedNow
from noa_rag.domain.people import PersonId
from noa_rag.domain.sign_in import Ceremony, SecurityKey
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.credentials import SecondFactorStore, SecretBox
from noa_rag.storage.database import Database
from noa_rag.storage.passwords import Passwords
from noa_rag.storage.people import PeopleStore
from noa_rag.storage.sign_in import SecurityKeyStore, SessionStore
from tests.factories import APPROVED_AT, a_person
from tests.review.door import INES, PASSWORD, QUICK

AT = APPROVED_AT
KEY = SecurityKey("Y2zDqQ", "clé bleue", b"\x00\xff", 0, ("usb", "nfc"), AT)


@pytest.fixture(autouse=True)
def _people(database: Database) -> None:
    people = PeopleStore(database, Passwords(QUICK), now=lambda: AT)
    people.add_all([(INES, PASSWORD), (a_person("carla", "inpi"), PASSWORD)], actor="tests")


def test_a_key_is_kept_as_it_was_registered_with_the_recovery_codes_of_the_first_factor(database: Database) -> None:
    keys, factors = SecurityKeyStore(database), SecondFactorStore(database, SecretBox())

    assert keys.add(INES.id, KEY, recovery=["a", "b"], at=AT)
    assert not keys.add(INES.id, replace(KEY, id="another"), recovery=["c"], at=AT)

    factor = factors.find(INES.id)
    assert factor is not None
    assert KEY in factor.keys
    assert (len(factor.keys), factor.recovery_left, factor.is_in_use) == (2, 2, True)
    assert not AuditStore(database).verify()


def test_one_key_belongs_to_one_person(database: Database) -> None:
    keys = SecurityKeyStore(database)
    keys.add(INES.id, KEY, recovery=[], at=AT)

    with pytest.raises(NotAllowedNow):
        keys.add(PersonId("carla"), KEY, recovery=[], at=AT)


def test_a_count_of_32_bits_is_kept_and_the_same_count_counts_once(database: Database) -> None:
    keys, highest = SecurityKeyStore(database), 2**32 - 1
    keys.add(INES.id, KEY, recovery=[], at=AT)

    with ThreadPoolExecutor(4) as pool:
        used = list(pool.map(lambda _: keys.used(KEY, highest, at=AT + timedelta(hours=1)), range(4)))

    assert sum(used) == 1
    factor = SecondFactorStore(database, SecretBox()).find(INES.id)
    assert factor is not None
    assert (factor.keys[0].sign_count, factor.keys[0].used_at) == (highest, AT + timedelta(hours=1))


@pytest.mark.parametrize("ceremony", list(Ceremony))
def test_a_challenge_is_spent_by_one_of_many_and_in_time_alone(database: Database, ceremony: Ceremony) -> None:
    keys, sessions = SecurityKeyStore(database), SessionStore(database)
    for token in ("early", "late"):
        if ceremony is Ceremony.REGISTER:
            sessions.start(token, INES.id, at=AT, started_before=AT)
        else:
            sessions.wait(token, INES.id, at=AT, since=AT)
        keys.keep_challenge(ceremony, token, f"of {token}", at=AT)

    with ThreadPoolExecutor(6) as pool:
        spent = list(pool.map(lambda _: keys.spend_challenge(ceremony, "early", since=AT), range(6)))

    assert sorted(code for code in spent if code) == ["of early"]
    assert keys.spend_challenge(ceremony, "late", since=AT + timedelta(seconds=1)) is None
    assert keys.spend_challenge(ceremony, "unknown", since=AT) is None
