"""Which bodies exist since which hour, whom they answer to, who sits in which post?"""

from datetime import datetime

from django.db import IntegrityError, transaction

from liankong.actions import Refused, action
from liankong.rules import access as rules
from liankong.store import log, organisations
from liankong.store.log import Actor
from liankong.store.models import Holding, Organisation, OrganisationTerm, Post, User
from liankong.vocabulary.facts import OrganisationChanged, PostFilled, UserChanged
from liankong.vocabulary.kinds import OrganisationKind, Role


@action("access.organise", automatic=True)
def found(
    *,
    code: str,
    kind: OrganisationKind,
    division: str,
    name: str,
    english: str = "",
    parent: Organisation | None = None,
    from_at: datetime,
    until_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> Organisation:
    """Set up a body from an hour on: a headquarters, one of its departments, a sub-headquarters."""
    _inside(division, by)
    if not name.strip():
        raise Refused("give it a name", field="name")
    try:
        with transaction.atomic():
            row = Organisation.objects.create(code=code.strip(), kind=kind, division=division)
    except IntegrityError as error:
        raise Refused(
            "an organisation with the code {code} exists already", field="code", code=code
        ) from error
    OrganisationTerm.objects.create(
        organisation=row,
        name=name.strip(),
        english=english.strip(),
        parent=parent,
        from_at=from_at,
        until_at=until_at,
    )
    _changed(row, f"founded from {from_at.isoformat()}", by, at)
    return row


@action("access.organise", automatic=True)
def rearrange(
    *,
    organisation: int,
    name: str,
    english: str = "",
    parent: Organisation | None = None,
    from_at: datetime,
    by: Actor,
    at: datetime,
) -> OrganisationTerm:
    """Give it another name or superior from an hour on. What was before stays on record."""
    row = Organisation.objects.get(pk=organisation)
    _inside(row.division, by)
    current = row.terms.order_by("-from_at").first()
    if current is not None and from_at <= current.from_at:
        raise Refused("a change must begin after the term that it follows", field="from_at")
    if parent is not None and _is_below(parent, row, from_at):
        raise Refused("an organisation cannot answer to one that answers to it", field="parent")
    if current is not None and (current.until_at is None or current.until_at > from_at):
        current.until_at = from_at
        current.save(update_fields=["until_at"])
    term = OrganisationTerm.objects.create(
        organisation=row, name=name.strip(), english=english.strip(), parent=parent, from_at=from_at
    )
    _changed(row, f"rearranged from {from_at.isoformat()}", by, at)
    return term


@action("access.organise", automatic=True)
def dissolve(*, organisation: int, until_at: datetime, by: Actor, at: datetime) -> OrganisationTerm:
    """End it at an hour. Refused while another body answers to it after that hour."""
    row = Organisation.objects.get(pk=organisation)
    _inside(row.division, by)
    below = organisations.terms(until_at).filter(parent=row).first()
    if below is not None:
        raise Refused("{name} still answers to it then: move it first", field="until_at", name=below.name)
    term = row.terms.order_by("-from_at").first()
    if term is None or (term.until_at is not None and term.until_at <= until_at) or term.from_at >= until_at:
        raise Refused("it does not exist at that hour", field="until_at")
    term.until_at = until_at
    term.save(update_fields=["until_at"])
    _changed(row, f"dissolved at {until_at.isoformat()}", by, at)
    return term


@action("access.organise", automatic=True)
def create_post(*, organisation: int, title: str, role: Role, by: Actor, at: datetime) -> Post:
    """Add a seat to an organisation."""
    _inside(Organisation.objects.get(pk=organisation).division, by)
    try:
        with transaction.atomic():
            post = Post.objects.create(organisation_id=organisation, title=title.strip(), role=role)
    except IntegrityError as error:
        raise Refused("this organisation has a post of that title already", field="title") from error
    _changed(post.organisation, f"post {post.pk} created", by, at)
    return post


@action("access.users", automatic=True)
def fill_post(*, post: int, user: int, by: Actor, at: datetime, from_at: datetime | None = None) -> Holding:
    """Seat a user in a post from an hour on. Refused when the roles must not be held together."""
    holder = User.objects.get(pk=user)
    seat = Post.objects.select_related("organisation").get(pk=post)
    _inside(seat.organisation.division, by)
    since = from_at or at
    if pair := rules.conflicting(organisations.roles(holder, since) | {Role(seat.role)}):
        first, second = sorted(pair)
        raise Refused("nobody may be {first} and {second} at once", field="user", first=first, second=second)
    holding, created = Holding.objects.get_or_create(
        post=seat, user=holder, until_at=None, defaults={"from_at": since}
    )
    if created:
        fact = PostFilled(post=seat.pk, user=holder.pk)
        log.record(fact, subject=seat.pk, division=seat.organisation.division, by=by, at=at)
    return holding


@action("access.users", automatic=True)
def vacate_post(*, holding: int, by: Actor, at: datetime) -> Holding:
    """End a holding now; what was done under it stays signed with it."""
    row = Holding.objects.select_related("post__organisation").get(pk=holding)
    _inside(row.post.organisation.division, by)
    if row.until_at is not None and row.until_at <= at:
        raise Refused("this post was left already")
    row.until_at = max(at, row.from_at)
    row.save(update_fields=["until_at"])
    fact = PostFilled(post=row.post_id, user=None)
    log.record(fact, subject=row.post_id, division=row.post.organisation.division, by=by, at=at)
    return row


@action("access.users", automatic=True)
def create_user(
    *,
    username: str,
    name: str,
    division: str,
    password: str | None,
    by: Actor,
    at: datetime,
    language: str = "zh-hans",
) -> User:
    """Add somebody who works here; with a password they must change it at the first sign-in."""
    _inside(division, by)
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                username.strip(),
                password,
                name=name.strip(),
                division=division,
                language=language,
                must_change_password=by.named,
            )
    except IntegrityError as error:
        raise Refused("this user name is taken", field="username") from error
    fact = UserChanged(user=user.pk, change="created")
    log.record(fact, subject=user.pk, division=division, by=by, at=at)
    return user


@action("access.users")
def set_active(*, user: int, active: bool, by: Actor, at: datetime) -> User:
    """Let a user in or keep them out; nobody can lock themselves out."""
    row = User.objects.select_for_update().get(pk=user)
    if row.pk == by.user:
        raise Refused("you cannot change your own access")
    if row.is_active != active:
        row.is_active = active
        row.save(update_fields=["is_active"])
        fact = UserChanged(user=row.pk, change="enabled" if active else "disabled")
        log.record(fact, subject=row.pk, division=row.division, by=by, at=at)
    return row


@action("access.users")
def set_password(*, user: int, password: str, by: Actor, at: datetime) -> User:
    """Give a user a new first password, to be changed at the next sign-in."""
    row = User.objects.select_for_update().get(pk=user)
    row.set_password(password)
    row.must_change_password = True
    row.save(update_fields=["password", "must_change_password"])
    fact = UserChanged(user=row.pk, change="password set")
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at)
    return row


def _inside(division: str, by: Actor) -> None:
    """Everybody sees the structure, so row-level security does not stop a hand that reaches across the border."""
    if by.named and not division.startswith(by.division):
        raise Refused("this lies outside your jurisdiction", field="division")


def _is_below(candidate: Organisation, top: Organisation, at: datetime) -> bool:
    parents = dict(organisations.terms(at).values_list("organisation_id", "parent_id"))
    seen: set[int] = set()
    current: int | None = candidate.pk
    while current is not None and current not in seen:
        if current == top.pk:
            return True
        seen.add(current)
        current = parents.get(current)
    return False


def _changed(row: Organisation, change: str, by: Actor, at: datetime) -> None:
    fact = OrganisationChanged(organisation=row.pk, change=change)
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at)
