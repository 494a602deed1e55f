"""Errors of the workspace as pages; where a session is over, the page keeps the form that was sent."""

import logging
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, NotFoundException
from litestar.types import ExceptionHandlersMap

from noa_rag.domain.errors import (
    Forbidden,
    InvalidContent,
    InvalidQuestion,
    NotAllowedNow,
    NotFound,
    StorageUnavailable,
    VersionConflict,
)
from noa_rag.web.errors import MalformedBody
from noa_rag.web.waiting_line import Saturated
from review_ui.shell.rendering import is_fragment, render, texts_of
from review_ui.shell.session import ForgedForm, OtherSession, SessionOver
from review_ui.shell.sign_in import resume, sign_in_again
from review_ui.texts import WORDS, ReviewTexts

BUSY_RETRY_SECONDS = 3

KIND_OF_ERROR: dict[type[Exception], tuple[int, str]] = {
    Forbidden: (403, "forbidden"),
    ForgedForm: (403, "forged"),
    NotFound: (404, "missing"),
    NotFoundException: (404, "missing"),
    VersionConflict: (409, "conflict"),
    NotAllowedNow: (409, "not_now"),
    InvalidContent: (422, "invalid"),
    Saturated: (503, "busy"),
    StorageUnavailable: (503, "busy"),
    MalformedBody: (400, "malformed"),
    InvalidQuestion: (400, "malformed"),
}
KIND_OF_STATUS = {404: "missing", 405: "missing", 413: "too_large"}
_LOGGER = logging.getLogger("noa.review")


def respond(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Return the page of any error, without internal details."""
    if isinstance(error, OtherSession):
        return resume(request, next_path=request.url.path, fields=error.fields, status=409)
    if isinstance(error, SessionOver):
        return sign_in_again(request, error)
    status, kind = _kind(error)
    if status >= 500 and kind == "internal":
        _LOGGER.error("%s %s: %s", request.method, request.url.path, type(error).__name__, exc_info=error)
    texts = texts_of(request)
    headers = {"retry-after": str(BUSY_RETRY_SECONDS)} if status == 503 else {}
    return problem(
        request,
        status=status,
        title=texts(f"problem_{kind}_title"),
        detail=_detail(error, kind, texts),
        headers=headers,
    )


def problem(
    request: Request[Any, Any, Any], *, status: int, title: str, detail: str, headers: dict[str, str] | None = None
) -> Response[Any]:
    """Return the page of a problem, or its fragment where htmx asked for one."""
    template = "review_ui/shell/_problem.html" if is_fragment(request) else "review_ui/shell/problem.html"
    return render(request, template, status=status, headers=headers, title=title, detail=detail)


def _kind(error: Exception) -> tuple[int, str]:
    for kind, (status, name) in KIND_OF_ERROR.items():
        if isinstance(error, kind):
            return status, name
    if isinstance(error, HTTPException) and error.status_code < 500:
        return error.status_code, KIND_OF_STATUS.get(error.status_code, "malformed")
    return 500, "internal"


def _detail(error: Exception, kind: str, texts: ReviewTexts) -> str:
    if isinstance(error, NotAllowedNow) and f"not_now_{error.reason}" in WORDS:
        return texts(f"not_now_{error.reason}")
    return texts(f"problem_{kind}_detail")


HANDLERS: ExceptionHandlersMap = {HTTPException: respond, Exception: respond}
