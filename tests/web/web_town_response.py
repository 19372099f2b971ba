"""The response of a town, made by its own verbs: something in every state that a page has words for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from support import sites
from support import town as towns
from support import zones as estates
from support.sites import answered
from support.town import COMMUNITY, JINNAN, NANKAI, Town

from liankong.actions import (
    investigation,
    investigation_sources,
    isolation,
    isolation_sites,
    isolation_stay,
    isolation_trips,
    tracing,
    tracing_checks,
    tracing_contacts,
    zones,
    zones_appeals,
    zones_draw,
    zones_sign,
)
from liankong.actions.investigation import StayTold
from liankong.store.log import Actor
from liankong.store.models import (
    Appeal,
    Case,
    Check,
    Contact,
    Exposure,
    Investigation,
    Isolation,
    Person,
    Trip,
    Zone,
)
from liankong.store.tracing_proposals import Met
from liankong.vocabulary.kinds import (
    CheckKind,
    CheckState,
    ExposureKind,
    FactSource,
    HomeGround,
    Mobility,
    Protection,
    ResultValue,
    Role,
    RoomState,
    SiteArea,
    StayMode,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BASIS = "《传染病防治法》第四十二条"
CLOCK = Actor(rule="clock:test")


@dataclass(frozen=True)
class Response:
    """What other parts hang on, and rows whose pages no list shows first."""

    case: Case
    estate: estates.Estate
    zone: Zone
    ground: sites.Ground


def build(town: Town, at: datetime) -> Response:
    """Needs an open node scope."""
    above = towns.seat(Role.COMMANDER, town.city, at=at - 30 * DAY)
    estate = estates.estate(at - 6 * DAY, name="百合小区")
    case = estates.positive(town, estate.at(estate.stair)[0], at - 3 * DAY, code="Z1")
    with_investigations(town, case, estate, at)
    contacts = with_contacts(town, case, at)
    ground = with_sites(town, at)
    with_stays(town, ground, contacts, at)
    zone = with_zones(town, case, estate, above, at)
    with_misses(at)
    return Response(case=case, estate=estate, zone=zone, ground=ground)


# --- the investigation -----------------------------------------------------------------------------------------


def with_investigations(town: Town, case: Case, estate: estates.Estate, at: datetime) -> None:
    """One whose track has a gap and a clash, with sources of every fate; one that is confirmed and reported."""
    by = town[Role.EPIDEMIOLOGIST]
    row = Investigation.objects.get(case=case)
    found = at - 3 * DAY
    told = [
        StayTold(from_at=found - 20 * HOUR, until_at=found - 18 * HOUR, mode=StayMode.SHOPPING, place_text="新华超市"),
        StayTold(from_at=found - 19 * HOUR, until_at=found - 17 * HOUR, mode=StayMode.DINING, place_text="福满楼", companions=3),
        StayTold(
            from_at=found - 16 * HOUR, until_at=found - 15 * HOUR, mode=StayMode.TRAIN, vehicle="G123",
            seat="07车11F号", protection=Protection.MASK,
        ),
        StayTold(from_at=found - 15 * HOUR, until_at=found - 6 * HOUR, mode=StayMode.HOME, place=estate.stair.pk),
        StayTold(from_at=found - 4 * HOUR, until_at=found - 2 * HOUR, mode=StayMode.WORK, place=estate.other_building.pk),
    ]  # fmt: skip
    investigation.record_stays(investigation=row.pk, stays=told, by=by, at=found + HOUR)
    investigation.write_notes(investigation=row.pk, text="自述三日前聚餐", by=by, at=found + HOUR)
    for text, weight in (("与外市来人同桌", 70), ("冷链货物", 20), ("同楼传播", None)):
        investigation_sources.propose_source(
            investigation=row.pk, text=text, speaks_for="同桌两小时", speaks_against="无测序", likelihood=weight,
            by=by, at=found + HOUR,
        )  # fmt: skip
    first, second, _third = row.hypotheses.order_by("pk")
    investigation_sources.reject_source(
        hypothesis=second.pk, reason="环境样本阴性", by=by, at=found + 2 * HOUR
    )
    investigation_sources.accept_source(hypothesis=first.pk, by=by, at=found + 2 * HOUR)
    with answered():
        investigation.confirm_track(investigation=row.pk, by=by, at=found + 3 * HOUR)
    with answered():
        investigation.file_report(investigation=row.pk, by=by, at=found + 4 * HOUR)
    other = estates.positive(town, estate.at(estate.other_building)[0], at - DAY, code="Z2")
    later = Investigation.objects.get(case=other)
    investigation.record_stays(investigation=later.pk, stays=told[:2], by=by, at=at - 20 * HOUR)
    investigation_sources.propose_source(
        investigation=later.pk, text="同楼传播", likelihood=50, by=by, at=at - HOUR
    )


# --- contacts ---------------------------------------------------------------------------------------------------


def with_contacts(town: Town, case: Case, at: datetime) -> list[Contact]:
    """Proposed, rejected, signed, graded anew, under control, met through another; checks done, due and missed."""
    by, since = town[Role.EPIDEMIOLOGIST], at - 60 * HOUR
    met_at = at - 74 * HOUR
    people = [Person.objects.create(division=COMMUNITY, created_at=since) for _ in range(6)]
    people.append(Person.objects.create(division=NANKAI + "001001", created_at=since))
    kinds = (ExposureKind.SHARED_MEAL, ExposureKind.HOUSEHOLD, ExposureKind.SAME_ROOM, ExposureKind.VEHICLE)
    with answered():
        found = tracing_contacts.propose(
            met=[
                Met(
                    person=one.pk, kind=kinds[number % 4], from_at=met_at - 2 * HOUR, until_at=met_at, metres=0.5,
                    minutes=30, protection=(Protection.UNKNOWN, Protection.MASK)[number % 2],
                    lives_in=one.division if one.division.startswith(NANKAI) else "",
                )
                for number, one in enumerate(people)
            ],
            case=case.pk, by=by, at=since,
        )  # fmt: skip
    rows = list(Contact.objects.filter(pk__in=found.proposed).order_by("pk"))
    with answered():
        tracing_contacts.sign(contacts=[row.pk for row in (*rows[:4], rows[-1])], by=by, at=since + HOUR)
    tracing_contacts.reject(contacts=[rows[4].pk], reason="当日不在本市", by=by, at=since + HOUR)
    with answered():
        through = tracing_contacts.propose(
            met=[
                Met(
                    person=Person.objects.create(division=COMMUNITY, created_at=since).pk,
                    kind=ExposureKind.HOUSEHOLD, from_at=met_at, until_at=since, source=FactSource.HOUSEHOLD,
                )
            ],
            via=rows[0].pk, by=by, at=since + HOUR,
        )  # fmt: skip
    assert through.proposed
    with answered():
        tracing_contacts.control(contact=rows[1].pk, by=by, at=since + 2 * HOUR)
    meeting = Exposure.objects.filter(contact=rows[2]).latest("pk")
    with answered():
        tracing_contacts.amend_exposure(
            exposure=meeting.pk, protection=Protection.FULL, reason="全程防护到位", by=by, at=since + 3 * HOUR
        )
    taken = Check.objects.filter(contact=rows[0], kind=CheckKind.TEMPERATURE, state=CheckState.DUE).order_by(
        "due_at"
    )
    for check, celsius in zip(taken[:2], (36.6, 38.1), strict=True):
        tracing_checks.record_check(check=check.pk, celsius=celsius, by=by, at=check.due_at - HOUR)
    return rows


def with_misses(at: datetime) -> None:
    """What was due an hour ago and before is missed."""
    with answered():
        tracing.mark_missed(by=CLOCK, at=at - HOUR)


# --- isolation --------------------------------------------------------------------------------------------------


def with_sites(town: Town, at: datetime) -> sites.Ground:
    """A site in use with its staff and rooms in every state, and one that could be opened."""
    manager = town[Role.SITE_MANAGER]
    ground = sites.build(town, at - DAY, numbers=("101", "102", "201", "202", "301", "302", "303", "304"))
    ground.case.refresh_from_db()
    isolation_sites.add_site(
        code="jinnan-site-2",
        name="第二隔离点",
        division=JINNAN,
        ready_within_hours=24,
        by=manager,
        at=at - DAY,
    )
    for area, job, days in (
        (SiteArea.CONTAMINATED, "护士", 4),
        (SiteArea.CLEAN, "厨师", 0),
        (SiteArea.BUFFER, "保洁", 20),
    ):
        who = Person.objects.create(division=COMMUNITY, created_at=at)
        term = isolation_sites.join_staff(
            site=ground.site.pk, person=who.pk, area=area, job=job, by=manager, at=at - timedelta(days=days)
        )
        if area is SiteArea.CLEAN:
            isolation_sites.test_staff(term=term.pk, on=at.date(), by=manager, at=at)
        if area is SiteArea.BUFFER:
            isolation_sites.leave_loop(term=term.pk, by=manager, at=at - DAY)
    for number, state, value in (
        ("303", RoomState.CLEANING, ResultValue.POSITIVE),
        ("304", RoomState.CLOSED, ResultValue.NEGATIVE),
    ):
        room = ground.rooms[number].pk
        isolation_stay.set_room(room=room, state=state, by=manager, at=at - 3 * HOUR)
        isolation_stay.swab_room(room=room, value=value, by=manager, at=at - 2 * HOUR)
    isolation_sites.set_vehicle(
        vehicle=ground.vans[1].pk, out_of_service=True, by=town[Role.DISPATCHER], at=at - DAY
    )
    return ground


def with_stays(town: Town, ground: sites.Ground, contacts: list[Contact], at: datetime) -> None:
    """To be signed, to be assessed, without a room or a van, on the way, inside, due, at home, in hospital."""
    by, start = town[Role.DISPATCHER], at - 20 * HOUR
    waiting = list(Isolation.objects.filter(contact__in=contacts, signed_at__isnull=True).order_by("pk"))
    assert waiting
    inside = [sites.inside(town, ground, start) for _ in range(2)]
    Isolation.objects.filter(pk=inside[0].pk).update(release_on=at.date())
    sick = sites.inside(town, ground, start, age=70)
    with answered():
        isolation_trips.to_hospital(isolation=sick.pk, reason="发热胸闷", by=by, at=start + 3 * HOUR)
    home = sites.proposal(town, ground, start)
    with answered():
        isolation.assess(
            isolation=home.pk, home=True, grounds=[HomeGround.PREGNANT], mobility=Mobility.WHEELCHAIR,
            by=by, at=start,
        )  # fmt: skip
    sites.sign(town, home, at=start + HOUR)
    with answered():
        isolation_trips.begin_home(isolation=home.pk, by=by, at=start + 2 * HOUR)
    sites.proposal(town, ground, at - 12 * HOUR, age=3)
    moving = [sites.proposal(town, ground, at - 3 * HOUR) for _ in range(3)]
    sites.sign(town, *moving, at=at - 2 * HOUR)
    with answered():
        isolation_trips.at_door(isolation=moving[0].pk, by=by, at=at - HOUR)
        isolation_trips.aboard(isolation=moving[0].pk, by=by, at=at - HOUR)
    sites.proposal(town, ground, at - HOUR)
    assert Trip.objects.exists()


# --- zones ------------------------------------------------------------------------------------------------------


def approved(town: Town, zone: Zone, at: datetime, **more: Any) -> None:
    with answered():
        zones_sign.approve(zone=zone.pk, legal_basis=BASIS, by=town[Role.COMMANDER], at=at, **more)


def with_zones(town: Town, case: Case, estate: estates.Estate, above: Actor, at: datetime) -> Zone:
    """In force with an extension and appeals of every fate, to be raised, drawn, lifted, expired, refused, proposed."""
    commander, worker = town[Role.COMMANDER], town[Role.COMMUNITY_WORKER]
    zone = Zone.objects.filter(case=case).order_by("pk")[0]
    since = at - 60 * HOUR
    approved(town, zone, since)
    with answered():
        zones_sign.extend(
            zone=zone.pk, until=at + 13 * DAY, reason="又有新增", by=commander, at=at - 5 * HOUR
        )
    for text in ("我家在另一单元", "楼下没有病例", "何时解封"):
        zones_appeals.make_appeal(zone=zone.pk, text=text, by=worker, at=at - 10 * HOUR)
    granted, upheld, _open = Appeal.objects.order_by("pk")
    for appeal, yes in ((granted, True), (upheld, False)):
        zones_appeals.answer_appeal(
            appeal=appeal.pk, granted=yes, answer="已现场核查", by=above, at=at - 9 * HOUR
        )

    def drawn(kind: str, name: str, **more: object) -> Zone:
        place = estates.estate(at - 9 * DAY, name=name)
        given: dict[str, object] = {"places": [place.building.pk]} | more
        return zones_draw.propose_area(
            outbreak=town.outbreak.pk, kind=kind, reason="聚集性疫情", by=commander, at=since, **given,  # type: ignore[arg-type]  # arguments of the verb
        )  # fmt: skip

    raised = drawn("control", "东风里")
    approved(town, raised, since)
    home = Person.objects.filter(household__dwelling__name__startswith="东风里 1-1").order_by("pk")[0]
    estates.positive(town, home, at - 2 * HOUR, code="Z3")
    lifted = drawn("lockdown", "西楼")
    approved(town, lifted, since)
    with answered():
        zones_sign.lift(zone=lifted.pk, exception=True, reason="病例已排除", by=commander, at=at - 6 * HOUR)
    zones_sign.reject(zone=drawn("lockdown", "北院").pk, reason="范围过大", by=commander, at=since + HOUR)
    ended = drawn("lockdown", "南苑")
    approved(town, ended, since, expires_at=at - 4 * HOUR, review_on=(at - DAY).date())
    with answered(), transaction.atomic():
        zones.expire(by=CLOCK, at=at - 3 * HOUR)
    drawn("control", "河畔家园")
    return Zone.objects.get(pk=zone.pk)
