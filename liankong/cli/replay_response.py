"""What the people of the drill did about contacts, rooms, zones and duty: the response's part of a replay.

Investigators name contacts one by one; here they come together by case, are signed, moved and housed by the verbs
that the console uses, at the hours that `drill/data/response.toml` gives. From `acts.waits_from` on nothing is
signed, so that whoever opens the demo finds work on the desks.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from liankong.actions import Refused, duty, isolation, isolation_sites, isolation_trips, zones_sign
from liankong.actions import investigation as tracks
from liankong.actions import tracing_contacts as contacts
from liankong.cli.replay_desks import Desks
from liankong.drill import numbers
from liankong.drill import records as drill
from liankong.exchange.isolation_lists import RoomLine
from liankong.rules.isolation import AT_HOME
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

Act = Callable[[datetime], object]


@dataclass(slots=True)
class Response:
    """The acts still to come, and who was named by which case since the last signature."""

    replay: "Replay"
    named_from: datetime = field(default_factory=lambda: datetime.fromisoformat(_value("named_from")))
    waits_from: datetime = field(default_factory=lambda: datetime.fromisoformat(_value("waits_from")))
    named: dict[int, list[drill.ContactFound]] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)

    @property
    def desks(self) -> Desks:
        return Desks(self.replay, self._later, self._tried)

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
        self.desks.open_care_points(at)
        self.desks.plan_calls()
        self.desks.plan_checks(at, SHIFT_DAYS)

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
        if event.at < self.named_from:
            return
        if event.case not in self.named:
            self.named[event.case] = []
            self._later(event.at + timedelta(hours=1), lambda at: self._propose(event.case, at))
        self.named[event.case].append(event)

    def opened(self, case: Case, at: datetime) -> None:
        """A case stands: its track is asked for, its household and the zone around it are signed."""
        self._later(at + _minutes("track_confirmed"), lambda now: self._track(case.pk, now))
        self._later(at + _minutes("report_filed"), lambda now: self._file(case.pk, now))
        self._later(at + _minutes("zone_signed"), lambda now: self._zones(case.pk, now))
        self._list("contacts", at + _minutes("contacts_signed"), self._sign)
        self._list("transfers", at + _minutes("transfers_signed"), self._transfer)

    def _list(self, name: str, at: datetime, act: Act) -> None:
        """Signatures are given for a list, not for a name: whatever waits by then goes with the one planned first."""
        if name not in self.listed:
            self.listed.add(name)
            self._later(at, partial(self._go_through, name, act))

    def _go_through(self, name: str, act: Act, at: datetime) -> None:
        self.listed.discard(name)
        act(at)

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
        self._list("contacts", at + _minutes("contacts_signed"), self._sign)

    def _sign(self, at: datetime) -> None:
        waiting = Contact.objects.filter(state=ContactState.PROPOSED).order_by("pk")
        for district, keys in _by_district(waiting.values_list("division", "pk")):
            by = self.replay.by(Role.EPIDEMIOLOGIST, district)
            self.replay.settled(partial(contacts.sign, contacts=keys, by=by, at=at))
            self._list("transfers", at + _minutes("transfers_signed"), self._transfer)
            self._list("letters", at + _minutes("letters_sent"), self.desks.send_letters)

    def _transfer(self, at: datetime) -> None:
        drafts = Isolation.objects.filter(signed_at__isnull=True, released_at__isnull=True).order_by("pk")
        for district, keys in _by_district(drafts.values_list("division", "pk")):
            by = self.replay.by(Role.COMMANDER, district)
            self.replay.settled(partial(isolation.sign, isolations=keys, by=by, at=at))
            self._later(at + _minutes("fetched"), partial(self._fetch, keys))

    def _fetch(self, keys: Sequence[int], at: datetime) -> None:
        signed = Isolation.objects.filter(pk__in=keys, signed_at__isnull=False)
        for row in signed.filter(arrived_at__isnull=True, released_at__isnull=True).order_by("pk"):
            by = self.replay.by(Role.DISPATCHER, row.division)
            home = row.placement in AT_HOME
            act = isolation_trips.begin_home if home else isolation_trips.arrived
            self._tried(partial(act, isolation=row.pk, by=by, at=at))

    def _file(self, case: int, at: datetime) -> None:
        row = Investigation.objects.filter(case=case).first()
        if row is not None:
            by = self.replay.by(Role.EPIDEMIOLOGIST, row.division)
            self._tried(partial(tracks.file_report, investigation=row.pk, by=by, at=at))

    def _track(self, case: int, at: datetime) -> None:
        row = Investigation.objects.select_related("case__person").filter(case=case).first()
        if row is None or row.track_confirmed_at is not None:
            return
        by = self.replay.by(Role.EPIDEMIOLOGIST, row.division)
        day = local(row.case.found_at.date()) - timedelta(days=1)
        stays = [_stay(day, 0, 8, "家", StayMode.HOME), _stay(day, 8, 17, "单位或学校", StayMode.WORK)]
        self.replay.settled(lambda: tracks.record_stays(investigation=row.pk, stays=stays, by=by, at=at))
        self._tried(partial(tracks.confirm_track, investigation=row.pk, by=by, at=at))

    def _zones(self, case: int, at: datetime) -> None:
        for zone in Zone.objects.filter(case=case, state=ZoneState.PROPOSED):
            by = self.replay.by(Role.COMMANDER, zone.division)
            self._tried(partial(zones_sign.approve, zone=zone.pk, legal_basis=BASIS, by=by, at=at))
            self._later(at + _minutes("measures_done"), partial(self.desks.measures, zone.pk))

    def _tried(self, act: Any) -> None:
        """What a rule refuses stays as it is: the demo shows that too."""
        try:
            self.replay.settled(act)
        except Refused:
            return

    def _later(self, at: datetime, act: Any) -> None:
        if at < self.waits_from:
            self.replay.later(at, act)


def _by_district(rows: Iterable[tuple[str, int]]) -> Iterator[tuple[str, list[int]]]:
    """(division, key) -> each district with its keys, in order."""
    ordered = sorted(rows, key=lambda row: row[0][:6])
    for district, group in groupby(ordered, key=lambda row: row[0][:6]):
        yield district, [key for _division, key in group]


def _value(name: str) -> Any:
    return numbers.load("response").value("acts", name)


def _minutes(name: str) -> timedelta:
    return timedelta(minutes=float(_value(name)))


def _rooms(site: str) -> list[RoomLine]:
    data = numbers.load("response")
    each, rare = int(data.value("sites", "rooms_per_floor")), int(data.value("sites", "accessible"))
    family, beds = int(data.value("sites", "family")), int(data.value("sites", "family_beds"))
    return [
        RoomLine(
            row=number + 2,
            site=site,
            room=f"{number // each + 1}{number % each + 1:02d}",
            floor=number // each + 1,
            beds=beds if number % family == 1 else 1,
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
