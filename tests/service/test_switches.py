"""Switches reach every service over a base within two seconds, outlive restarts, and hold the language model back."""

import time
from typing import Any
from unittest.mock import Mock

import pytest

from noa_rag.domain.question import Ask, Mode
from noa_rag.domain.switches import SwitchName
from noa_rag.service.noa import Noa
from noa_rag.service.records import open_records
from tests.factories import a_new_version, an_agency


def test_a_switch_turned_elsewhere_is_followed_within_two_seconds_and_outlives_a_restart(noa: Noa) -> None:
    noa.records.directory.save([an_agency(noa.settings.general_contact)], [])
    noa.follow()
    elsewhere = open_records(noa.settings)

    elsewhere.switches.turn(SwitchName.CHAT, on=False, reason="faux", actor="carla")
    start = time.monotonic()
    while SwitchName.CHAT not in noa.switched_off().names:
        assert time.monotonic() - start < 2
        time.sleep(0.02)

    assert noa.switched_off().contact == an_agency(noa.settings.general_contact)
    assert noa.health()["switched_off"] == ["chat"]
    again = open_records(noa.settings)
    assert [switch.name for switch in again.switches.all() if not switch.is_on] == [SwitchName.CHAT]
    again.close()
    elsewhere.close()


def test_a_model_that_is_off_is_not_asked_and_its_earlier_words_are_not_shown(
    noa: Noa, monkeypatch: pytest.MonkeyPatch
) -> None:
    noa.records.entries.add_versions([a_new_version("marque", question="Comment déposer une marque ?")])
    noa.refresh()
    modes: list[Mode] = []
    answering: Any = noa._answering
    monkeypatch.setattr(noa, "_answering", Mock(ask=lambda ask: (modes.append(ask.mode), answering.ask(ask))[1]))
    noa.assistant = Mock()
    noa.records.switches.turn(SwitchName.MODEL, on=False, reason="invente", actor="carla")
    noa.refresh_switches()

    answer = noa.ask(Ask("Comment déposer une marque ?", mode=Mode.ASSISTED))
    noa.shown_again(answer.question_id)

    assert not noa.has_assistant()
    assert modes == [Mode.STRICT]
    assert noa.rephrase(answer.question_id) is None
    assert noa.assistant.method_calls == []
    noa.assistant = None
