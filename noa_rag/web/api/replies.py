"""How the description of the API tells of replies other than the answer, and of keys."""

from typing import Any

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Components, SecurityScheme

from noa_rag.web.errors import PROBLEM_MEDIA_TYPE
from noa_rag.web.schemas import ProblemPayload


def _problem(description: str) -> ResponseSpec:
    return ResponseSpec(ProblemPayload, description=description, media_type=PROBLEM_MEDIA_TYPE, generate_examples=False)


UNKNOWN_KEY_WORDS = "The key was never given, or is revoked."
TOO_OFTEN_WORDS = "The address or the key has asked too often: try again after `Retry-After` seconds."
WRONG = _problem("The request is wrong; `field` says where.")
UNKNOWN = _problem("Nothing bears that id.")
BUSY = _problem("Too many questions at once, switched off, or storage is down: try again after `Retry-After` seconds.")
ALWAYS = {401: _problem(UNKNOWN_KEY_WORDS), 429: _problem(TOO_OFTEN_WORDS), 503: BUSY}
"""What any operation of the API may reply."""
BEHIND = ResponseSpec(
    dict[str, Any], description="The index lags, or the base cannot be read.", generate_examples=False
)
KEYS = Components(
    security_schemes={
        "key": SecurityScheme(
            type="http",
            scheme="bearer",
            description="A key that `noa keys create` printed, `noa_…`. Nobody needs one: it has a limit of its own.",
        )
    }
)
WITH_OR_WITHOUT_KEY: list[dict[str, list[str]]] = [{}, {"key": []}]
