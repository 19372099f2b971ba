"""Who is looking, from which post, at which outbreak, and what may they do? One answer per request."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.db.models import F, Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from liankong.rules.access import LOOK, permissions
from liankong.store.log import Actor
from liankong.store.models import GlassBreak, OrganisationTerm, Outbreak, User
from liankong.store.organisations import holdings, in_force
from liankong.vocabulary.kinds import Role

POST_KEY, OUTBREAK_KEY = "post", "outbreak"
OUTBREAKS_SHOWN = 50
# Only to warn by colour that a deadline comes near; the deadline itself comes from the protocol.
SOON = timedelta(minutes=30)


def now() -> datetime:
    """The node's present moment. A demo node lives in its outbreak's own days: its clock is a setting."""
    clock = getattr(settings, "LIANKONG_CLOCK", None)
    if clock is None:
        return timezone.now()
    moment: datetime = (import_string(clock) if isinstance(clock, str) else clock)()
    return moment


@dataclass(frozen=True, slots=True)
class Seat:
    """A post as its holder sees it."""

    post: int
    organisation: int
    division: str
    title: str
    role: Role
    name: str
    english: str

    @property
    def organisation_name(self) -> str:
        if self.english and get_language() == "en":
            return self.english
        return self.name


@dataclass(frozen=True, slots=True)
class Sight:
    """What one request may see and do: the seat in use, its jurisdiction and permissions, the chosen outbreak."""

    user: User
    at: datetime
    seats: tuple[Seat, ...] = ()
    seat: Seat | None = None
    glass: GlassBreak | None = None
    permissions: frozenset[str] = frozenset({LOOK})
    outbreaks: tuple[Outbreak, ...] = field(default=())
    outbreak: Outbreak | None = None

    @property
    def division(self) -> str:
        """The jurisdiction in force: the seat's, or the wider one of a broken glass."""
        if self.glass is not None:
            return str(self.glass.division)
        return self.seat.division if self.seat else ""

    @property
    def frame(self) -> str:
        """The template around a page of refusal: the console, for those who see it."""
        return "base.html"

    @property
    def actor(self) -> Actor:
        seat = self.seat
        return Actor(
            user=self.user.pk,
            post=seat.post if seat else None,
            organisation=seat.organisation if seat else None,
            division=self.division,
            permissions=self.permissions,
        )

    @property
    def exercise(self) -> bool:
        return bool(settings.LIANKONG_DEMO or (self.outbreak and self.outbreak.exercise))

    def may(self, permission: str) -> bool:
        return permission in self.permissions


class SightedRequest(HttpRequest):
    """A request past the middleware; views that need a signed-in user take this type."""

    sight: Sight


def sight(request: HttpRequest) -> Sight:
    return cast("SightedRequest", request).sight


def seats_of(user: User, at: datetime) -> tuple[Seat, ...]:
    """The posts that a user holds at an hour, with the names that their organisations bear then."""
    held = list(holdings(user, at))
    terms = {
        term.organisation_id: term
        for term in OrganisationTerm.objects.filter(
            in_force(at), organisation__in=[holding.post.organisation_id for holding in held]
        )
    }
    return tuple(
        Seat(
            post=holding.post_id,
            organisation=holding.post.organisation_id,
            division=holding.post.organisation.division,
            title=holding.post.title,
            role=Role(holding.post.role),
            name=terms[holding.post.organisation_id].name
            if holding.post.organisation_id in terms
            else holding.post.organisation.code,
            english=terms[holding.post.organisation_id].english
            if holding.post.organisation_id in terms
            else "",
        )
        for holding in held
    )


def open_sight(request: HttpRequest, user: User, at: datetime) -> Sight:
    """Seat and jurisdiction of a signed-in user. Runs under the node's scope: nothing narrower is known yet."""
    seats = seats_of(user, at)
    wanted = request.session.get(POST_KEY)
    seat = next((item for item in seats if item.post == wanted), seats[0] if seats else None)
    glass = (
        GlassBreak.objects.filter(user=user, from_at__lte=at, until_at__gt=at).order_by("-until_at").first()
        if seat
        else None
    )
    outbreaks = _outbreaks(glass.division if glass else seat.division) if seat else ()
    chosen = request.GET.get("outbreak") or request.session.get(OUTBREAK_KEY)
    # A glass gives more to see, not more to do: permissions stay those of the seat.
    return Sight(
        user=user,
        at=at,
        seats=seats,
        seat=seat,
        glass=glass,
        permissions=permissions(frozenset({seat.role}) if seat else frozenset()),
        outbreaks=outbreaks,
        outbreak=next((row for row in outbreaks if row.code == chosen), outbreaks[0] if outbreaks else None),
    )


def _outbreaks(division: str) -> tuple[Outbreak, ...]:
    """Outbreaks that touch a jurisdiction, open ones first, the newest first.

    A city's outbreak is also its districts', though its row lies above what they see; so it is read from above.
    What they then see of it are their own cases.
    """
    above = [division[:length] for length in (0, 2, 4, 6, 9, 12) if length <= len(division)]
    touching = Q(division__in=above) | Q(division__startswith=division)
    return tuple(
        Outbreak.objects.filter(touching).order_by(
            F("closed_at").desc(nulls_first=True), "study", "-opened_at", "-pk"
        )[:OUTBREAKS_SHOWN]
    )


# --- navigation ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Door:
    """One line of the navigation. `key` goes there after `g`; `permission` hides it from those without."""

    name: str
    text: Promise
    icon: str
    key: str
    permission: str = LOOK
    address: str = ""
    here: bool = False


GROUPS: tuple[tuple[Promise, tuple[Door, ...]], ...] = (
    (
        _("Command"),
        (
            Door("home", _("What needs me now"), "checklist", "h"),
            Door("overview", _("Overview"), "layout-dashboard", "o"),
            Door("situation", _("Situation"), "activity", "w"),
        ),
    ),
    (
        _("Outbreak"),
        (
            Door("cases", _("Cases"), "virus", "c"),
            Door("investigations", _("Investigations"), "route", "f"),
            Door("chains", _("Transmission chains"), "binary-tree", "t"),
            Door("screening", _("Screening"), "test-pipe", "l"),
            Door("imports", _("Line lists"), "file-import", "i"),
            Door("bulletins", _("Bulletins"), "news", "b"),
            Door("outbreaks", _("Outbreaks"), "flag", "e"),
        ),
    ),
    (
        _("Response"),
        (
            Door("orders", _("Orders"), "send", "d"),
            Door("minutes", _("Minutes"), "file-text", "j"),
            Door("contacts", _("Contacts"), "users", "k"),
            Door("inquiries", _("Inquiries"), "mail-forward", "q"),
            Door("transfers", _("Transfers"), "ambulance", "v"),
            Door("sites", _("Isolation sites"), "building", "x"),
            Door("zones", _("Zones"), "map-2", "z"),
            Door("needs", _("Needs"), "heart-handshake", "n"),
            Door("disinfection", _("Disinfection"), "spray", "f"),
            Door("duty", _("Duty"), "clock", "y"),
        ),
    ),
    (
        _("Registry and structure"),
        (
            Door("registry", _("Person search"), "user-search", "r", "registry.find"),
            Door("organisations", _("Organisations"), "sitemap", "s"),
            Door("protocols", _("Protocols"), "file-text", "p"),
            Door("users", _("Users and posts"), "users", "u", "access.users"),
            Door("audit", _("Audit"), "shield-check", "a", "audit.read"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[tuple[Promise, list[Door]]]:
    """The doors that exist and are open to this user; the one that we are behind is `here`."""
    seen = sight(request)
    match = request.resolver_match
    current = (match.url_name or "") if match else ""
    groups = []
    for title, doors in GROUPS:
        shown = []
        for door in doors:
            if not seen.may(door.permission):
                continue
            try:
                address = reverse(door.name)
            except NoReverseMatch:
                continue
            here = current == door.name or current.startswith(
                (f"{door.name}-", f"{door.name.removesuffix('s')}-")
            )
            here = here or current == door.name.removesuffix("s")
            shown.append(replace(door, address=address, here=here))
        if shown:
            groups.append((title, shown))
    return groups
