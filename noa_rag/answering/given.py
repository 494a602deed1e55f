"""What an answer was, byte for byte: the record keeps what no entry holds, and the entry's version holds the rest."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, cast

from noa_rag.answering.entry_payload import entry_as_json
from noa_rag.answering.payload import AnswerPayload, answer_as_json
from noa_rag.answering.steps.compose import cited_text, official_text_of
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import Answer, GivenAnswer
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.errors import NotReproducible

_FROM_ENTRY = None  # in place of a part that the entry's version gives; any other part is a list of one


def given_answer(answer: Answer, agencies: Mapping[AgencyId, Agency]) -> GivenAnswer:
    """Return what is to be kept of an answer so that it can be given again as it was."""
    payload = dict(answer_as_json(answer, agencies))
    agency_name = payload["entry"]["agency"]["name"] if answer.entry else ""  # type: ignore[index]
    derived = _derived(answer.entry, answer.section_key, agency_name) if answer.entry else {}
    parts = {
        key: _FROM_ENTRY if key in derived and derived[key] == value else [value] for key, value in payload.items()
    }
    kept = json.dumps({"agency_name": agency_name, "parts": parts}, ensure_ascii=False)
    return GivenAnswer(kept, as_bytes_hash(payload))


def given_again(given: GivenAnswer, version: EntryVersion | None, section_key: str | None) -> AnswerPayload:
    """Return the answer as it was given.

    Raises NotReproducible when the record or the entry's version is not what it was.
    """
    kept = json.loads(given.kept)
    derived = _derived(version, section_key, kept["agency_name"]) if version else {}
    try:
        payload = {key: derived[key] if part is _FROM_ENTRY else part[0] for key, part in kept["parts"].items()}
    except KeyError as error:
        raise NotReproducible(f"The version that gave {error} is not in the base.") from error
    if as_bytes_hash(payload) != given.hash:
        raise NotReproducible("What is kept of this answer no longer gives the bytes that were shown.")
    return cast(AnswerPayload, payload)


def as_bytes_hash(payload: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an answer's JSON text."""
    return hashlib.sha256(json.dumps(payload, ensure_ascii=False).encode()).hexdigest()


def _derived(version: EntryVersion, section_key: str | None, agency_name: str) -> dict[str, Any]:
    content = version.content
    section = next((one for one in content.sections if one.key == section_key), None)
    official_text = official_text_of(version, section)
    vouching = Agency(content.agency_id, agency_name, "", "")
    return {
        "text": official_text,
        "official_text": official_text,
        "citations": [{"marker": 1, "quote": cited_text(version, section)}],
        "entry": entry_as_json(version, {content.agency_id: vouching}),
    }
