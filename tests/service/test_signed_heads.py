"""Signed heads: what a key vouches for, kept elsewhere day by day, and a chain that no longer contains it."""

import stat
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from noa_rag.domain.errors import InvalidSetting, NotAllowedNow, StorageUnavailable
from noa_rag.service.records import Records
from noa_rag.service.signed_heads import (
    HEADS_FILE,
    HeadsChecked,
    append_daily,
    check_heads,
    make_key,
    read_key,
    read_public_key,
    signed,
)
from noa_rag.settings import Settings
from noa_rag.storage.audit import write_audit
from tests.databases import unguard
from tests.fake_noa import a_noa

MORNING = datetime(2026, 11, 27, 7, 0, tzinfo=UTC)
LATE = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)  # half past midnight in Paris


@pytest.fixture
def kept(settings: Settings, records: Records, tmp_path: Path) -> Settings:
    """Settings with a key, and a file elsewhere for the heads."""
    assert records.audit.head() is None
    kept = replace(settings, audit_heads=tmp_path / "elsewhere.txt")
    make_key(kept.effective_audit_key)
    return kept


def do_something(records: Records, times: int = 1) -> None:
    with records.database.writing() as connection:
        for _ in range(times):
            write_audit(connection, actor="ada", action="rule_set", subject="inpi", detail={}, at=MORNING)


def days_of_heads(settings: Settings, records: Records, days: int = 3) -> list[str]:
    """Append heads on so many days, two deeds on each; return the lines."""
    for day in range(days):
        do_something(records, 2)
        assert append_daily(settings, records.audit, lambda day=day: MORNING + timedelta(days=day))
    return settings.audit_heads.read_text().splitlines()


def checked(settings: Settings, records: Records, lines: list[str]) -> HeadsChecked:
    key = settings.effective_audit_key
    return check_heads(lines, read_public_key(key.with_name(key.name + ".pub")), records.audit.hashes_of)


def by_hand(records: Records, *statements: str) -> None:
    with records.database.writing() as connection:
        unguard(connection)
        for statement in statements:
            connection.execute(text(statement))


def test_the_key_is_its_owners_alone_and_none_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "audit.pem"

    public = make_key(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "PRIVATE" not in public.read_text()
    before = path.read_bytes()
    with pytest.raises(NotAllowedNow, match="already"):
        make_key(path)
    assert path.read_bytes() == before


def test_a_key_that_is_missing_open_to_others_or_no_key_is_told(tmp_path: Path) -> None:
    path = tmp_path / "audit.pem"
    with pytest.raises(InvalidSetting, match="`noa audit key` makes one"):
        read_key(path)
    make_key(path)
    path.chmod(0o640)
    with pytest.raises(InvalidSetting, match="chmod 600"):
        read_key(path)
    path.chmod(0o600)
    path.write_text("no key")
    with pytest.raises(InvalidSetting, match="cannot be read"):
        read_key(path)
    with pytest.raises(InvalidSetting, match="cannot be read"):
        read_public_key(path)


def test_one_head_a_day_of_paris_is_appended_however_often_somebody_looks(kept: Settings, records: Records) -> None:
    assert not append_daily(kept, records.audit, lambda: MORNING)  # nothing was done yet
    do_something(records)

    appended = [append_daily(kept, records.audit, lambda at=at: at) for at in (MORNING, MORNING, LATE, LATE)]

    assert appended == [True, False, True, False]
    lines = kept.audit_heads.read_text().splitlines()
    head = records.audit.head()
    assert head is not None
    assert [line.split()[:4] for line in lines] == [
        ["noa-audit-head-1", at.isoformat(timespec="seconds"), "1", head.hash] for at in (MORNING, LATE)
    ]
    assert checked(kept, records, lines).count == 2


def test_a_folder_gets_a_file_and_a_line_that_was_cut_short_does_not_swallow_the_next(
    kept: Settings, records: Records, tmp_path: Path
) -> None:
    do_something(records)
    in_folder = replace(kept, audit_heads=tmp_path)
    (tmp_path / HEADS_FILE).write_text("noa-audit-head-1 2026-11")

    assert append_daily(in_folder, records.audit, lambda: MORNING)

    cut, whole = (tmp_path / HEADS_FILE).read_text().splitlines()
    assert cut == "noa-audit-head-1 2026-11"
    assert checked(kept, records, [whole]).wrong == ""


def test_a_place_that_cannot_be_written_is_told(kept: Settings, records: Records, tmp_path: Path) -> None:
    do_something(records)

    with pytest.raises(StorageUnavailable, match="cannot be written"):
        append_daily(replace(kept, audit_heads=tmp_path / "none" / "heads.txt"), records.audit, lambda: MORNING)


def test_a_chain_that_went_on_contains_the_heads_of_before(kept: Settings, records: Records) -> None:
    lines = days_of_heads(kept, records)
    do_something(records, 5)

    found = checked(kept, records, ["# sent by mail", "", *lines])

    assert (found.count, found.wrong) == (3, "")
    assert found.newest is not None
    assert found.newest.number == 6


def test_an_end_that_was_cut_off_is_named_by_the_first_head_that_lay_in_it(kept: Settings, records: Records) -> None:
    lines = days_of_heads(kept, records)

    by_hand(records, "DELETE FROM audit WHERE number > 3")

    assert records.audit.verify() == []  # which is why the heads are kept elsewhere
    found = checked(kept, records, lines)
    assert found.count == 1
    assert found.wrong == "line 2, signed on 2026-11-28 07:00 UTC: entry 4 is not in the chain any more"


def test_a_chain_that_was_written_anew_is_named_by_the_first_head_that_it_does_not_contain(
    kept: Settings, records: Records
) -> None:
    lines = days_of_heads(kept, records)
    by_hand(records, "DELETE FROM audit WHERE number > 2")
    with records.database.writing() as connection:
        for _ in range(4):
            write_audit(connection, actor="eve", action="rule_set", subject="inpi", detail={}, at=MORNING)

    assert records.audit.verify() == []
    found = checked(kept, records, lines)
    assert found.count == 1
    assert found.wrong == "line 2, signed on 2026-11-28 07:00 UTC: entry 4 has another hash now"


def altered(line: str, at: int, value: str) -> str:
    parts = line.split()
    parts[at] = value
    return " ".join(parts)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ((1, "2026-11-29T07:00:00+00:00"), "line 2: the signature is not of this key, or the line was changed"),
        ((2, "3"), "line 2: the signature is not of this key, or the line was changed"),
        ((3, "f" * 64), "line 2: the signature is not of this key, or the line was changed"),
        ((4, "AAAA"), "line 2: the signature is not of this key, or the line was changed"),
        ((4, "é"), "line 2 is no signed head"),
        ((1, "yesterday"), "line 2 is no signed head"),
        ((0, "noa-audit-head-9"), "line 2 is no signed head"),
    ],
)
def test_a_line_that_was_changed_is_named(kept: Settings, records: Records, change: tuple[int, str], told: str) -> None:
    lines = days_of_heads(kept, records)

    found = checked(kept, records, [lines[0], altered(lines[1], *change), lines[2]])

    assert (found.count, found.wrong) == (1, told)


def test_a_head_signed_with_another_key_does_not_count(kept: Settings, records: Records, tmp_path: Path) -> None:
    do_something(records)
    head = records.audit.head()
    assert head is not None
    make_key(tmp_path / "other.pem")

    line = signed(head, read_key(tmp_path / "other.pem"), MORNING).line

    assert "not of this key" in checked(kept, records, [line]).wrong


def test_openssl_verifies_a_line_without_noa(kept: Settings, records: Records, tmp_path: Path) -> None:
    do_something(records)
    head = records.audit.head()
    assert head is not None
    one = signed(head, read_key(kept.effective_audit_key), MORNING)
    (tmp_path / "message").write_text(one.message)
    (tmp_path / "signature").write_bytes(one.signature)

    verified = subprocess.run(
        [
            *("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", f"{kept.effective_audit_key}.pub", "-rawin"),
            *("-in", str(tmp_path / "message"), "-sigfile", str(tmp_path / "signature")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_nothing_is_asked_of_the_chain_beyond_the_heads(kept: Settings, records: Records) -> None:
    lines, asked = days_of_heads(kept, records), []

    def hashes_of(numbers: object) -> Mapping[int, str]:
        asked.append(numbers)
        return records.audit.hashes_of(numbers)  # type: ignore[arg-type]

    key = kept.effective_audit_key
    check_heads(lines, read_public_key(key.with_name(key.name + ".pub")), hashes_of)

    assert asked == [[2, 4, 6]]


def test_a_service_writes_todays_head_by_itself_and_tells_when_it_cannot(
    kept: Settings, records: Records, tmp_path: Path
) -> None:
    do_something(records)
    noa = a_noa(kept, records, tmp_path / "index")
    noa.follow()
    until(lambda: kept.audit_heads.exists() and kept.audit_heads.read_text().endswith("\n"))
    assert checked(kept, records, kept.audit_heads.read_text().splitlines()).count == 1
    noa.background.stop()

    kept.effective_audit_key.unlink()
    without = a_noa(replace(kept, audit_heads=tmp_path), records, tmp_path / "other")
    without.follow()
    until(lambda: any(one.name == "audit-heads" for one in without.background.failing()))
    told = without.health()
    without.close()
    assert told["status"] == "degraded"
    assert "NOA_AUDIT_KEY" in str(told["failing"])


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
