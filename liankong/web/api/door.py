"""Who is asking, from which post, with which rights, how often, and was this very message sent before?"""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from ninja.errors import HttpError
from ninja.security import HttpBearer

from liankong.actions import Forbidden, tokens
from liankong.rules.access import LOOK, permissions
from liankong.store import identity, log
from liankong.store.access import node_scope, scope
from liankong.store.log import Actor, AlreadyRecorded
from liankong.store.models import ApiToken, Entry, GlassBreak, User
from liankong.vocabulary.facts import MessageTaken
from liankong.web.api.limits import limiter, rate
from liankong.web.api.problems import KeyReused, TooLarge, TooOften
from liankong.web.context import Seat, now, seats_of

M = TypeVar("M", bound=Model)

POST_HEADER = "Liankong-Post"
REPLAYED = "Idempotency-Replayed"
# Larger than any line list of an outbreak that a program sends; beyond it is the command line's business.
LARGEST_BODY = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Caller:
    """A program acting for a user in one post, with the rights that both the post and the token carry."""

    token: ApiToken
    user: User
    seat: Seat
    seats: tuple[Seat, ...]
    division: str
    permissions: frozenset[str]
    at: datetime

    @property
    def actor(self) -> Actor:
        return Actor(
            user=self.user.pk,
            post=self.seat.post,
            organisation=self.seat.organisation,
            division=self.division,
            permissions=self.permissions,
        )

    def need(self, permission: str = LOOK) -> None:
        """Raise Forbidden unless the caller has the permission; verbs check their own, reads use this."""
        if permission not in self.permissions:
            raise Forbidden(permission)


def caller(request: HttpRequest) -> Caller:
    """The authenticated caller of an operation."""
    return cast("Caller", cast("Any", request).auth)


class Token(HttpBearer):
    """A token made by a user, on the console or with `liankong token create`."""

    def __call__(self, request: HttpRequest) -> Caller | None:
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            raise TooLarge(f"at most {LARGEST_BODY // 1024 // 1024} MB are taken here")
        if getattr(settings, "HTTPS", False) and not request.is_secure():
            # A redirect would hide that the token has just travelled in the clear.
            raise HttpError(403, "HTTPS only: this token was sent in the clear, revoke it")
        address = request.META.get("REMOTE_ADDR", "")
        _turn_away(limiter().peek("refused", address, rate("refused")))
        _turn_away(limiter().hit("address", address, rate("address")))
        found: Caller | None = super().__call__(request)
        if found is None:
            limiter().hit("refused", address, rate("refused"))
            return None
        _turn_away(limiter().hit("token", str(found.token.pk), rate("token")))
        until_answered: ExitStack = cast("Any", request).until_answered
        until_answered.enter_context(scope(found.division, found.user.pk))
        return found

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        at = now()
        row = tokens.authenticate(token, at=at)
        return None if row is None else _seated(request, row, at)


def _turn_away(seconds: float) -> None:
    if seconds > 0:
        raise TooOften(seconds)


def _seated(request: HttpRequest, token: ApiToken, at: datetime) -> Caller:
    """The post in use: the one that the header names, else the user's first, as in the console."""
    wanted = request.headers.get(POST_HEADER, "")
    with node_scope():
        seats = seats_of(token.user, at)
        seat = next((item for item in seats if not wanted or str(item.post) == wanted), None)
        if seat is None:
            raise HttpError(403, f"you do not hold the post {wanted}" if seats else "you hold no post")
        allowed = permissions(frozenset({seat.role})) & frozenset(token.scopes)
        glass = (
            GlassBreak.objects.filter(user=token.user, from_at__lte=at, until_at__gt=at)
            .order_by("-until_at")
            .first()
            if "registry.glass" in allowed
            else None
        )
    division = glass.division if glass is not None else seat.division
    return Caller(token, token.user, seat, seats, division, allowed, at)


def within(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Keep what authentication opens (the caller's jurisdiction) open until the answer is written, no longer."""

    @wraps(run)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with ExitStack() as until_answered:
            cast("Any", request).until_answered = until_answered
            return run(request, *args, **kwargs)

    return answered


def once(
    request: HttpRequest,
    response: HttpResponse,
    key: str | None,
    payload: Mapping[str, Any],
    make: Callable[[], M],
    model: type[M],
) -> M:
    """Carry out a write that creates a row, or, if its Idempotency-Key came before, give that row again.

    The key is remembered as an entry of the log in the transaction that makes the row, so either both stand or
    neither. The entry holds a keyed hash of the request: it tells a repetition from another request under the
    same key, and tells nobody what was in it.
    """
    if not key:
        return make()
    asking = caller(request)
    operation = f"{request.method} {request.path}"
    message = f"api:{asking.token.pk}:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:40]}"
    content = json.dumps([operation, payload], sort_keys=True, default=str)
    digest = (identity.find_hash(content, field="request") or b"").hex()
    known = _answered(message, digest, model)
    if known is None:
        try:
            with transaction.atomic():
                made = make()
                fact = MessageTaken(
                    token=asking.token.pk, operation=operation[:200], digest=digest, made=int(made.pk)
                )
                log.record(
                    fact,
                    subject=asking.token.pk,
                    division=asking.division,
                    by=asking.actor,
                    at=asking.at,
                    message=message,
                )
            return made
        except AlreadyRecorded:
            # The same message was being carried out at this very moment by another request.
            known = _answered(message, digest, model)
            if known is None:
                raise
    response[REPLAYED] = "true"
    return known


def _answered(message: str, digest: str, model: type[M]) -> M | None:
    entry = Entry.objects.filter(message=message, kind=MessageTaken.__name__).first()
    if entry is None:
        return None
    if entry.body["digest"] != digest:
        raise KeyReused
    return model._default_manager.get(pk=entry.body["made"])
