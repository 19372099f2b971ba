"""What the people of the drill did about contacts, rooms, zones and duty: the response's part of a replay.

Investigators name contacts one by one; here they come together by case, are signed, moved and housed by the verbs
that the console uses, at the hours that `drill/data/response.toml` gives. From `acts.waits_from` on nothing is
signed, so that whoever opens the demo finds work on the desks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from liankong.actions import Refused, duty, isolation, isolation_sites, isolation_trips, zones_sign
from liankong.actions import investigation as tracks
from liankong.actions import tracing_contacts as contacts
from liankong.drill import numbers
from liankong.drill import records as drill
from liankong.exchange.isolation_lists import RoomLine
from liankong.protocols.words import Placement
from liankong.store.models import Case, Contact, Investigation, Isolation, Organisation, Zone
from liankong.store.tracing_proposals import Met
from liankong.vocabulary.kinds import (
    ContactState,
    ExposureKind,
    FactSource,
    OrganisationKind,
    Role,
    StayMode,
    ZoneState,
)
from liankong.vocabulary.spans import local

if TYPE_CHECKING:
    from liankong.cli.replay import Replay

KINDS = {
    drill.Setting.HOUSEHOLD: (ExposureKind.HOUSEHOLD, FactSource.HOUSEHOLD),
    drill.Setting.SCHOOL_CLASS: (ExposureKind.SAME_ROOM, FactSource.SCHOOL_ROSTER),
    drill.Setting.TRAINING_CENTRE: (ExposureKind.SAME_ROOM, FactSource.SCHOOL_ROSTER),
    drill.Setting.WORKPLACE: (ExposureKind.SAME_ROOM, FactSource.WORKPLACE),
    drill.Setting.COMMUNITY: (ExposureKind.OTHER, FactSource.INTERVIEW),
}
# The meeting that an investigator writes down; only its end is in the drill's script.
MEETING = timedelta(minutes=45)
BASIS = "中华人民共和国传染病防治法第四十一条"
SHIFT_DAYS = 14


@dataclass(slots=True)
class Response:
    """The acts still to come, and who was named by which case since the last signature."""

    replay: "Replay"
    contacts_from: datetime = field(default_factory=lambda: datetime.fromisoformat(_value("contacts_from")))
    waits_from: datetime = field(default_factory=lambda: datetime.fromisoformat(_value("waits_from")))
    named: dict[int, list[drill.ContactFound]] = field(default_factory=dict)

    def stand_up(self, home: str, at: datetime) -> None:
        """Sites with their rooms, vehicles, and who is on duty when."""
        bodies = self.replay.organisations.values()
        by = self.replay.by(Role.SITE_MANAGER, home)
        for body in bodies:
            if body.kind == OrganisationKind.ISOLATION_SITE:
                isolation_sites.add_site(
                    code=body.code, name=body.code, division=home, open_now=True, by=by, at=at
                )
                isolation_sites.take_rooms(lines=_rooms(body.code), by=by, at=at)
        fleet = next(body for body in bodies if body.kind == OrganisationKind.TRANSPORT)
        dispatcher = self.replay.by(Role.DISPATCHER, home)
        for number in range(int(numbers.load("response").value("sites", "vehicles"))):
            isolation_sites.add_vehicle(
                plate=f"津A·{number + 1:04d}",
                organisation=fleet.pk,
                seats=int(numbers.load("response").value("sites", "seats")),
                wheelchairs=1,
                by=dispatcher,
                at=at,
            )
        for body in bodies:
            if body.kind == OrganisationKind.HEADQUARTERS:
                self._roster(body, at)

    def _roster(self, body: Organisation, at: datetime) -> None:
        seats = self.replay.actors
        roles = (Role.DUTY_OFFICER, Role.INQUIRY_OFFICER, Role.BULLETIN_OFFICER)
        users = [user for role in roles if (user := seats[body.code, role].user) is not None]
        duty.plan_pattern(
            organisation=body.pk,
            users=users,
            first=date.fromisoformat(numbers.load("response").value("round", "first_detection")),
            days=SHIFT_DAYS,
            by=seats[body.code, Role.DUTY_OFFICER],
            at=at,
        )

    # --- events ---

    def found(self, event: drill.ContactFound) -> None:
        """Investigators named a contact; all that a case names within the hour are handed in together."""
        if event.at < self.contacts_from:
            return
        if event.case not in self.named:
            self.named[event.case] = []
            self._later(event.at + timedelta(hours=1), lambda at: self._propose(event.case, at))
        self.named[event.case].append(event)

    def opened(self, case: Case, at: datetime) -> None:
        """A case stands: its track is asked for, the zone around it is signed."""
        if at < self.contacts_from:
            return
        self._later(at + _minutes("track_confirmed"), lambda now: self._track(case.pk, now))
        self._later(at + _minutes("zone_signed"), lambda now: self._zones(case.pk, now))

    def _propose(self, person: int, at: datetime) -> None:
        case = self.replay.case_of(person)
        events = self.named.pop(person)
        if case is None:
            return
        known = self.replay.numbers
        met = [
            Met(
                person=known.persons[event.person],
                kind=KINDS[event.setting][0],
                source=KINDS[event.setting][1],
                from_at=event.last_exposure - MEETING,
                until_at=event.last_exposure,
                place=known.places.get(event.place) if event.place is not None else None,
            )
            for event in events
        ]
        by = self.replay.by(Role.EPIDEMIOLOGIST, case.division)
        self.replay.settled(lambda: contacts.propose(met=met, case=case.pk, by=by, at=at))
        self._later(at + _minutes("contacts_signed"), lambda now: self._sign(case.pk, now))

    def _sign(self, case: int, at: datetime) -> None:
        waiting = Contact.objects.filter(state=ContactState.PROPOSED, exposures__case=case)
        keys = list(waiting.order_by("pk").values_list("pk", flat=True).distinct())
        if not keys:
            return
        by = self.replay.by(Role.EPIDEMIOLOGIST, Contact.objects.get(pk=keys[0]).division)
        self.replay.settled(lambda: contacts.sign(contacts=keys, by=by, at=at))
        self._later(at + _minutes("transfers_signed"), lambda now: self._transfer(keys, now))

    def _transfer(self, keys: Sequence[int], at: datetime) -> None:
        drafts = Isolation.objects.filter(contact__in=keys, signed_at__isnull=True, released_at__isnull=True)
        rows = list(drafts.order_by("pk").values_list("pk", "division"))
        if not rows:
            return
        by = self.replay.by(Role.COMMANDER, rows[0][1])
        wanted = [key for key, _division in rows]
        signed: list[int] = []

        def sign() -> None:
            signed.extend(isolation.sign(isolations=wanted, by=by, at=at).signed)

        self.replay.settled(sign)
        self._later(at + _minutes("fetched"), lambda now: self._fetch(signed, now))

    def _fetch(self, keys: Sequence[int], at: datetime) -> None:
        for row in Isolation.objects.filter(pk__in=keys, arrived_at__isnull=True, released_at__isnull=True):
            by = self.replay.by(Role.DISPATCHER, row.division)
            home = row.placement != Placement.CENTRAL
            act = isolation_trips.begin_home if home else isolation_trips.arrived
            self._tried(lambda act=act, row=row, by=by: act(isolation=row.pk, by=by, at=at))

    def _track(self, case: int, at: datetime) -> None:
        row = Investigation.objects.select_related("case__person").filter(case=case).first()
        if row is None or row.track_confirmed_at is not None:
            return
        by = self.replay.by(Role.EPIDEMIOLOGIST, row.division)
        day = local(row.case.found_at.date()) - timedelta(days=1)
        stays = [_stay(day, 0, 8, "家", StayMode.HOME), _stay(day, 8, 17, "单位或学校", StayMode.WORK)]
        self.replay.settled(lambda: tracks.record_stays(investigation=row.pk, stays=stays, by=by, at=at))
        self._tried(lambda: tracks.confirm_track(investigation=row.pk, by=by, at=at))

    def _zones(self, case: int, at: datetime) -> None:
        for zone in Zone.objects.filter(case=case, state=ZoneState.PROPOSED):
            by = self.replay.by(Role.COMMANDER, zone.division)
            self._tried(
                lambda zone=zone, by=by: zones_sign.approve(zone=zone.pk, legal_basis=BASIS, by=by, at=at)
            )

    def _tried(self, act: Any) -> None:
        """What a rule refuses stays as it is: the demo shows that too."""
        try:
            self.replay.settled(act)
        except Refused:
            return

    def _later(self, at: datetime, act: Any) -> None:
        if at < self.waits_from:
            self.replay.later(at, act)


def _value(name: str) -> Any:
    return numbers.load("response").value("acts", name)


def _minutes(name: str) -> timedelta:
    return timedelta(minutes=float(_value(name)))


def _rooms(site: str) -> list[RoomLine]:
    data = numbers.load("response")
    each, rare = int(data.value("sites", "rooms_per_floor")), int(data.value("sites", "accessible"))
    return [
        RoomLine(
            row=number + 2,
            site=site,
            room=f"{number // each + 1}{number % each + 1:02d}",
            floor=number // each + 1,
            accessible=number % rare == 0,
        )
        for number in range(int(data.value("sites", "rooms")))
    ]


def _stay(day: datetime, first: int, last: int, place: str, mode: StayMode) -> tracks.StayTold:
    return tracks.StayTold(
        from_at=day + timedelta(hours=first),
        until_at=day + timedelta(hours=last),
        place_text=place,
        mode=mode,
    )
