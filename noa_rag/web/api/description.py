"""How the API describes itself: replies other than an answer, keys, and the page that lists its operations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.question import Language
from noa_rag.web.errors import PROBLEM_MEDIA_TYPE
from noa_rag.web.paths import own_address
from noa_rag.web.problem_texts import PROBLEM_TEXTS
from noa_rag.web.rendering import render_page
from noa_rag.web.schemas import ProblemPayload
from noa_rag.web.site import Site


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

OPENAPI = OpenAPIConfig(
    title="Noa",
    version="1",
    description="Answers entrepreneurs with the entries that French agencies have vetted, word for word.",
    path="/api",
    components=KEYS,
    security=WITH_OR_WITHOUT_KEY,
    render_plugins=[JsonRenderPlugin(path="/openapi.json")],
    use_handler_docstrings=True,
)


EXAMPLE_ADDRESS = "https://noa.example.fr"  # shown when the operator has not set the service's own
# Example bodies that the page shows for operations that take one, ready to be pasted into a terminal.
BODIES = {
    "/api/v1/ask": '{"question": "comment déposer une marque ?", "region": "FR-IDF"}',
    "/api/v1/search": '{"question": "marque", "limit": 5}',
    "/api/v1/feedback": '{"question_id": "…", "is_useful": true}',
    "/v1/chat/completions": '{"model": "noa", "messages": [{"role": "user", "content": "déposer une marque ?"}]}',
}
# What the page fills into addresses with a part to fill in.
PARTS = {
    "/api/v1/entries/{entry_id}": {"entry_id": "deposer-une-marque"},
    "/v1/models/{model}": {"model": "noa"},
}


@dataclass(frozen=True, slots=True)
class Field:
    """One value that an operation takes or returns."""

    name: str
    type: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to do with the API."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Field, ...]
    request: tuple[Field, ...]
    response: tuple[Field, ...]

    @property
    def body(self) -> str:
        """An example of the body to send; empty where no body is sent or there is no example."""
        return BODIES.get(self.path, "") if self.method == "POST" else ""

    @property
    def example_path(self) -> str:
        """The address with its parts filled in."""
        return self.path.format(**PARTS.get(self.path, {}))


@get("/api/docs", include_in_schema=False)
async def api_docs(
    request: HTMXRequest, site: NamedDependency[Site], lang: FromQuery[Language] = Language.FRENCH
) -> Template:
    """List the operations, their fields and the kinds of errors."""
    schema = request.app.openapi_schema.to_schema()
    return render_page(
        replace(site, language=lang),
        "pages/api.html",
        page="api",
        operations=tuple(list_operations(schema)),
        own_address=own_address(request, site.base_url) or EXAMPLE_ADDRESS,
        problem_texts=PROBLEM_TEXTS,
    )


def list_operations(schema: Mapping[str, Any]) -> Iterator[Operation]:
    """Read the operations out of an OpenAPI document."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield Operation(
                method=method.upper(),
                path=path,
                summary=operation.get("summary", ""),
                description=operation.get("description", ""),
                parameters=tuple(
                    Field(each["name"], _type_name(each.get("schema", {})), each.get("required", False))
                    for each in operation.get("parameters", ())
                ),
                request=_body_fields(schema, operation.get("requestBody", {})),
                response=_body_fields(schema, operation["responses"].get("200", {})),
            )


def _body_fields(schema: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[Field, ...]:
    for content in body.get("content", {}).values():
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        model = schema["components"]["schemas"].get(name, {})
        required = model.get("required", ())
        return tuple(
            Field(field, _type_name(described), field in required)
            for field, described in model.get("properties", {}).items()
        )
    return ()


def _type_name(described: Mapping[str, Any]) -> str:
    """Return a short name for a type: `string | null`, `ChoicePayload[]`."""
    if "oneOf" in described:
        return " | ".join(_type_name(each) for each in described["oneOf"])
    if "$ref" in described:
        return str(described["$ref"]).rpartition("/")[2].removesuffix("Payload")
    if described.get("type") == "array":
        return f"{_type_name(described.get('items', {}))}[]"
    return str(described.get("type", "any"))
