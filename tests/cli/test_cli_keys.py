"""`noa keys`: keys of the API's clients from a terminal."""

import re
from typing import Any

from noa_rag.domain.days import today_in_paris
from noa_rag.domain.integrations import KeyUse
from noa_rag.service.records import open_records
from noa_rag.settings import Settings

Command = Any


def test_a_key_is_given_listed_with_what_it_did_and_revoked(noa: Command, settings: Settings) -> None:
    assert "`noa keys create NAME` gives one" in noa("keys", "list").out

    given = noa("keys", "create", "Portail", "--per-minute", "600")
    said = re.search(r"The key (\w+) of Portail may ask 600 questions a minute.*\n(noa_[\w-]{43})\n", given.out)
    assert said is not None, given.out
    key_id, token = said.groups()
    records = open_records(settings)
    key = records.client_keys.all()[0]
    records.client_keys.add_uses({(key.id, today_in_paris()): KeyUse(12, 3)})
    records.close()

    listed = noa("keys", "list").out
    assert token not in listed
    assert re.search(rf"^{key_id} +Portail +600 +12 +12 +3 +[\d-]+ +active$", listed, re.MULTILINE), listed

    assert noa("keys", "revoke", key_id).status == 0
    assert re.search(r"revoked [\d-]{10}$", noa("keys", "list").out, re.MULTILINE)


def test_what_cannot_be_done_is_told(noa: Command) -> None:
    assert "1 to 100000" in noa("keys", "create", "Portail", "--per-minute", "0").err
    unknown = noa("keys", "revoke", "nobody")

    assert unknown.status == 1
    assert "noa keys list" in unknown.err
