"""The steps of a procedure and the vetted translations of an entry, in the portable form."""

from collections.abc import Iterable
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from noa_rag.domain.entry import EntryId, JourneyStep, Translation
from noa_rag.knowledge.fields import Fields, block

STEP_LIMIT = 500  # characters: one or two sentences
TRANSLATED_LIMIT = 100_000  # as an answer
QUESTION_LIMIT = 300
LANGUAGES = ("en",)


def read_step(fields: Fields) -> JourneyStep:
    fields.refuse_unknown(("text", "entry"))
    text = fields.text("text", limit=STEP_LIMIT)
    if "\n" in text:
        fields.complain("a step is one paragraph: write its `text` on one line", "text")
    return JourneyStep(text, EntryId(fields.slug("entry")) if "entry" in fields.document else None)


def read_translations(fields: Fields) -> tuple[Translation, ...]:
    """Return the translations; whether each is still that of the text is `noa knowledge check`'s to say."""
    listed = fields.document.get("translations")
    if listed is None:
        return ()
    if not isinstance(listed, CommentedMap):
        fields.complain("`translations` must be a mapping of languages: `en:`", "translations")
        return ()
    found = Fields(listed, path=fields.path, complaints=fields.complaints)
    found.refuse_unknown(LANGUAGES)
    if fields.document.get("sections"):
        fields.complain("an entry with `sections` cannot be translated here", "translations")
    return tuple(_translation(found, language, fields) for language in listed if language in LANGUAGES)


def steps_as_list(steps: Iterable[JourneyStep]) -> list[dict[str, str]]:
    return [{"text": step.text} | ({"entry": str(step.entry)} if step.entry else {}) for step in steps]


def translations_as_mapping(translations: Iterable[Translation]) -> dict[str, dict[str, Any]]:
    return {one.language: _as_mapping(one) for one in translations}


def _translation(found: Fields, language: str, entry: Fields) -> Translation:
    document = found.document[language]
    if not isinstance(document, CommentedMap):
        found.complain(f"`{language}` must be a mapping with `question`, `answer`, `translated_on`…", language)
        return Translation(language, "", "")
    fields = Fields(document, path=found.path, complaints=found.complaints)
    fields.refuse_unknown(("question", "answer", "steps", "of", "translated_on", "approver"))
    translated_on = fields.day("translated_on")
    if translated_on is None:
        fields.complain("`translated_on` is missing: the day on which the translation was made or approved")
    steps = fields.texts("steps", limit=STEP_LIMIT)
    french = entry.document.get("steps")
    if len(steps) != (len(french) if isinstance(french, CommentedSeq) else 0):
        fields.complain("`steps` must have one text for each step of the entry", "steps")
    return Translation(
        language=language,
        question=fields.text("question", limit=QUESTION_LIMIT),
        answer=fields.text("answer", limit=TRANSLATED_LIMIT),
        steps=steps,
        of=fields.text("of", required=False, limit=64),
        translated_on=translated_on,
        approver=fields.text("approver", required=False),
    )


def _as_mapping(translation: Translation) -> dict[str, Any]:
    written = {
        "question": translation.question,
        "answer": block(translation.answer),
        "steps": list(translation.steps),
        "of": translation.of,
        "translated_on": translation.translated_on,
        "approver": translation.approver,
    }
    return {key: value for key, value in written.items() if value not in (None, [], "")}
