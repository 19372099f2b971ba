"""Rosters by hand, by pattern and by list; who receives an order then; and the note that one shift leaves the next."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from support import town as towns
from support.town import BUILDER, JINNAN, Town, seat

from liankong.actions import Refused, duty, orders_issue, organisations
from liankong.actions.orders_issue import Words
from liankong.exchange.duty_roster import read_duty
from liankong.store import duty as store
from liankong.store import orders
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Entry, Handover, Shift
from liankong.vocabulary.kinds import OrderKind, Role
from liankong.vocabulary.spans import local

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


def user(town: Town, role: Role) -> int:
    return town[role].user or 0


def plan(town: Town, who: Role, begin: datetime, end: datetime, **more: object) -> duty.Planned:
    return duty.plan(
        organisation=town.district.pk,
        user=user(town, who),
        from_at=begin,
        until_at=end,
        by=town[Role.COMMANDER],
        at=begin,
        **more,  # type: ignore[arg-type]  # a test's keywords
    )


def test_orders_reach_whoever_is_on_duty_and_else_all_who_hold_a_post(town: Town, at: datetime) -> None:
    before = set(orders.recipients(town.district, at).values_list("pk", flat=True))
    assert len(before) > 2
    plan(town, Role.DUTY_OFFICER, at, at + 8 * HOUR, leads=True)
    assert list(orders.recipients(town.district, at).values_list("pk", flat=True)) == [
        user(town, Role.DUTY_OFFICER)
    ]
    assert set(orders.recipients(town.district, at + 8 * HOUR).values_list("pk", flat=True)) == before
    assert Entry.objects.get(kind="ShiftsPlanned").body == {"organisation": town.district.pk, "shifts": 1}


def test_a_shift_planned_twice_is_a_duplicate_and_nobody_is_on_duty_twice_at_one_time(
    town: Town, at: datetime
) -> None:
    plan(town, Role.DUTY_OFFICER, at, at + 8 * HOUR)
    assert plan(town, Role.DUTY_OFFICER, at, at + 8 * HOUR).duplicate == 1
    with pytest.raises(Refused, match="already at that time"):
        plan(town, Role.DUTY_OFFICER, at + HOUR, at + 9 * HOUR)
    assert Shift.objects.count() == 1


def test_only_who_holds_a_post_there_can_be_planned_and_only_by_a_body_above(
    town: Town, at: datetime
) -> None:
    with pytest.raises(Refused) as refused:
        plan(town, Role.EPIDEMIOLOGIST, at, at + HOUR)  # of the CDC
    assert refused.value.field == "user"
    below = seat(Role.DUTY_OFFICER, town.cdc, at=at - timedelta(days=1))
    with pytest.raises(Refused, match="does not answer"):
        duty.plan(
            organisation=town.district.pk, user=user(town, Role.DUTY_OFFICER), from_at=at, until_at=at + HOUR,
            by=below, at=at,
        )  # fmt: skip
    found = duty.plan(
        organisation=town.cdc.pk, user=below.user or 0, from_at=at, until_at=at + HOUR,
        by=town[Role.COMMANDER], at=at,
    )  # fmt: skip
    assert found.accepted == 1


def test_three_shifts_in_turn_leave_no_gap_for_a_week(town: Town, at: datetime) -> None:
    people = [
        user(town, role) for role in (Role.DUTY_OFFICER, Role.SECRETARY, Role.DISPATCHER, Role.CLINICIAN)
    ]
    found = duty.plan_pattern(
        organisation=town.district.pk,
        users=people,
        first=date(2022, 1, 8),
        days=7,
        by=town[Role.COMMANDER],
        at=at,
    )
    assert (found.rows, found.accepted, found.duplicate, found.rejected) == (21, 21, 0, ())
    start = local(date(2022, 1, 8))
    assert store.gaps_of(town.district.pk, start, start + timedelta(days=7)) == ()
    again = duty.plan_pattern(
        organisation=town.district.pk,
        users=people,
        first=date(2022, 1, 8),
        days=7,
        by=town[Role.COMMANDER],
        at=at,
    )
    assert (again.accepted, again.duplicate) == (0, 21)
    with pytest.raises(Refused) as refused:
        duty.plan_pattern(
            organisation=town.district.pk, users=people[:1], first=date(2022, 1, 8), days=7,
            by=town[Role.COMMANDER], at=at,
        )  # fmt: skip
    assert refused.value.field == "users"


def test_every_row_of_a_list_is_accepted_rejected_or_a_duplicate(
    town: Town, at: datetime, tmp_path: Path
) -> None:
    officer, secretary = "duty_officer-jinnan", "secretary-jinnan"
    lines = [
        "用户名,日期,开始,结束,带班",
        f"{officer},2022-01-08,08:00,16:00,是",
        f"{secretary},2022-01-08,16:00,00:00,",
        f"{officer},2022-01-08,08:00,16:00,是",
        f"{officer},2022-01-08,12:00,20:00,",
        "nobody,2022-01-08,08:00,16:00,",
        f"{secretary},2022-01-32,08:00,16:00,",
        "epidemiologist-jinnan-cdc,2022-01-08,08:00,16:00,",
    ]
    file = tmp_path / "duty.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    found = duty.plan_list(
        organisation=town.district.pk, roster=read_duty(file), by=town[Role.COMMANDER], at=at
    )
    assert found.rows == 7 == found.accepted + found.duplicate + len(found.rejected)
    assert (found.accepted, found.duplicate) == (2, 1)
    assert [(one.row, one.field) for one in found.rejected] == [
        (5, "from_at"),
        (6, "user"),
        (7, "day"),
        (8, "user"),
    ]
    night = Shift.objects.get(user__username=secretary)
    assert night.until_at == local(date(2022, 1, 9))


def test_a_shift_that_is_over_stays_and_one_under_way_ends_now(town: Town, at: datetime) -> None:
    plan(town, Role.DUTY_OFFICER, at, at + 8 * HOUR)
    shift = Shift.objects.get()
    by = town[Role.COMMANDER]
    with pytest.raises(Refused):
        duty.remove(shift=shift.pk, reason="", by=by, at=at)
    duty.remove(shift=shift.pk, reason="fell ill", by=by, at=at + HOUR)
    shift.refresh_from_db()
    assert shift.until_at == at + HOUR
    with pytest.raises(Refused, match="over"):
        duty.remove(shift=shift.pk, reason="late", by=by, at=at + 2 * HOUR)
    plan(town, Role.SECRETARY, at + 4 * HOUR, at + 5 * HOUR)
    duty.remove(shift=Shift.objects.latest("pk").pk, reason="swapped", by=by, at=at)
    assert Shift.objects.count() == 1


def second_officer(town: Town, at: datetime) -> Actor:
    key = organisations.create_user(
        username="next", name="", division=JINNAN, password=None, by=BUILDER, at=at - timedelta(days=1)
    ).pk
    post = town[Role.DUTY_OFFICER].post
    organisations.fill_post(post=post, user=key, by=BUILDER, at=at - timedelta(days=1))
    old = town[Role.DUTY_OFFICER]
    return Actor(key, post, old.organisation, old.division, permissions=old.permissions)


def test_a_note_carries_how_the_orders_stand_and_the_next_shift_takes_it_once(
    town: Town, at: datetime
) -> None:
    words = Words(kind=OrderKind.TASK, title="Count the tents", due_at=at + HOUR)
    order = orders_issue.issue(words=words, addressee=town.district.pk, by=town[Role.COMMANDER], at=at)
    later = at + 2 * HOUR
    note = duty.hand_over(text="watch order 1", by=town[Role.DUTY_OFFICER], at=later)
    assert (note.figures["open"], note.figures["late"], note.figures["late_orders"]) == (1, 1, [order.pk])
    with pytest.raises(Refused, match="not its writer"):
        duty.take_over(handover=note.pk, by=town[Role.DUTY_OFFICER], at=later)
    incoming = second_officer(town, at)
    assert duty.take_over(handover=note.pk, by=incoming, at=later).taken_by_id == incoming.user
    with pytest.raises(Refused, match="taken already"):
        duty.take_over(handover=note.pk, by=incoming, at=later)
    elsewhere = seat(Role.DUTY_OFFICER, town.cdc, at=at - timedelta(days=1))
    with pytest.raises(Refused, match="no such note"):
        duty.take_over(handover=note.pk, by=elsewhere, at=later)


def test_a_note_names_nobody(town: Town, at: datetime) -> None:
    for text in ("", "call 13800138000"):
        with pytest.raises(Refused) as refused:
            duty.hand_over(text=text, by=town[Role.DUTY_OFFICER], at=at)
        assert refused.value.field == "text"
    assert not Handover.objects.exists()
