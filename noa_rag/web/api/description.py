"""The API's description: OpenAPI as JSON, and a page made from it that loads nothing from elsewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.question import Language
from noa_rag.web.errors import PROBLEM_TEXTS
from noa_rag.web.rendering import render_page
from noa_rag.web.site import Site

OPENAPI = OpenAPIConfig(
    title="Noa",
    version="1",
    description="Answers entrepreneurs with the entries that French agencies have vetted, word for word.",
    path="/api",
    render_plugins=[JsonRenderPlugin(path="/openapi.json")],
    use_handler_docstrings=True,
)


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


@get("/api/docs", include_in_schema=False)
async def api_docs(
    request: HTMXRequest, site: NamedDependency[Site], lang: FromQuery[Language] = Language.FRENCH
) -> Template:
    """List the operations, their fields and the kinds of errors."""
    schema = request.app.openapi_schema.to_schema()
    return render_page(
        site,
        "pages/api.html",
        language=lang,
        page="api",
        operations=tuple(list_operations(schema)),
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
