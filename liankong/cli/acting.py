"""Who acts from a terminal, from which post, and is the node's database there?

Commands that change something run as a named user (`--as`), in the post of theirs that may do it, and see what that
post sees. On a real node the user's password is asked for (or read from LIANKONG_PASSWORD, for scripts). On a demo
node, where nobody real acts, no password is asked, and without `--as` the holder nearest to the top acts.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from liankong.cli import ExitCode, Failure

if TYPE_CHECKING:
    from liankong.store.log import Actor
    from liankong.store.models import User

F = TypeVar("F", bound=Callable[..., Any])

as_option = click.option(
    "--as",
    "username",
    metavar="USER",
    envvar="LIANKONG_AS",
    help="Act as this user.  [default: on a demo node, whoever may, nearest to the top]",
)


@dataclass(frozen=True, slots=True)
class Acting:
    """The named user of a command, in a post, at the node's hour."""

    actor: "Actor"
    at: datetime
    username: str


@contextmanager
def acting(permission: str, username: str | None) -> Iterator[Acting]:
    """The user and the post for a permission, with the database open to that post's jurisdiction."""
    with database():
        from liankong.store.access import node_scope, scope

        with node_scope():
            found = _whoever_may(permission, username)
        with scope(found.actor.division, found.actor.user), told():
            yield found


@contextmanager
def looking() -> Iterator[datetime]:
    """The whole node, for commands that only look and name nobody; gives the node's hour."""
    with database():
        from liankong.store.access import node_scope
        from liankong.web.context import now

        with node_scope(), told():
            yield now()


@contextmanager
def database() -> Iterator[None]:
    """The node's database, started for as long as the command runs unless the node runs already."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liankong.config.settings")
    from liankong.config import database as places
    from liankong.config.paths import data_folder
    from liankong.config.secrets import load_secrets

    folder = data_folder()
    django.setup()
    from django.db import DatabaseError, connection

    if not places.is_embedded():
        with _ready(connection, DatabaseError):
            yield
        return
    if not (folder / "postgres" / "PG_VERSION").exists():
        raise Failure("this node has no database yet", hint="liankong serve", code=ExitCode.FAULT)
    server = places.embedded_server(folder, load_secrets(folder))
    started = server.start()
    try:
        with _ready(connection, DatabaseError):
            yield
    finally:
        if started:
            connection.close()
            server.stop()


@contextmanager
def _ready(connection: Any, unreachable: type[Exception]) -> Iterator[None]:
    try:
        connection.ensure_connection()
    except unreachable as error:
        raise Failure(
            f"the database does not answer: {error}", hint="liankong serve", code=ExitCode.FAULT
        ) from error
    yield


@contextmanager
def told() -> Iterator[None]:
    """What a verb refuses becomes an error for people."""
    from liankong.actions import Forbidden, Refused
    from liankong.store.organisations import NobodyResponsible
    from liankong.store.outbreaks import NoOutbreak

    try:
        yield
    except Refused as error:
        where = f" (--{error.field.replace('_', '-')})" if error.field else ""
        raise Failure(f"{error}{where}") from error
    except (Forbidden, NoOutbreak, NobodyResponsible) as error:
        raise Failure(str(error)) from error


def _whoever_may(permission: str, username: str | None) -> Acting:
    from django.conf import settings

    from liankong.rules.access import PERMISSIONS, permissions
    from liankong.store.log import Actor
    from liankong.store.models import Holding, User
    from liankong.store.organisations import in_force
    from liankong.vocabulary.kinds import Role
    from liankong.web.context import now

    at = now()
    roles = [role for role, allowed in PERMISSIONS.items() if permission in allowed or permission == "look"]
    seats = Holding.objects.filter(in_force(at), user__is_active=True).select_related(
        "user", "post__organisation"
    )
    if username is not None:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None or not _is_really(user, demo=settings.LIANKONG_DEMO):
            raise Failure("this user name or password is wrong")
        seats = seats.filter(user=user)
        if not seats.exists():
            raise Failure(f"{username} holds no post")
    elif not settings.LIANKONG_DEMO:
        raise Failure("say who acts", hint="--as USER, or LIANKONG_AS for scripts")
    fitting = list(seats.filter(post__role__in=roles))
    if not fitting:
        raise Failure(f"this needs the permission {permission}, which none of the user's posts carries")
    seat = min(fitting, key=lambda holding: (len(holding.post.organisation.division), holding.post_id))
    body = seat.post.organisation
    actor = Actor(
        user=seat.user_id,
        post=seat.post_id,
        organisation=body.pk,
        division=body.division,
        permissions=permissions(frozenset({Role(seat.post.role)})),
    )
    return Acting(actor, at, seat.user.username)


def _is_really(user: "User", *, demo: bool) -> bool:
    """Whoever can read the data folder could forge anything; the password keeps colleagues from mixing names up."""
    if demo:
        return True
    password = os.environ.get("LIANKONG_PASSWORD") or click.prompt(
        f"Password of {user.username}", hide_input=True, err=True
    )
    return user.check_password(password)


def outbreak_by_code(code: str) -> Any:
    """An outbreak in sight, or an error that names those there are."""
    from liankong.store.models import Outbreak

    row = Outbreak.objects.filter(code=code).first()
    if row is None:
        known = ", ".join(Outbreak.objects.order_by("-opened_at").values_list("code", flat=True)[:10])
        raise Failure(f"there is no outbreak {code!r} in sight", hint=f"one of {known}" if known else "")
    return row
