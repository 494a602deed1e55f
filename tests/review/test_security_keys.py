"""Security keys: whose answer is taken, once, and what of it is refused; two second factors of one person."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pyotp
import pytest

from noa_rag.domain.errors import InvalidRequest, NotAllowedNow, NotFound, SignInFailed, SignInOver
from noa_rag.domain.people import PersonId, Role
from noa_rag.domain.sign_in import FactorKinds
from noa_rag.review.second_factor import SecondFactor
from noa_rag.review.security_keys import RelyingParty, SecurityKeys
from noa_rag.review.sign_in import CodeWanted
from noa_rag.review.sign_in_attempts import Origin
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.sign_in import SecurityKeyStore
from tests.factories import a_person
from tests.review.authenticator import SoftKey, base64url
from tests.review.desk_office import refused
from tests.review.door import HOME, INES, PASSWORD, WRONG, Door, person_of

CARLA = a_person("carla", "inpi")
THERE = Origin(HOME)


def waiting(door: Door) -> str:
    wanted = door.sign_in.sign_in("ines", PASSWORD, HOME)
    assert isinstance(wanted, CodeWanted)
    return wanted.token


def register(door: Door, key: SoftKey, session: str, name: str = "clé bleue") -> tuple[str, ...]:
    return door.keys.register(INES, session, name, key.create(door.keys.registration(INES, session)))


def enrolled(door: Door) -> tuple[SoftKey, tuple[str, ...]]:
    """Give Ines a key, and return it with her recovery codes."""
    key = SoftKey()
    return key, register(door, key, door.enter())


def enter(door: Door, key: SoftKey) -> str:
    """Sign in with the password and a key, and return the session's token."""
    token = waiting(door)
    return door.sign_in.complete_with_key(token, key.get(door.sign_in.asked(token).key_options), HOME).token


def held(door: Door) -> tuple[str, ...]:
    factor = door.factor.of(INES.id)
    return tuple(key.name for key in factor.keys) if factor else ()


def test_a_key_is_registered_and_asked_for_from_then_on(door: Door) -> None:
    key, recovery = enrolled(door)
    assert len(set(recovery)) == 10

    token = waiting(door)
    needed = door.sign_in.asked(token)
    begun = door.sign_in.complete_with_key(token, key.get(needed.key_options), HOME)

    assert not needed.takes_codes
    session = door.sign_in.session_of(begun.token)
    assert session is not None
    assert (session.person, session.is_strong) == (INES, True)
    factor = door.factor.of(INES.id)
    assert factor is not None
    assert (factor.keys[0].sign_count, factor.keys[0].used_at) == (1, door.moment)


def test_one_answer_sent_many_times_at_once_lets_one_in(door: Door) -> None:
    key, _ = enrolled(door)
    token = waiting(door)
    answer = key.get(door.sign_in.asked(token).key_options)

    def attempt(_: int) -> bool:
        try:
            return bool(door.another_worker().complete_with_key(token, answer, HOME))
        except (SignInFailed, SignInOver):
            return False

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(attempt, range(3))) == 1


def test_a_key_that_is_not_hers_lets_nobody_in_whatever_id_it_claims(door: Door) -> None:
    key, _ = enrolled(door)
    door.people.add(CARLA, PASSWORD, actor="ada")
    session = door.enter("carla")
    carlas = SoftKey()
    door.keys.register(CARLA, session, "la sienne", carlas.create(door.keys.registration(CARLA, session)))

    for other in (SoftKey(), SoftKey(id=key.id), carlas):
        with pytest.raises(SignInFailed):
            enter(door, other)
        door.later(minutes=15)


def test_a_key_whose_count_goes_back_or_stands_still_was_copied(door: Door) -> None:
    key, _ = enrolled(door)
    key.count = 41
    enter(door, key)

    for count in (41, 40, 0):  # it counts on before it answers
        key.count = count - 1 if count else 0
        with pytest.raises(SignInFailed):
            enter(door, key)
        door.later(minutes=15)
    key.count = 42
    assert enter(door, key)


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "clé\nbleue", "clé\u202ebleue"])
def test_a_key_has_a_name_that_can_be_read(door: Door, name: str) -> None:
    with pytest.raises(InvalidRequest):
        register(door, SoftKey(), door.enter(), name)


def test_a_role_that_demands_a_factor_keeps_the_last_one(door: Door) -> None:
    strict = SecondFactor(door.factors, door.tries, door.now, required_for=[Role.REFERENT])
    keys = SecurityKeys(SecurityKeyStore(door.database), strict, door.tries, door.now, door.keys.party)
    key, _ = enrolled(door)

    assert refused(lambda: keys.remove(INES, base64url(key.id))) == "second_factor_required"

    other = SoftKey()
    register(door, other, enter(door, key), "l'autre")
    keys.remove(INES, base64url(key.id))
    assert held(door) == ("l'autre",)


def test_whoever_lost_all_is_given_a_new_start_and_each_change_is_in_the_audit(door: Door) -> None:
    key, recovery = enrolled(door)
    session = enter(door, key)
    register(door, SoftKey(), session, "téléphone")
    door.keys.remove(INES, base64url(key.id))
    token = waiting(door)

    door.factor.reset(INES.id, actor="ada")

    assert door.factor.of(INES.id) is None
    with pytest.raises(SignInFailed):
        door.factor.check(INES.id, recovery[0], THERE)
    with pytest.raises(NotFound):
        door.factor.reset(PersonId("personne"), actor="ada")
    assert person_of(door.sign_in, session) is None
    with pytest.raises(SignInOver):
        door.sign_in.complete_with_key(token, "{}", HOME)
    entries = [entry for entry in AuditStore(door.database).entries(limit=10) if entry.action != "person_added"]
    assert [(entry.actor, entry.action, dict(entry.detail)) for entry in reversed(entries)] == [
        ("ines", "security_key_added", {"name": "clé bleue"}),
        ("ines", "security_key_added", {"name": "téléphone"}),
        ("ines", "security_key_removed", {"name": "clé bleue"}),
        ("ada", "second_factor_off", {"keys": "téléphone"}),
    ]


def test_without_a_public_address_no_key_is_asked_for_and_recovery_codes_go_on_working(door: Door) -> None:
    _, recovery = enrolled(door)
    nowhere = SecurityKeys(SecurityKeyStore(door.database), door.factor, door.tries, door.now, None)
    factor = door.factor.of(INES.id)
    assert factor is not None

    assert nowhere.options(factor, waiting(door)) == ""
    with pytest.raises(NotAllowedNow):
        nowhere.registration(INES, "x")
    assert door.sign_in.complete(waiting(door), recovery[0], HOME)


@pytest.mark.parametrize(
    ("address", "party"),
    [
        ("https://Noa.Example.fr:443/", RelyingParty("noa.example.fr", "https://noa.example.fr")),
        ("https://noa.example:8443/x", RelyingParty("noa.example", "https://noa.example:8443")),
        ("https://société.example", RelyingParty("xn--socit-esab.example", "https://xn--socit-esab.example")),
        ("http://localhost:8000", RelyingParty("localhost", "http://localhost:8000")),
        ("http://noa.example", None),
        ("https://192.0.2.7", None),
        ("https://[2001:db8::a]", None),
        ("https://noa.example:port", None),
        ("", None),
    ],
)
def test_the_party_is_the_public_address_that_was_set(address: str, party: RelyingParty | None) -> None:
    assert RelyingParty.at(address) == party


def test_what_is_asked_of_a_key_names_the_public_address_and_the_keys_that_there_are(door: Door) -> None:
    key, _ = enrolled(door)
    session = enter(door, key)

    challenge = door.keys.registration(INES, session)

    options = json.loads(challenge)
    assert options["rp"] == {"id": "noa.example", "name": "Noa"}
    assert (options["attestation"], options["authenticatorSelection"]["userVerification"]) == ("none", "preferred")
    assert base64url(b"ines") not in options["user"]["id"]
    assert [option["id"] for option in options["excludeCredentials"]] == [base64url(key.id)]
    assert refused(lambda: door.keys.register(INES, session, "la même", key.create(challenge))) == "key_known"
    for number in range(2, 11):
        assert register(door, SoftKey(), session, f"clé {number}") == ()
    assert refused(lambda: register(door, SoftKey(), session)) == "keys_full"


@pytest.mark.parametrize("changed", [{"origin": "https://other.noa.example"}, {"rp_id": "attacker.test"}])
def test_what_was_signed_for_another_site_is_refused(door: Door, changed: dict[str, str]) -> None:
    key, _ = enrolled(door)
    elsewhere = replace(key, **changed)

    with pytest.raises(SignInFailed):
        enter(door, elsewhere)
    session = enter(door, key)
    with pytest.raises(SignInFailed):
        door.keys.register(INES, session, "x", elsewhere.create(door.keys.registration(INES, session)))
    assert held(door) == ("clé bleue",)


def test_a_challenge_counts_once_for_the_sign_in_that_asked_even_after_a_wrong_answer(door: Door) -> None:
    key, _ = enrolled(door)
    first, second = waiting(door), waiting(door)
    answer = key.get(door.sign_in.asked(first).key_options)
    door.sign_in.asked(second)
    assert door.sign_in.complete_with_key(first, answer, HOME)

    with pytest.raises(SignInOver):
        door.sign_in.complete_with_key(first, answer, HOME)
    with pytest.raises(SignInFailed):
        door.sign_in.complete_with_key(second, answer, HOME)
    options = door.sign_in.asked(second).key_options
    for wrong in ("{}", key.get(options)):
        with pytest.raises(SignInFailed):
            door.sign_in.complete_with_key(second, wrong, HOME)


def test_a_registration_answers_the_session_that_asked_for_it_within_ten_minutes(door: Door) -> None:
    session, other = door.enter(), door.enter()
    options = door.keys.registration(INES, session)
    door.keys.registration(INES, other)

    with pytest.raises(SignInFailed):
        door.keys.register(INES, other, "x", SoftKey().create(options))
    door.later(minutes=10, seconds=1)
    with pytest.raises(SignInFailed):
        door.keys.register(INES, session, "x", SoftKey().create(options))
    assert held(door) == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda sent: json.dumps({**sent, "response": {**sent["response"], "signature": "AAAA"}}),
        lambda sent: json.dumps({**sent, "response": {**sent["response"], "userHandle": "é" * 5}}),
        lambda sent: json.dumps({**sent, "rawId": "%%"}),
        lambda sent: json.dumps({**sent, "id": 7}),
        lambda _: "null",
        lambda _: "[" * 19_000,
        lambda _: "1" * 100_000,
        lambda _: "\udc80",
    ],
)
def test_what_was_changed_on_the_way_or_is_no_answer_of_a_key_is_refused(
    door: Door, change: Callable[[dict[str, Any]], str]
) -> None:
    key, _ = enrolled(door)
    token = waiting(door)
    sent = json.loads(key.get(door.sign_in.asked(token).key_options))

    with pytest.raises(SignInFailed):
        door.sign_in.complete_with_key(token, change(sent), HOME)


@pytest.mark.parametrize("attestation", [b"", b"\x9f" * 5000])
def test_what_is_no_attestation_is_refused(door: Door, attestation: bytes) -> None:
    session = door.enter()
    sent = json.loads(SoftKey().create(door.keys.registration(INES, session)))
    sent["response"]["attestationObject"] = base64url(attestation)

    with pytest.raises(SignInFailed):
        door.keys.register(INES, session, "x", json.dumps(sent))
    assert held(door) == ()


def test_a_key_and_an_application_stand_side_by_side_until_both_are_gone(door: Door) -> None:
    key, recovery = enrolled(door)
    door.people.add(CARLA, PASSWORD, actor="ada")
    phone = pyotp.TOTP(door.factor.propose(INES).secret)
    with pytest.raises(SignInFailed):  # proposed, and not confirmed: no code of it counts
        door.sign_in.complete(waiting(door), phone.at(door.moment), HOME)
    assert door.factor.confirm(INES, phone.at(door.moment), THERE) == ()  # the recovery codes stay
    door.later(seconds=60)

    assert door.sign_in.asked(waiting(door)).takes_codes
    assert enter(door, key)
    assert door.sign_in.complete(waiting(door), phone.at(door.moment), HOME)
    session = door.sign_in.complete(waiting(door), recovery[0], HOME).token
    with pytest.raises(SignInFailed):  # beside an application a code alone proves it
        door.sign_in.prove(session, PASSWORD, HOME)
    door.sign_in.prove(session, recovery[1], HOME)
    assert door.factors.kinds() == {INES.id: FactorKinds(True, 1)}

    door.later(seconds=60)
    door.factor.give_up(INES, phone.at(door.moment), THERE)
    assert not door.sign_in.asked(waiting(door)).takes_codes
    with pytest.raises(NotFound):  # somebody else's key
        door.keys.remove(CARLA, base64url(key.id))
    assert enter(door, key)
    door.keys.remove(INES, base64url(key.id))
    assert person_of(door.sign_in, door.enter()) == INES
    with pytest.raises(SignInFailed):
        door.factor.check(INES.id, recovery[2], THERE)


def test_her_password_proves_it_in_a_session_begun_with_a_key_alone(door: Door) -> None:
    before = door.enter()
    door.sign_in.prove(before, "", HOME)  # nothing to protect yet
    key, recovery = enrolled(door)
    session = enter(door, key)

    door.sign_in.prove(session, PASSWORD, HOME)
    for token, given in ((session, WRONG), (before, PASSWORD)):
        with pytest.raises(SignInFailed):
            door.sign_in.prove(token, given, HOME)
        door.later(minutes=15)
    door.sign_in.prove(before, recovery[0], HOME)


def test_what_a_thief_began_before_the_first_factor_ends_with_it(door: Door) -> None:
    thief, owner = door.enter(), door.enter()
    challenge = door.keys.registration(INES, thief)
    phone = pyotp.TOTP(door.factor.propose(INES).secret)
    register(door, SoftKey(), owner)

    with pytest.raises(SignInFailed):
        door.keys.register(INES, thief, "x", SoftKey().create(challenge))
    with pytest.raises(SignInFailed):
        door.factor.confirm(INES, phone.at(door.moment), THERE)
    assert held(door) == ("clé bleue",)
