"""A case is investigated: its clocks start by themselves and stop by what people do."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from support import rows
from support import town as towns
from support.town import COMMUNITY, NANKAI, Town

from liankong import flow
from liankong.actions import Forbidden, Refused, cases, investigation, investigation_sources, lab
from liankong.actions.investigation import StayTold
from liankong.store import log
from liankong.store.access import node_scope, scope
from liankong.store.models import (
    Case,
    CaseLink,
    Entry,
    Household,
    Investigation,
    Order,
    Person,
    Place,
    SourceHypothesis,
    Stay,
)
from liankong.vocabulary.kinds import OrderKind, Origin, PersonClass, ResultValue, Role, StayMode

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


def after(deed: Callable[[], object]) -> object:
    """Do it, and let everything follow."""
    with log.collecting() as consequences:
        done = deed()
    flow.answer_now(consequences)
    return done


@pytest.fixture
def case(town: Town, at: datetime) -> Case:
    towns.tube(town, at)
    after(lambda: lab.report_result(tube="T1", value=ResultValue.POSITIVE, by=town[Role.LAB_OFFICER], at=at))
    return Case.objects.get()


def shop(at: datetime, **more: object) -> StayTold:
    told = {"from_at": at - 20 * HOUR, "until_at": at - 19 * HOUR, "mode": StayMode.SHOPPING}
    return StayTold(**(told | {"place_text": "新华超市"} | more))  # type: ignore[arg-type]  # what a test names


def test_a_case_opens_its_investigation_with_four_hours_for_the_track_and_a_day_for_the_report(
    town: Town, case: Case, at: datetime
) -> None:
    row = Investigation.objects.get()
    assert (row.case, row.organisation, row.opened_at) == (case, town.cdc, at)
    due = {order.kind: order.due_at - at for order in Order.objects.filter(case=case, addressee=town.cdc)}
    assert due[OrderKind.CORE_TRACK] == 4 * HOUR
    assert due[OrderKind.PRELIMINARY_REPORT] == 24 * HOUR
    opened = Entry.objects.get(kind="InvestigationOpened")
    assert Entry.objects.get(pk=opened.cause).kind == "CaseOpened"


def test_opening_twice_opens_once(town: Town, case: Case, at: datetime) -> None:
    entry = Entry.objects.get(kind="CaseOpened")
    flow.react(investigation.open_investigation, entry.pk)
    assert Investigation.objects.count() == 1
    assert Order.objects.filter(kind=OrderKind.CORE_TRACK).count() == 1


def test_confirming_the_track_stops_its_clock_and_the_report_the_other(
    town: Town, case: Case, at: datetime
) -> None:
    row, by = Investigation.objects.get(), town[Role.EPIDEMIOLOGIST]
    with pytest.raises(Refused, match="no stay yet"):
        investigation.confirm_track(investigation=row.pk, by=by, at=at)
    with pytest.raises(Refused, match="confirm the track first"):
        investigation.file_report(investigation=row.pk, by=by, at=at)
    investigation.record_stays(investigation=row.pk, stays=[shop(at)], by=by, at=at)
    after(lambda: investigation.confirm_track(investigation=row.pk, by=by, at=at + HOUR))
    track = Order.objects.get(kind=OrderKind.CORE_TRACK)
    assert (track.done_at, track.done_by_id) == (at + HOUR, by.user)
    assert Order.objects.get(kind=OrderKind.PRELIMINARY_REPORT).done_at is None
    after(lambda: investigation.file_report(investigation=row.pk, by=by, at=at + 2 * HOUR))
    assert Order.objects.get(kind=OrderKind.PRELIMINARY_REPORT).done_at == at + 2 * HOUR
    with pytest.raises(Refused, match="filed already"):
        investigation.file_report(investigation=row.pk, by=by, at=at + 3 * HOUR)


def test_a_confirmed_track_finds_whoever_was_there(town: Town, case: Case, at: datetime) -> None:
    row, by = Investigation.objects.get(), town[Role.EPIDEMIOLOGIST]
    market = Place.objects.create(name="新华超市", kind="market", division=COMMUNITY)
    other = rows.person(division=COMMUNITY, at=at)
    Stay.objects.create(
        person=other,
        division=COMMUNITY,
        place=market,
        from_at=at - 20 * HOUR,
        until_at=at - 19 * HOUR,
        recorded_at=at,
    )
    investigation.record_stays(investigation=row.pk, stays=[shop(at, place=market.pk)], by=by, at=at)
    assert not other.contacts.exists()
    after(lambda: investigation.confirm_track(investigation=row.pk, by=by, at=at))
    assert other.contacts.count() == 1
    stay = Stay.objects.get(investigation=row)
    with pytest.raises(Refused, match="contacts were found by this stay"):
        investigation.remove_stay(stay=stay.pk, by=by, at=at)


def test_a_corrected_stay_must_be_confirmed_anew(town: Town, case: Case, at: datetime) -> None:
    row, by = Investigation.objects.get(), town[Role.EPIDEMIOLOGIST]
    (stay,) = investigation.record_stays(investigation=row.pk, stays=[shop(at)], by=by, at=at)
    investigation.confirm_track(investigation=row.pk, by=by, at=at)
    with pytest.raises(Refused, match="no stay has changed"):
        investigation.confirm_track(investigation=row.pk, by=by, at=at)
    investigation.change_stay(stay=stay.pk, told=shop(at, place_text="东风超市"), by=by, at=at)
    stay.refresh_from_db()
    assert (stay.place_text, stay.confirmed_at) == ("东风超市", None)
    investigation.confirm_track(investigation=row.pk, by=by, at=at + HOUR)
    assert Entry.objects.filter(kind="TrackConfirmed").count() == 2
    investigation.remove_stay(stay=stay.pk, by=by, at=at + HOUR)
    assert not Stay.objects.exists()


def test_a_home_that_is_not_named_is_the_households_and_a_ride_is_on_the_way(
    town: Town, case: Case, at: datetime
) -> None:
    row, by = Investigation.objects.get(), town[Role.EPIDEMIOLOGIST]
    home = shop(at, mode=StayMode.HOME, place_text="")
    (stay,) = investigation.record_stays(investigation=row.pk, stays=[home], by=by, at=at)
    assert (stay.place, stay.place_text) == (None, "家")
    dwelling = Place.objects.create(name="百合小区", kind="dwelling", division=COMMUNITY)
    household = Household.objects.create(division=COMMUNITY, dwelling=dwelling)
    Person.objects.filter(pk=case.person_id).update(household=household)
    walk = shop(at, mode=StayMode.WALK, place_text="")
    second, third = investigation.record_stays(investigation=row.pk, stays=[home, walk], by=by, at=at)
    assert (second.place, third.place_text) == (dwelling, "途中")


def test_stays_come_all_or_none_and_hold_no_persons_number(town: Town, case: Case, at: datetime) -> None:
    row, by = Investigation.objects.get(), town[Role.EPIDEMIOLOGIST]
    bad = [
        (shop(at, until_at=at - 30 * HOUR), "until_at"),
        (shop(at, from_at=at + HOUR, until_at=at + 2 * HOUR), "from_at"),
        (shop(at, place_text=""), "place"),
        (shop(at, place_text="电话13812345678"), "place"),
        (shop(at, place=999_999), "place"),
    ]
    for told, field in bad:
        with pytest.raises(Refused) as refused:
            investigation.record_stays(investigation=row.pk, stays=[shop(at), told], by=by, at=at)
        assert refused.value.field == field
        assert "138" not in str(refused.value)
    assert not Stay.objects.exists()


def test_only_an_investigator_may_and_only_in_their_jurisdiction(
    town: Town, case: Case, at: datetime
) -> None:
    row = Investigation.objects.get()
    with pytest.raises(Forbidden):
        investigation.record_stays(
            investigation=row.pk, stays=[shop(at)], by=town[Role.BULLETIN_OFFICER], at=at
        )
    with scope(NANKAI), pytest.raises(Refused, match="no such investigation"):
        investigation.record_stays(
            investigation=row.pk, stays=[shop(at)], by=town[Role.EPIDEMIOLOGIST], at=at
        )


def test_notes_are_sealed_and_opened_only_for_a_reason_on_record(
    town: Town, case: Case, at: datetime
) -> None:
    row, by = Investigation.objects.get(), town[Role.EPIDEMIOLOGIST]
    investigation.write_notes(investigation=row.pk, text="老师姓王", by=by, at=at)
    row.refresh_from_db()
    assert "王".encode() not in bytes(row.notes_sealed)
    with pytest.raises(Refused, match="say why"):
        investigation.read_notes(investigation=row.pk, why=" ", by=by, at=at)
    assert investigation.read_notes(investigation=row.pk, why="second call", by=by, at=at) == "老师姓王"
    assert Entry.objects.get(kind="InvestigationRead").body["why"] == "second call"


def test_a_case_that_is_none_ends_its_investigation_and_its_clocks(
    town: Town, case: Case, at: datetime
) -> None:
    row = Investigation.objects.get()
    after(
        lambda: cases.classify(
            case=case.pk,
            classification=PersonClass.EXCLUDED,
            reason="contaminated sample",
            by=town[Role.CLINICIAN],
            at=at + HOUR,
        )
    )
    row.refresh_from_db()
    assert row.closed_at == at + HOUR
    open_kinds = set(Order.objects.filter(done_at__isnull=True).values_list("kind", flat=True))
    assert not open_kinds & {OrderKind.CORE_TRACK, OrderKind.PRELIMINARY_REPORT}
    with pytest.raises(Refused, match="closed"):
        investigation.record_stays(
            investigation=row.pk, stays=[shop(at)], by=town[Role.EPIDEMIOLOGIST], at=at + HOUR
        )


# --- sources --------------------------------------------------------------------------------------------------


def test_of_several_sources_one_is_taken_and_the_case_has_it(town: Town, case: Case, at: datetime) -> None:
    row, by = Investigation.objects.get(), town[Role.EPIDEMIOLOGIST]
    infector = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)
    market = Place.objects.create(name="冷库", kind="store", division=COMMUNITY)
    first = investigation_sources.propose_source(
        investigation=row.pk,
        text="one table in a canteen",
        infector=infector.number,
        speaks_for="same table on two days",
        likelihood=80,
        by=by,
        at=at,
    )
    second = investigation_sources.propose_source(
        investigation=row.pk, text="frozen goods", place=market.pk, likelihood=30, by=by, at=at
    )
    after(lambda: investigation_sources.accept_source(hypothesis=first.pk, by=by, at=at))
    second.refresh_from_db()
    assert (second.rejected_at, second.reason) == (at, investigation_sources.ANOTHER_TAKEN)
    link = CaseLink.objects.get(case=case)
    assert (link.infector, link.rank) == (infector, 1)
    case.refresh_from_db()
    assert (case.origin, case.exposure) == (Origin.LOCAL, "one table in a canteen")
    # New evidence: the other one after all. The link to the first steps back.
    after(lambda: investigation_sources.accept_source(hypothesis=second.pk, by=by, at=at + HOUR))
    assert SourceHypothesis.objects.filter(accepted_at__isnull=False).get() == second
    link.refresh_from_db()
    assert link.rank == 2
    assert [
        entry.body["infector"] for entry in Entry.objects.filter(kind="CaseSourceSet").order_by("pk")
    ] == [
        infector.pk,
        None,
    ]


def test_a_source_is_rejected_with_a_reason_only(town: Town, case: Case, at: datetime) -> None:
    row, by = Investigation.objects.get(), town[Role.EPIDEMIOLOGIST]
    found = investigation_sources.propose_source(investigation=row.pk, text="travel", by=by, at=at)
    with pytest.raises(Refused, match="say why"):
        investigation_sources.reject_source(hypothesis=found.pk, reason=" ", by=by, at=at)
    investigation_sources.reject_source(hypothesis=found.pk, reason="never left the city", by=by, at=at)
    with pytest.raises(Refused, match="rejected already"):
        investigation_sources.reject_source(hypothesis=found.pk, reason="again", by=by, at=at)
    # What was rejected may be weighed again, and taken after all.
    investigation_sources.weigh_source(
        hypothesis=found.pk, speaks_for="a ticket was found", likelihood=90, by=by, at=at
    )
    taken = investigation_sources.accept_source(hypothesis=found.pk, by=by, at=at)
    assert (taken.rejected_at, taken.reason, taken.likelihood) == (None, "", 90)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"infector": "99999"}, "infector"),
        ({"place": 999_999}, "place"),
        ({"likelihood": 101}, "likelihood"),
        ({"speaks_for": "call 13812345678"}, "speaks_for"),
        ({"text": " "}, "text"),
    ],
)
def test_a_source_that_cannot_be_is_refused_at_its_field(
    town: Town, case: Case, at: datetime, given: dict[str, object], field: str
) -> None:
    row = Investigation.objects.get()
    values = {"text": "a source", "investigation": row.pk, "by": town[Role.EPIDEMIOLOGIST], "at": at} | given
    with pytest.raises(Refused) as refused:
        investigation_sources.propose_source(**values)  # type: ignore[arg-type]  # what a test names
    assert refused.value.field == field


def test_nobody_is_their_own_source(town: Town, case: Case, at: datetime) -> None:
    row = Investigation.objects.get()
    with pytest.raises(Refused, match="own source"):
        investigation_sources.propose_source(
            investigation=row.pk, text="x", infector=case.number, by=town[Role.EPIDEMIOLOGIST], at=at
        )
