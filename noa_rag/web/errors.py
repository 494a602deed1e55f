"""The only place where errors become responses: problem documents for programs, pages for people."""

import logging
import re
import traceback
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request, Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from noa_rag.answering.payload import contact_as_json
from noa_rag.answering.steps.understand import QUESTION_LIMIT
from noa_rag.domain.agency import Agency
from noa_rag.domain.errors import (
    DayOutOfRange,
    InvalidQuestion,
    InvalidRequest,
    ModelUnavailable,
    NoaError,
    NotFound,
    NotRecorded,
    StaleIndex,
    StorageUnavailable,
    VersionConflict,
)
from noa_rag.domain.integrations import UnknownKey
from noa_rag.domain.limits import TooOften
from noa_rag.domain.question import Language
from noa_rag.domain.switches import SwitchedOff
from noa_rag.translation import translator_of
from noa_rag.web.entries.next_steps import view_agency
from noa_rag.web.limits import Draining, Saturated
from noa_rag.web.paths import language_of
from noa_rag.web.problem_texts import (
    DAY_OUT_OF_RANGE,
    FIELD_PROBLEMS,
    NO_SUCH_ADDRESS,
    PROBLEM_TEXTS,
    SWITCHED_OFF_TEXTS,
)
from noa_rag.web.rendering import render_problem
from noa_rag.web.widget import ForeignFrame, UnknownHost

PROBLEM_MEDIA_TYPE = "application/problem+json"
OPENAI_PATH = "/v1/"  # where errors have the shape that OpenAI's clients read
KILOBYTES = 64  # of a request: a question has 1,000 characters; escaped, in JSON, that is at most 12
CHAT_KILOBYTES = 512  # of a conversation that comes whole: a hundred turns with long entries
BUSY_RETRY_SECONDS = 2  # A full line of 64 empties in about half a second.
DOWN_RETRY_SECONDS = 60
OFF_RETRY_SECONDS = 300  # Somebody switches it on again when the matter is settled.
DRAINING_RETRY_SECONDS = 5  # Another node takes it at once; the same one takes longer to start.
UNRECORDED_RETRY_SECONDS = 10  # The database is tried again every five.

_LOGGER = logging.getLogger("noa.web")


class MalformedBody(NoaError):
    """The body of a request is not JSON, or nests deeper than anybody needs."""


class UnreadableAddress(NoaError):
    """An address is not UTF-8, or holds a byte of zero."""


class EntryGone(NoaError):
    """The address names an entry that may not be shown today."""


class UnknownModel(NoaError):
    """A client of OpenAI's protocol asks for a model that is not here."""


class Unfit(NoaError):
    """The service says itself that it cannot answer."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as clients see it; `kind` selects its type, and its text unless `detail` is given.

    `values` fill the placeholders of that text.
    """

    status: int
    kind: str
    field: str | None = None
    retry_seconds: int | None = None
    headers: dict[str, str] | None = None
    detail: str = ""
    values: tuple[tuple[str, str], ...] = ()
    contact: Agency | None = None


PROBLEM_OF_ERROR: dict[type[Exception], Problem] = {
    InvalidQuestion: Problem(400, "invalid_question", field="question"),
    MalformedBody: Problem(400, "malformed"),
    UnreadableAddress: Problem(400, "unreadable"),
    UnknownKey: Problem(401, "unknown_key", headers={"www-authenticate": "Bearer"}),
    NotFound: Problem(404, "unknown_question"),
    EntryGone: Problem(404, "entry_gone"),
    UnknownHost: Problem(404, "unknown_host"),
    ForeignFrame: Problem(403, "foreign_frame"),
    UnknownModel: Problem(404, "model_not_found", field="model"),
    VersionConflict: Problem(409, "conflict"),
    TooOften: Problem(429, "too_often"),
    Saturated: Problem(503, "saturated", retry_seconds=BUSY_RETRY_SECONDS),
    NotRecorded: Problem(503, "not_recorded", retry_seconds=UNRECORDED_RETRY_SECONDS),
    StorageUnavailable: Problem(503, "unavailable", retry_seconds=DOWN_RETRY_SECONDS),
    ModelUnavailable: Problem(503, "unavailable", retry_seconds=DOWN_RETRY_SECONDS),
    StaleIndex: Problem(503, "unavailable", retry_seconds=DOWN_RETRY_SECONDS),
    SwitchedOff: Problem(503, "chat_off", retry_seconds=OFF_RETRY_SECONDS),
    Draining: Problem(503, "draining", retry_seconds=DRAINING_RETRY_SECONDS, headers={"connection": "close"}),
    Unfit: Problem(503, "unavailable", retry_seconds=DOWN_RETRY_SECONDS),
}
# Not logged: load, a full disk, somebody's decision.
FORESEEN = {"saturated", "not_recorded", "draining", *SWITCHED_OFF_TEXTS}
KIND_OF_STATUS = {404: "not_found", 405: "method", 413: "too_large", 415: "content_type"}


def respond(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Return the response to any error, without internal details."""
    problem = _problem(request, error)
    if problem.status >= 500 and problem.kind not in FORESEEN:
        _log(request, error)
    headers = {**(problem.headers or {}), "cache-control": "no-store"}
    if problem.retry_seconds:
        headers["retry-after"] = str(problem.retry_seconds)
    language = _language(request)
    title, detail = _words(problem, language)
    if _wants_page(request):
        return render_problem(
            request,
            title=title,
            detail=detail,
            status=problem.status,
            language=language,
            headers=headers,
            contact=view_agency(problem.contact, language) if problem.contact else None,
        )
    headers["content-language"] = language.value
    if _is_openai(request):
        return Response(_as_openai(problem, f"{title}. {detail}"), status_code=problem.status, headers=headers)
    body: dict[str, Any] = {
        "type": f"/api/docs#{problem.kind}",
        "title": title,
        "status": problem.status,
        "detail": detail,
        "instance": request.url.path,
    }
    if problem.field:
        body["field"] = problem.field
    if problem.contact:
        body["contact"] = contact_as_json(problem.contact, _language(request))
    return Response(body, status_code=problem.status, media_type=PROBLEM_MEDIA_TYPE, headers=headers)


def _is_openai(request: Request[Any, Any, Any]) -> bool:
    return request.url.path.startswith(OPENAI_PATH)


def _is_api(request: Request[Any, Any, Any]) -> bool:
    return _is_openai(request) or request.url.path.startswith("/api/")


def _as_openai(problem: Problem, message: str) -> dict[str, dict[str, str | None]]:
    """Return an error as OpenAI's clients read it."""
    kind = "rate_limit_error" if problem.status == 429 else "server_error"
    if problem.contact:
        message = f"{message} {problem.contact.name} : {problem.contact.url}"
    return {
        "error": {
            "message": message,
            "type": kind if problem.status == 429 or problem.status >= 500 else "invalid_request_error",
            "param": problem.field,
            "code": problem.kind,
        }
    }


HANDLERS: ExceptionHandlersMap = {HTTPException: respond, Exception: respond}


def _log(request: Request[Any, Any, Any], error: Exception) -> None:
    """Log our own errors with their message, others by traceback alone: their message may quote a question.

    The route is logged in place of the address, which may hold a reference number.
    """
    route = request.scope.get("path_template", "")
    if isinstance(error, NoaError):
        _LOGGER.error("%s %s: %s: %s", request.method, route, type(error).__name__, error)
    else:
        places = "".join(traceback.format_tb(error.__traceback__))
        _LOGGER.error("%s %s: %s\n%s", request.method, route, type(error).__name__, places)


def _problem(request: Request[Any, Any, Any], error: Exception) -> Problem:
    if isinstance(error, InvalidQuestion) and not any(
        sign.isalnum() for sign in getattr(request.state, "question", "?1")
    ):
        return Problem(400, "empty_question", field="question")
    if isinstance(error, InvalidRequest):
        return _invalid_request(error)
    for kind, problem in PROBLEM_OF_ERROR.items():
        if isinstance(error, kind):
            changes = {
                name: getattr(error, name) for name in ("retry_seconds", "contact", "kind") if hasattr(error, name)
            }
            return replace(problem, **changes)
    if isinstance(error, ValidationException):
        return Problem(400, "invalid_request", field=_invalid_field(error))
    if isinstance(error, HTTPException) and error.status_code < 500:
        kind_of_status = KIND_OF_STATUS.get(error.status_code, "bad_request")
        longest = CHAT_KILOBYTES if _is_openai(request) else KILOBYTES
        values = (("kilobytes", str(longest)),)
        detail = NO_SUCH_ADDRESS if kind_of_status == "not_found" and _is_api(request) else ""
        return Problem(error.status_code, kind_of_status, detail=detail, headers=error.headers, values=values)
    return Problem(500, "internal")


def _invalid_request(error: InvalidRequest) -> Problem:
    if isinstance(error, DayOutOfRange):
        days = (("first", error.first.isoformat()), ("last", error.last.isoformat()))
        return Problem(400, "invalid_request", field=error.field, detail=DAY_OUT_OF_RANGE, values=days)
    return Problem(400, "invalid_request", field=error.field)


def _invalid_field(error: ValidationException) -> str:
    """Return the field that Litestar complains of; a missing one is named in the message alone."""
    for complaint in error.extra if isinstance(error.extra, list) else []:
        missing = re.search(r"missing required field `(\w+)`", complaint["message"])
        return missing[1] if missing else str(complaint.get("key", "body"))
    return "body"


def _words(problem: Problem, language: Language) -> tuple[str, str]:
    title, detail = PROBLEM_TEXTS[problem.kind]
    if problem.kind == "invalid_request":
        detail = FIELD_PROBLEMS.get(problem.field or "", detail)
    detail = problem.detail or detail
    values: dict[str, str | int] = {"field": problem.field or "", "limit": QUESTION_LIMIT}
    values |= {"seconds": problem.retry_seconds or 0, **dict(problem.values)}
    translator = translator_of(language)
    return translator.gettext(title), translator.gettext(detail, **values)


def _wants_page(request: Request[Any, Any, Any]) -> bool:
    path = request.url.path
    if path in ("/health", "/ready") or (_is_api(request) and path != "/api/docs"):
        return False
    accepted = request.headers.get("accept", "")
    return "json" not in accepted or MediaType.HTML in accepted


def _language(request: Request[Any, Any, Any]) -> Language:
    """Return the language asked for in the body or query, else the page's, else the browser's."""
    language = getattr(request.state, "language", None) or request.query_params.get("lang")
    if language in tuple(Language):
        return Language(language)
    if _wants_page(request):
        return language_of(request.url.path)
    for part in request.headers.get("accept-language", "").lower().split(","):
        code = part.split(";")[0].strip()[:2]
        if code in tuple(Language):
            return Language(code)
    return Language.FRENCH
