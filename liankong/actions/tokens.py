"""Which programs may act for a user, with which of the user's rights, and until when?"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet

from liankong.actions import Forbidden, Refused, action
from liankong.rules.access import LOOK, permissions
from liankong.store import log, organisations
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import ApiToken, User
from liankong.vocabulary.facts import TokenIssued, TokenRevoked

# A fixed beginning, so that scanners for leaked secrets recognise one in a repository or a mail.
PREFIX = "lk_"
SECRET_BYTES = 32  # 256 bits: nobody guesses one, so a plain SHA-256 keeps it as well as a slow hash would
LONGEST = timedelta(days=365)  # this platform's own limit, like a session's twelve hours
MOST = 20  # tokens in force for one user; somebody who needs more has forgotten to revoke
# A token in steady use need not write a row at each request to show that it is in use.
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token. `secret` is shown once and kept nowhere."""

    token: ApiToken
    secret: str = field(repr=False)


@action(LOOK)
def create(
    *, user: int, name: str, scopes: Sequence[str], expires_at: datetime, by: Actor, at: datetime
) -> Issued:
    """Give a program some of one's own rights until a date. Nobody can make a token for somebody else."""
    if user != by.user:
        raise Refused("a token can only be made by the user for whom it acts", field="user")
    owner = User.objects.select_for_update().get(pk=user)
    if not name.strip():
        raise Refused("say which program it is for", field="name")
    if not at < expires_at <= at + LONGEST:
        raise Refused("it must end within {days} days", field="expires_at", days=LONGEST.days)
    wanted = frozenset(scopes)
    if not wanted:
        raise Refused("choose at least one right", field="scopes")
    if beyond := wanted - rights(owner, at):
        raise Refused("you do not have: {beyond}", field="scopes", beyond=", ".join(sorted(beyond)))
    if in_force(owner, at).count() >= MOST:
        raise Refused("there are {most} tokens in force already: revoke one first", field="name", most=MOST)
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = ApiToken.objects.create(
        user=owner,
        name=name.strip(),
        digest=digest(secret),
        scopes=sorted(wanted),
        created_at=at,
        expires_at=expires_at,
    )
    fact = TokenIssued(token=token.pk, user=owner.pk, scopes=tuple(sorted(wanted)), expires_at=expires_at)
    log.record(fact, subject=token.pk, division=owner.division, by=by, at=at)
    return Issued(token, secret)


@action(LOOK)
def revoke(*, token: int, by: Actor, at: datetime) -> ApiToken:
    """End a token at once: one's own, or, for those who manage users, anybody's. Twice changes nothing."""
    row = ApiToken.objects.select_for_update(of=("self",)).select_related("user").filter(pk=token).first()
    if row is None:
        raise Refused("there is no such token in your jurisdiction")
    if row.user_id != by.user and "access.users" not in by.permissions:
        raise Forbidden("access.users")
    if row.revoked_at is None:
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        fact = TokenRevoked(token=row.pk, user=row.user_id)
        log.record(fact, subject=row.pk, division=row.user.division, by=by, at=at)
    return row


def authenticate(secret: str, *, at: datetime) -> ApiToken | None:
    """The token that this secret opens now, with its user, or None. Reads under the node's scope.

    A revoked or expired token, a disabled user and one who must change the password first are all the same
    "no": the caller learns nothing about which it was.
    """
    wanted = digest(secret)
    with node_scope():
        token = ApiToken.objects.select_related("user").filter(digest=wanted).first()
        # The index compared hashes, whose bytes nobody can steer; this comparison takes the same time for all.
        if token is None or not hmac.compare_digest(bytes(token.digest), wanted):
            return None
        user = token.user
        if token.revoked_at is not None or not token.created_at <= at < token.expires_at:
            return None
        if not user.is_active or user.must_change_password:
            return None
        if token.last_used_at is None or not token.last_used_at <= at < token.last_used_at + USE_NOTED_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
        return token


def rights(user: User, at: datetime) -> frozenset[str]:
    """All that a user may do at an hour, through any post."""
    return permissions(organisations.roles(user, at))


def in_force(user: User, at: datetime) -> "QuerySet[ApiToken]":
    return ApiToken.objects.filter(user=user, revoked_at__isnull=True, expires_at__gt=at)


def digest(secret: str) -> bytes:
    """What is kept of a token. A secret that is no text of ours still has a digest: it just opens nothing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
