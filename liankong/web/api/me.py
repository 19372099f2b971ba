"""Who am I to this node, what may I do, until when? And wider sight in an emergency."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema, Status

from liankong.actions import registry, tokens
from liankong.store.models import ApiToken
from liankong.vocabulary.kinds import Role
from liankong.web.api.door import caller
from liankong.web.api.kit import DivisionOrNode, Id, Why, answers, in_sight
from liankong.web.context import Seat

router = Router(tags=["me"])


class SeatOut(Schema):
    """A post that the token's user holds."""

    post: int
    title: str
    role: Role
    organisation: int
    organisation_name: str
    organisation_english: str
    division: str

    @classmethod
    def of(cls, seat: Seat) -> "SeatOut":
        return cls(
            post=seat.post,
            title=seat.title,
            role=seat.role,
            organisation=seat.organisation,
            organisation_name=seat.name,
            organisation_english=seat.english,
            division=seat.division,
        )


class TokenOut(Schema):
    """A token as its owner sees it; the secret itself is shown once, when it is made."""

    id: int
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


class MeOut(Schema):
    """The caller: user, post in use, jurisdiction in force, rights that both the post and the token carry."""

    user: int
    username: str
    division: str
    now: datetime
    post: SeatOut
    posts: list[SeatOut]
    permissions: list[str]
    token: TokenOut


class GlassIn(Schema):
    """Wider sight for a few hours; the auditor reads why."""

    division: DivisionOrNode
    why: Why


class GlassOut(Schema):
    division: str
    from_at: datetime
    until_at: datetime
    why: str


@router.get("/me", response=answers(MeOut), operation_id="me")
def me(request: HttpRequest) -> MeOut:
    """The user, the post in use (choose another with the header `Liankong-Post`) and the token's rights."""
    asking = caller(request)
    return MeOut(
        user=asking.user.pk,
        username=asking.user.username,
        division=asking.division,
        now=asking.at,
        post=SeatOut.of(asking.seat),
        posts=[SeatOut.of(seat) for seat in asking.seats],
        permissions=sorted(asking.permissions),
        token=TokenOut.from_orm(asking.token),
    )


@router.post("/me/glass", response=answers(GlassOut, 201), operation_id="break_glass")
def break_glass(request: HttpRequest, payload: GlassIn) -> object:
    """Break the glass: see a wider jurisdiction for a few hours. Recorded, with the reason, for the auditor."""
    asking = caller(request)
    row = registry.break_glass(division=payload.division, why=payload.why, by=asking.actor, at=asking.at)
    return Status(201, row)


@router.get("/me/tokens", response=answers(list[TokenOut]), operation_id="list_tokens")
def list_tokens(request: HttpRequest) -> object:
    """The user's own tokens, newest first."""
    asking = caller(request)
    return ApiToken.objects.filter(user=asking.user).order_by("-pk")[:200]


@router.post("/me/tokens/{token}/revoke", response=answers(TokenOut), operation_id="revoke_token")
def revoke_token(request: HttpRequest, token: Id) -> object:
    """End a token at once; a program that suspects its own to be known can end it itself.

    Tokens are made by people (on the console or with `liankong token create`), never by a token: a stolen one
    could otherwise prolong itself.
    """
    asking = caller(request)
    row = in_sight(ApiToken.objects.all(), token)
    return tokens.revoke(token=row.pk, by=asking.actor, at=asking.at)
