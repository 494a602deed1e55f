"""What is told of failed sign-ins: a line in the log for each, and now and then one in the audit for each account."""

from collections.abc import Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from noa_rag.domain.errors import SignInFailed, StorageUnavailable
from noa_rag.storage.audit import AuditEntry, AuditStore
from tests.review.door import HOME, WRONG, Door
from tests.review.test_second_factor import enrolled, enter

STRANGER = "password-in-the-field-of-the-name"


def audited(door: Door) -> list[AuditEntry]:
    """Write what is due, and return the lines of the audit, newest first."""
    door.tries.write_failures(door.moment)
    return AuditStore(door.database).entries(actions=["sign_in_failed"])


def logged(logs: Sequence[Any]) -> list[tuple[str, str, bool]]:
    return [(log["account"], log["step"], log["too_early"]) for log in logs if log["event"] == "sign_in_failed"]


def test_a_failed_sign_in_is_logged_with_its_account_and_nothing_that_was_typed(door: Door) -> None:
    with capture_logs() as logs:
        door.fail(3)
        door.fail(1, STRANGER)
        door.fail(1)

    looked_at, too_early = ("ines", "password", False), ("ines", "password", True)
    assert logged(logs) == [looked_at, looked_at, looked_at, ("", "password", False), too_early]
    assert not any(typed in str(logs) for typed in (WRONG, STRANGER, HOME))


def test_a_failed_sign_in_of_an_account_is_in_the_audit_and_a_strangers_is_not(door: Door) -> None:
    door.fail(1)
    door.fail(1, STRANGER)
    door.enter()

    assert [(entry.actor, entry.subject, entry.detail) for entry in audited(door)] == [("noa", "ines", {"failures": 1})]
    assert AuditStore(door.database).verify() == []


def test_a_wrong_code_is_a_failed_sign_in(door: Door) -> None:
    phone, _ = enrolled(door)
    with capture_logs() as logs, pytest.raises(SignInFailed):
        enter(door, phone.wrong())

    assert logged(logs) == [("ines", "second_factor", False)]
    assert [entry.subject for entry in audited(door)] == ["ines"]


def test_a_flood_of_failures_is_one_line_each_ten_minutes_that_says_how_many(door: Door) -> None:
    for _ in range(20 * 6):
        door.fail(1)
        door.later(seconds=10)
        audited(door)
    door.later(minutes=10)

    assert [entry.detail["failures"] for entry in audited(door)] == [59, 60, 1]


def test_failures_that_cannot_be_written_are_written_later(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **options: object) -> None:
        raise StorageUnavailable("The disk is full.")

    door.fail(2)
    with monkeypatch.context() as patched:
        patched.setattr("noa_rag.storage.sign_in.write_audits", full)
        with pytest.raises(StorageUnavailable):
            audited(door)

    assert [entry.detail["failures"] for entry in audited(door)] == [2]
