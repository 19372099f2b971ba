"""What went wrong, for programs: problem+json (RFC 9457) with the field at fault, and never a stack trace."""

import json
import math
from collections.abc import Callable
from typing import Any

from django.core.exceptions import (
    ObjectDoesNotExist,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
)
from django.db import DataError, IntegrityError, ProgrammingError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from liankong.actions import Forbidden, Gone, Refused
from liankong.protocols import Absent, ProtocolError, UnknownProtocolError
from liankong.store.log import AlreadyRecorded
from liankong.store.organisations import NobodyResponsible
from liankong.store.outbreaks import NoOutbreak

MEDIA = "application/problem+json"
INSUFFICIENT_PRIVILEGE = "42501"  # SQLSTATE: a row-level policy refused the row


class Fault(Schema):
    """One fault in what was sent: where, and what was expected there."""

    field: str
    message: str


class Problem(Schema):
    """Why a request was not carried out."""

    type: str = Field(description="A name for the kind of problem, for programs to act on.")
    title: str
    status: int
    detail: str = Field(description="For people.")
    field: str = Field("", description="The one field at fault, where there is one.")
    errors: list[Fault] = Field(default_factory=list, description="Every fault found in the request's shape.")


class TooLarge(Exception):
    """The request's body is larger than this door takes."""


class TooOften(Exception):
    """The caller asks more often than its rate allows; `seconds` until it is let in again."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too many requests")
        self.seconds = seconds


class KeyReused(Exception):
    """An Idempotency-Key came again with another request."""


TITLES = {
    400: ("malformed", "The request cannot be read"),
    401: ("unauthenticated", "No valid token"),
    403: ("forbidden", "Not permitted"),
    404: ("not-found", "Not found in your jurisdiction"),
    405: ("method-not-allowed", "Not for this address"),
    409: ("conflict", "Conflicts with what stands"),
    410: ("gone", "Destroyed"),
    413: ("too-large", "Too large"),
    422: ("refused", "Refused"),
    429: ("too-many-requests", "Too many requests"),
}


def problem(
    status: int, detail: str, *, field: str = "", errors: list[dict[str, str]] | None = None
) -> HttpResponse:
    """The response for a request that was not carried out."""
    name, title = TITLES[status]
    body = {
        "type": f"urn:liankong:problem:{name}",
        "title": title,
        "status": status,
        "detail": detail,
        "field": field,
        "errors": errors or [],
    }
    response = HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=MEDIA)
    response["Cache-Control"] = "no-store"
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="liankong"'
    return response


def install(api: NinjaAPI) -> None:
    """Answer every refusal of ours, and every malformed request, with a problem."""
    for kind, handler in HANDLERS.items():
        api.add_exception_handler(kind, handler)


def _said(status: int, text: str = "") -> Callable[[HttpRequest, Any], HttpResponse]:
    return lambda _request, error: problem(status, text or str(error))


def _refused(_request: HttpRequest, error: Refused) -> HttpResponse:
    return problem(422, str(error), field=error.field)


def _too_often(_request: HttpRequest, error: TooOften) -> HttpResponse:
    seconds = max(1, math.ceil(error.seconds))
    response = problem(429, f"wait {seconds} s before the next request")
    response["Retry-After"] = str(seconds)
    return response


def _malformed_shape(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [{"field": _place(item["loc"]), "message": str(item["msg"])} for item in error.errors]
    first = faults[0] if faults else {"field": "", "message": "the request does not have the expected shape"}
    return problem(422, first["message"], field=first["field"], errors=faults)


def _place(location: Any) -> str:
    """`("body", "payload", "persons", 0)` -> `persons.0`: names of the request, not of our functions."""
    parts = [str(part) for part in location]
    if parts and parts[0] in {"body", "query", "path", "form", "file", "header"}:
        parts = parts[1:]
    if len(parts) > 1 and parts[0] in {"payload", "filters"}:
        parts = parts[1:]
    return ".".join(parts)


def _http(_request: HttpRequest, error: HttpError) -> HttpResponse:
    status = error.status_code if error.status_code in TITLES else 400
    return problem(status, str(error))


def _programming(_request: HttpRequest, error: ProgrammingError) -> HttpResponse:
    if getattr(error.__cause__, "sqlstate", "") != INSUFFICIENT_PRIVILEGE:
        raise error
    return problem(403, "this lies outside your jurisdiction")


def _integrity(_request: HttpRequest, error: IntegrityError) -> HttpResponse:
    # The constraint's name says which rule of the database it was; the row's values stay out of the answer.
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return problem(409, f"the database refuses this: {name}" if name else "the database refuses this")


def _already(_request: HttpRequest, _error: AlreadyRecorded) -> HttpResponse:
    return problem(409, "this was recorded already")


HANDLERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    Refused: _refused,
    Gone: _said(410),
    Forbidden: _said(403),
    AuthenticationError: _said(401, "send a token that is in force: Authorization: Bearer lk_..."),
    ObjectDoesNotExist: _said(404, "there is no such record in your jurisdiction"),
    Http404: _said(404),
    NoOutbreak: _said(422),
    NobodyResponsible: _said(422),
    Absent: _said(422),
    UnknownProtocolError: lambda _r, error: problem(422, str(error), field="protocol"),
    ProtocolError: lambda _r, error: problem(422, str(error), field="protocol"),
    TooLarge: _said(413),
    RequestDataTooBig: _said(413, "the body is too large; files go as multipart uploads"),
    TooManyFilesSent: _said(413, "too many files"),
    SuspiciousOperation: _said(400, "the request is malformed"),
    MultiPartParserError: _said(400, "the multipart body is malformed"),
    TooOften: _too_often,
    KeyReused: _said(422, "this Idempotency-Key was used for another request"),
    AlreadyRecorded: _already,
    ValidationError: _malformed_shape,
    HttpError: _http,
    DataError: _said(422, "a value is outside what the database can hold"),
    IntegrityError: _integrity,
    ProgrammingError: _programming,
}
