"""Which bodies exist since which hour, whom they answer to, who sits in which post, who works here?"""

from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from liankong.actions import Forbidden, Refused
from liankong.actions import organisations as verbs
from liankong.store import organisations as structure
from liankong.store.models import Holding, Organisation, OrganisationTerm, Post, User
from liankong.vocabulary.kinds import OrganisationKind, Role
from liankong.web.api.door import Caller, caller, once
from liankong.web.api.kit import (
    After,
    Division,
    DivisionOrNode,
    Id,
    Key,
    Limit,
    Moment,
    Page,
    Short,
    Slug,
    answers,
    in_sight,
    paged,
)

router = Router(tags=["organisations"])
users = Router(tags=["users"])


class TermOut(Schema):
    """An organisation as it stands at an hour."""

    organisation: int
    code: str
    kind: OrganisationKind
    division: str
    name: str
    english: str
    parent: int | None
    from_at: datetime
    until_at: datetime | None


class OrganisationIn(Schema):
    code: Slug
    kind: OrganisationKind
    division: DivisionOrNode
    name: Short = Field(min_length=1)
    english: Short = ""
    parent: Id | None = None
    from_at: Moment
    until_at: Moment | None = None


class RearrangeIn(Schema):
    name: Short = Field(min_length=1)
    english: Short = ""
    parent: Id | None = None
    from_at: Moment


class DissolveIn(Schema):
    until_at: Moment


class PostIn(Schema):
    title: Short = Field(min_length=1, max_length=60)
    role: Role


class PostOut(Schema):
    """A seat and who sits in it now."""

    id: int
    organisation: int
    title: str
    role: Role
    holders: list[int] = Field(description="Users who hold it now and are in sight.")


class FillIn(Schema):
    user: Id
    from_at: Moment | None = None


class HoldingOut(Schema):
    """Who holds a post, from when until when."""

    id: int
    post: int
    user: int
    from_at: datetime
    until_at: datetime | None

    @staticmethod
    def resolve_post(row: Any) -> int:
        return int(row.post_id)

    @staticmethod
    def resolve_user(row: Any) -> int:
        return int(row.user_id)


class UserOut(Schema):
    id: int
    username: str
    name: str
    division: str
    language: str
    is_active: bool
    must_change_password: bool
    created_at: datetime


class UserIn(Schema):
    username: Slug
    name: Short = ""
    division: Division
    password: str | None = Field(
        None, max_length=128, description="A first password, to be changed at sign-in."
    )


class ActiveIn(Schema):
    active: bool


@router.get("/organisations", response=answers(list[TermOut]), operation_id="list_organisations")
def list_organisations(
    request: HttpRequest,
    at: Moment | None = None,
    division: Division | None = None,
) -> object:
    """The structure as it stands at an hour."""
    asking = caller(request)
    asking.need()
    rows = structure.terms(at or asking.at)
    if division is not None:
        rows = rows.filter(organisation__division__startswith=division)
    return [_term(row) for row in rows.order_by("organisation__division", "organisation__code")]


@router.get("/organisations/{organisation}/terms", response=answers(list[TermOut]), operation_id="list_terms")
def list_terms(request: HttpRequest, organisation: Id) -> object:
    """All that an organisation was called and whom it answered to, in order."""
    caller(request).need()
    row = in_sight(Organisation.objects.all(), organisation)
    return [_term(term) for term in row.terms.select_related("organisation").order_by("from_at")]


@router.post("/organisations", response=answers(TermOut, 201), operation_id="found_organisation")
def found_organisation(
    request: HttpRequest, response: HttpResponse, payload: OrganisationIn, idempotency_key: Key = None
) -> object:
    """Set up a body from an hour on."""
    asking = caller(request)
    asking.need("access.organise")
    _inside(asking, payload.division)
    values = payload.dict()
    values["parent"] = _body(payload.parent)
    row = once(
        request,
        response,
        idempotency_key,
        payload.dict(),
        lambda: verbs.found(**values, by=asking.actor, at=asking.at),
        Organisation,
    )
    return Status(201, _term(row.terms.select_related("organisation").order_by("from_at")[0]))


@router.post(
    "/organisations/{organisation}/rearrange",
    response=answers(TermOut),
    operation_id="rearrange_organisation",
)
def rearrange_organisation(request: HttpRequest, organisation: Id, payload: RearrangeIn) -> object:
    """Give it another name or superior from an hour on; what was before stays on record."""
    asking = _organising(request, organisation)
    values = payload.dict()
    values["parent"] = _body(payload.parent)
    return _term(verbs.rearrange(organisation=organisation, **values, by=asking.actor, at=asking.at))


@router.post(
    "/organisations/{organisation}/dissolve", response=answers(TermOut), operation_id="dissolve_organisation"
)
def dissolve_organisation(request: HttpRequest, organisation: Id, payload: DissolveIn) -> object:
    """End it at an hour. Refused while another body answers to it after that hour."""
    asking = _organising(request, organisation)
    return _term(
        verbs.dissolve(organisation=organisation, until_at=payload.until_at, by=asking.actor, at=asking.at)
    )


@router.get("/organisations/{organisation}/posts", response=answers(list[PostOut]), operation_id="list_posts")
def list_posts(request: HttpRequest, organisation: Id) -> object:
    """The organisation's seats."""
    asking = caller(request)
    asking.need()
    row = in_sight(Organisation.objects.all(), organisation)
    held: dict[int, list[int]] = {}
    for holding in Holding.objects.filter(structure.in_force(asking.at), post__organisation=row):
        held.setdefault(holding.post_id, []).append(holding.user_id)
    return [_post(post, held.get(post.pk, [])) for post in structure.posts_of(row).order_by("id")]


@router.post(
    "/organisations/{organisation}/posts", response=answers(PostOut, 201), operation_id="create_post"
)
def create_post(
    request: HttpRequest,
    response: HttpResponse,
    organisation: Id,
    payload: PostIn,
    idempotency_key: Key = None,
) -> object:
    """Add a seat."""
    asking = _organising(request, organisation)
    row = once(
        request,
        response,
        idempotency_key,
        payload.dict(),
        lambda: verbs.create_post(organisation=organisation, **payload.dict(), by=asking.actor, at=asking.at),
        Post,
    )
    return Status(201, _post(row, []))


@router.post("/posts/{post}/fill", response=answers(HoldingOut), operation_id="fill_post")
def fill_post(request: HttpRequest, post: Id, payload: FillIn) -> object:
    """Seat a user in a post from an hour on. Filling it twice with the same user changes nothing."""
    asking = caller(request)
    asking.need("access.users")
    seat = in_sight(Post.objects.select_related("organisation"), post)
    _inside(asking, seat.organisation.division)
    in_sight(User.objects.all(), payload.user)
    return verbs.fill_post(post=post, **payload.dict(), by=asking.actor, at=asking.at)


@router.post("/holdings/{holding}/vacate", response=answers(HoldingOut), operation_id="vacate_post")
def vacate_post(request: HttpRequest, holding: Id) -> object:
    """End a holding now; what was done under it stays signed with it."""
    asking = caller(request)
    asking.need("access.users")
    in_sight(Holding.objects.all(), holding)
    return verbs.vacate_post(holding=holding, by=asking.actor, at=asking.at)


@users.get("/users", response=answers(Page[UserOut]), operation_id="list_users")
def list_users(request: HttpRequest, after: After = None, limit: Limit = 50) -> object:
    """People who work here, in the caller's jurisdiction."""
    caller(request).need("access.users")
    return paged(User.objects.all(), order=("id",), after=after, limit=limit)


@users.post("/users", response=answers(UserOut, 201), operation_id="create_user")
def create_user(
    request: HttpRequest, response: HttpResponse, payload: UserIn, idempotency_key: Key = None
) -> object:
    """Add somebody who works here; a first password must be changed at the first sign-in."""
    asking = caller(request)
    if payload.password is not None:
        try:
            validate_password(payload.password, User(username=payload.username, name=payload.name))
        except ValidationError as error:
            raise Refused(" ".join(error.messages), field="password") from error
    row = once(
        request,
        response,
        idempotency_key,
        payload.dict(),
        lambda: verbs.create_user(**payload.dict(), by=asking.actor, at=asking.at),
        User,
    )
    return Status(201, row)


@users.post("/users/{user}/active", response=answers(UserOut), operation_id="set_user_active")
def set_user_active(request: HttpRequest, user: Id, payload: ActiveIn) -> object:
    """Let a user in or keep them out, tokens included. Nobody can lock themselves out."""
    asking = caller(request)
    asking.need("access.users")
    in_sight(User.objects.all(), user)
    return verbs.set_active(user=user, active=payload.active, by=asking.actor, at=asking.at)


@users.get("/users/{user}/holdings", response=answers(list[HoldingOut]), operation_id="list_holdings")
def list_holdings(request: HttpRequest, user: Id) -> object:
    """All posts that a user holds or held."""
    caller(request).need("access.users")
    in_sight(User.objects.all(), user)
    return Holding.objects.filter(user=user).order_by("from_at", "id")


def _inside(asking: Caller, division: str) -> None:
    """The structure is in everybody's sight, so the database's policies do not keep it: this does."""
    if not division.startswith(asking.seat.division):
        raise Forbidden(f"access.organise for division {division or 'of the node'}")


def _organising(request: HttpRequest, organisation: int) -> Caller:
    asking = caller(request)
    asking.need("access.organise")
    _inside(asking, in_sight(Organisation.objects.all(), organisation).division)
    return asking


def _body(key: int | None) -> Organisation | None:
    return None if key is None else Organisation.objects.get(pk=key)


def _term(row: OrganisationTerm) -> dict[str, Any]:
    return {
        "organisation": row.organisation_id,
        "code": row.organisation.code,
        "kind": row.organisation.kind,
        "division": row.organisation.division,
        "name": row.name,
        "english": row.english,
        "parent": row.parent_id,
        "from_at": row.from_at,
        "until_at": row.until_at,
    }


def _post(row: Post, holders: list[int]) -> dict[str, Any]:
    return {
        "id": row.pk,
        "organisation": row.organisation_id,
        "title": row.title,
        "role": row.role,
        "holders": holders,
    }
