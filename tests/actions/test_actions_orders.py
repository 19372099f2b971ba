"""Orders from one organisation to another: issued, drafted, signed, proved, returned, and never in another's hands."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from support import rows
from support import town as towns
from support.town import CITY, COMMUNITY, JINNAN, NANKAI, Town

from liankong.actions import (
    Forbidden,
    Refused,
    orders,
    orders_clocks,
    orders_issue,
    orders_waiting,
    organisations,
)
from liankong.actions.orders_issue import Words
from liankong.rules.orders_proof import Proof
from liankong.rules.orders_words import PersonalNumber
from liankong.store import orders as store
from liankong.store.access import node_scope, scope
from liankong.store.log import Actor
from liankong.store.models import Entry, Order, OrderFile, OrderWait, Shift, User
from liankong.vocabulary.kinds import OrderKind, OrderState, OrganisationKind, Role

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


@pytest.fixture
def mayor(town: Town, at: datetime) -> Actor:
    return towns.seat(Role.COMMANDER, town.city, at=at - timedelta(days=1))


def words(at: datetime, **more: Any) -> Words:
    return Words(**{"kind": OrderKind.TASK, "title": "Check the masks", "due_at": at + 4 * HOUR} | more)


def issued(town: Town, by: Actor, at: datetime, **more: Any) -> Order:
    return orders_issue.issue(words=words(at, **more), addressee=town.cdc.pk, by=by, at=at)


def kinds(order: Order) -> list[str]:
    found = Entry.objects.filter(subject_kind="order", subject=order.pk).order_by("pk")
    return list(found.values_list("kind", flat=True))


# --- from issue to done -----------------------------------------------------------------------------------


def test_an_order_is_issued_received_started_and_done_and_each_step_is_on_record(
    town: Town, at: datetime
) -> None:
    doctor = town[Role.EPIDEMIOLOGIST]
    order = issued(town, town[Role.COMMANDER], at, division=COMMUNITY)
    assert (order.state, order.issuer, order.addressee, order.division) == (
        OrderState.ISSUED,
        town.district,
        town.cdc,
        COMMUNITY,
    )
    orders.receive(order=order.pk, by=doctor, at=at + HOUR)
    orders.start(order=order.pk, by=doctor, at=at + HOUR)
    orders.start(order=order.pk, by=doctor, at=at + 2 * HOUR)
    done = orders.finish(order=order.pk, proof="12 shops seen", by=doctor, at=at + 3 * HOUR)
    assert (done.state, done.received_at, done.started_at) == (OrderState.DONE, at + HOUR, at + HOUR)
    assert kinds(done) == ["OrderIssued", "OrderReceived", "OrderStarted", "OrderDone"]


def test_whoever_starts_has_read_it(town: Town, at: datetime) -> None:
    order = issued(town, town[Role.COMMANDER], at)
    row = orders.start(order=order.pk, by=town[Role.EPIDEMIOLOGIST], at=at + HOUR)
    assert (row.received_at, row.received_by_id) == (at + HOUR, town[Role.EPIDEMIOLOGIST].user)


def test_only_the_addressee_handles_it_and_only_the_issuer_or_its_superior_withdraws_it(
    town: Town, mayor: Actor, at: datetime
) -> None:
    order = issued(town, town[Role.COMMANDER], at)
    for verb in (orders.receive, orders.start):
        with pytest.raises(Refused, match="another organisation"):
            verb(order=order.pk, by=town[Role.DUTY_OFFICER], at=at)
    stranger = towns.seat(Role.COMMANDER, town.cdc, at=at)
    with pytest.raises(Refused, match="another organisation"):
        orders_issue.cancel(order=order.pk, reason="no need", by=stranger, at=at)
    with pytest.raises(Refused, match="reason"):
        orders_issue.cancel(order=order.pk, reason=" ", by=mayor, at=at)
    assert orders_issue.cancel(order=order.pk, reason="no need", by=mayor, at=at).state == "cancelled"
    with pytest.raises(Refused, match="closed already"):
        orders.finish(order=order.pk, proof="x", by=town[Role.EPIDEMIOLOGIST], at=at)


def test_a_district_cannot_order_another_district_and_is_told_to_send_an_inquiry(
    town: Town, at: datetime
) -> None:
    other = organisations.found(
        code="nankai",
        kind=OrganisationKind.HEADQUARTERS,
        division=NANKAI,
        name="南开",
        from_at=at,
        by=towns.BUILDER,
        at=at,
    )
    with pytest.raises(Refused, match="send an inquiry") as refused:
        orders_issue.issue(words=words(at), addressee=other.pk, by=town[Role.COMMANDER], at=at)
    assert refused.value.field == "addressees"
    assert not Order.objects.exists()


@pytest.mark.parametrize("field", ["title", "text"])
def test_a_persons_number_in_an_order_is_refused_and_not_repeated(
    town: Town, at: datetime, field: str
) -> None:
    with pytest.raises(Refused, match="register") as refused:
        issued(town, town[Role.COMMANDER], at, **{field: "visit 120101199003071234 at home"})
    assert refused.value.field == field
    assert "1990" not in str(refused.value)


def test_a_rule_that_words_a_title_out_of_a_typed_name_masks_the_number(town: Town, at: datetime) -> None:
    shared: dict[str, Any] = {
        "kind": OrderKind.TASK,
        "issuer": town.district,
        "addressee": town.cdc,
        "division": JINNAN,
        "due_at": at + HOUR,
        "at": at,
    }
    order = store.issue(title="Disinfect shop 13800138000", by=Actor(rule="flow:zones"), **shared)
    assert order.title == "Disinfect shop …"
    with pytest.raises(PersonalNumber):
        store.issue(title="Disinfect shop 13800138000", by=town[Role.COMMANDER], **shared)


def test_only_who_may_issue_issues_and_a_secretary_drafts(town: Town, at: datetime) -> None:
    with pytest.raises(Forbidden):
        issued(town, town[Role.SECRETARY], at)
    draft = orders_issue.draft(words=words(at), addressee=town.cdc.pk, by=town[Role.SECRETARY], at=at)
    assert draft.state == OrderState.DRAFT
    with pytest.raises(Forbidden):
        orders_issue.sign(orders_to_sign=[draft.pk], by=town[Role.SECRETARY], at=at)


# --- drafts -----------------------------------------------------------------------------------------------


def test_a_draft_binds_nobody_until_it_is_signed_and_then_its_span_begins(town: Town, at: datetime) -> None:
    draft = store.issue(
        kind=OrderKind.ZONE,
        title="Close the gate",
        issuer=town.district,
        addressee=town.cdc,
        division=JINNAN,
        due_at=at + 2 * HOUR,
        by=Actor(rule="flow:zones"),
        at=at,
        draft=True,
    )
    assert kinds(draft) == ["OrderDrafted"]
    with pytest.raises(Refused):
        orders.receive(order=draft.pk, by=town[Role.EPIDEMIOLOGIST], at=at)
    later = at + 5 * HOUR
    orders_clocks.mark_overdue(by=Actor(rule="clock"), at=later)
    (signed,) = orders_issue.sign(orders_to_sign=[draft.pk], by=town[Role.COMMANDER], at=later)
    assert (signed.state, signed.issued_at, signed.due_at) == (OrderState.ISSUED, later, later + 2 * HOUR)
    assert signed.issued_by_id == town[Role.COMMANDER].user
    assert kinds(draft) == ["OrderDrafted", "OrderIssued"]


def test_a_deadline_that_somebody_named_stays_and_once_it_has_passed_another_is_asked_for(
    town: Town, at: datetime
) -> None:
    draft = orders_issue.draft(words=words(at), addressee=town.cdc.pk, by=town[Role.SECRETARY], at=at)
    late = at + 5 * HOUR
    with pytest.raises(Refused, match="set another") as refused:
        orders_issue.sign(orders_to_sign=[draft.pk], by=town[Role.COMMANDER], at=late)
    assert refused.value.field == "due_at"
    (signed,) = orders_issue.sign(
        orders_to_sign=[draft.pk], due_at=late + HOUR, by=town[Role.COMMANDER], at=late
    )
    assert signed.due_at == late + HOUR


def test_many_drafts_are_signed_all_or_none(town: Town, at: datetime) -> None:
    batch = orders_issue.draft_many(
        words=words(at), addressees=[town.cdc.pk, town.district.pk], by=town[Role.SECRETARY], at=at
    )
    keys = list(batch.orders.values_list("pk", flat=True))
    orders_issue.cancel(order=keys[1], reason="twice", by=town[Role.COMMANDER], at=at)
    with pytest.raises(Refused, match="no draft"):
        orders_issue.sign(orders_to_sign=keys, by=town[Role.COMMANDER], at=at)
    assert Order.objects.get(pk=keys[0]).state == OrderState.DRAFT


# --- many at once -----------------------------------------------------------------------------------------


def districts(town: Town, at: datetime, count: int = 16) -> list[int]:
    made = [
        organisations.found(
            code=f"d{number}",
            kind=OrganisationKind.SUB_HEADQUARTERS,
            division=f"1201{number:02d}",
            name=f"区{number}",
            parent=town.city,
            from_at=at - HOUR,
            by=towns.BUILDER,
            at=at - HOUR,
        )
        for number in range(1, count + 1)
    ]
    return [row.pk for row in made]


def test_one_order_goes_to_sixteen_districts_or_to_none(town: Town, mayor: Actor, at: datetime) -> None:
    keys = districts(town, at)
    with pytest.raises(Refused, match="no organisation"):
        orders_issue.issue_many(words=words(at), addressees=[*keys, 10**9], by=mayor, at=at)
    assert not Order.objects.exists()
    batch = orders_issue.issue_many(words=words(at), addressees=[*keys, keys[0]], by=mayor, at=at)
    assert batch.orders.count() == 16
    assert set(batch.orders.values_list("division", flat=True)) == {f"1201{n:02d}" for n in range(1, 17)}
    assert batch.division == CITY


def test_a_reminder_reaches_those_who_are_silent_or_late_and_nobody_else(
    town: Town, mayor: Actor, at: datetime
) -> None:
    keys = districts(town, at, 3)
    batch = orders_issue.issue_many(words=words(at), addressees=keys, by=mayor, at=at)
    quick = towns.seat(Role.DUTY_OFFICER, batch.orders.get(addressee=keys[0]).addressee, at=at)
    orders.receive(order=batch.orders.get(addressee=keys[0]).pk, by=quick, at=at)
    assert orders_clocks.remind_batch(batch=batch.pk, by=mayor, at=at + HOUR) == 2
    assert orders_clocks.remind_batch(batch=batch.pk, by=mayor, at=at + 5 * HOUR) == 3
    with pytest.raises(Refused):
        orders_clocks.remind_batch(batch=batch.pk, by=town[Role.COMMANDER], at=at)


# --- return -----------------------------------------------------------------------------------------------


def test_what_is_returned_goes_out_again_as_a_new_order_and_what_waited_for_it_waits_on(
    town: Town, at: datetime
) -> None:
    commander = town[Role.COMMANDER]
    first = issued(town, commander, at)
    waiting = issued(town, commander, at, waits_for=[first.pk])
    with pytest.raises(Refused) as refused:
        orders.send_back(order=first.pk, reason="", by=town[Role.EPIDEMIOLOGIST], at=at)
    assert refused.value.field == "reason"
    orders.send_back(order=first.pk, reason="no reagents", by=town[Role.EPIDEMIOLOGIST], at=at + HOUR)
    again = orders_issue.issue_again(
        order=first.pk, due_at=at + 9 * HOUR, addressee=town.district.pk, by=commander, at=at + 2 * HOUR
    )
    assert (again.follows, again.addressee, again.title) == (first, town.district, first.title)
    assert list(waiting.waits.values_list("until_done", flat=True)) == [again.pk]
    cause = Entry.objects.get(kind="OrderIssued", subject=again.pk).cause
    assert Entry.objects.get(pk=cause).kind == "OrderReturned"
    with pytest.raises(Refused, match="already"):
        orders_issue.issue_again(order=first.pk, due_at=at + 9 * HOUR, by=commander, at=at + 2 * HOUR)


# --- waiting ----------------------------------------------------------------------------------------------


def test_an_order_that_waits_cannot_be_started_and_a_circle_is_refused(town: Town, at: datetime) -> None:
    commander = town[Role.COMMANDER]
    first = issued(town, commander, at)
    second = issued(town, commander, at, waits_for=[first.pk])
    for verb, more in ((orders.start, {}), (orders.finish, {"proof": "done"})):
        with pytest.raises(Refused, match=f"order {first.pk} is done"):
            verb(order=second.pk, by=town[Role.EPIDEMIOLOGIST], at=at, **more)
    with pytest.raises(Refused, match="for ever"):
        orders_waiting.wait_for(order=first.pk, until_done=second.pk, by=commander, at=at)
    orders_waiting.go_ahead(order=second.pk, until_done=first.pk, by=commander, at=at)
    assert orders.start(order=second.pk, by=town[Role.EPIDEMIOLOGIST], at=at).state == OrderState.STARTED


def test_a_circle_through_an_order_that_one_cannot_see_is_refused_too(
    town: Town, mayor: Actor, at: datetime
) -> None:
    commander = town[Role.COMMANDER]
    here, there = issued(town, commander, at), issued(town, commander, at)
    hidden = orders_issue.issue(words=words(at), addressee=town.city.pk, by=mayor, at=at)
    orders_waiting.wait_for(order=there.pk, until_done=hidden.pk, by=mayor, at=at)
    orders_waiting.wait_for(order=hidden.pk, until_done=here.pk, by=mayor, at=at)
    with scope(JINNAN, commander.user):
        assert not Order.objects.filter(pk=hidden.pk).exists()
        with pytest.raises(Refused, match="for ever"):
            orders_waiting.wait_for(order=here.pk, until_done=there.pk, by=commander, at=at)


def test_an_order_that_waits_for_a_hidden_one_is_held_all_the_same(
    town: Town, mayor: Actor, at: datetime
) -> None:
    held = issued(town, town[Role.COMMANDER], at)
    hidden = orders_issue.issue(words=words(at), addressee=town.city.pk, by=mayor, at=at)
    orders_waiting.wait_for(order=held.pk, until_done=hidden.pk, by=mayor, at=at)
    with scope(JINNAN), pytest.raises(Refused, match="it waits until"):
        orders.start(order=held.pk, by=town[Role.EPIDEMIOLOGIST], at=at)


def test_an_emergency_never_waits_and_what_becomes_one_waits_no_longer(town: Town, at: datetime) -> None:
    commander = town[Role.COMMANDER]
    first = issued(town, commander, at)
    with pytest.raises(Refused, match="never waits"):
        issued(town, commander, at, emergency=True, waits_for=[first.pk])
    urgent = issued(town, commander, at, emergency=True)
    with pytest.raises(Refused, match="never waits"):
        orders_waiting.wait_for(order=urgent.pk, until_done=first.pk, by=commander, at=at)
    later = issued(town, commander, at, waits_for=[first.pk])
    orders_waiting.hurry(order=later.pk, reason="chest pain", by=commander, at=at)
    assert not OrderWait.objects.filter(order=later, released_at__isnull=True).exists()
    assert orders.start(order=later.pk, by=town[Role.EPIDEMIOLOGIST], at=at).state == OrderState.STARTED
    with pytest.raises(Refused, match="never waits"):
        orders_waiting.wait_for(order=later.pk, until_done=first.pk, by=commander, at=at)


# --- proof ------------------------------------------------------------------------------------------------


def test_a_proof_is_sealed_read_by_the_two_jurisdictions_alone_and_each_reading_is_on_record(
    town: Town, at: datetime
) -> None:
    doctor, commander = town[Role.EPIDEMIOLOGIST], town[Role.COMMANDER]
    order = issued(
        town, commander, at, asks=[Proof.FIGURE, Proof.FILE], unit="households", division=COMMUNITY
    )
    with pytest.raises(Refused) as refused:
        orders.finish(order=order.pk, proof="seen", figure=3, by=doctor, at=at)
    assert refused.value.field == "files"
    with pytest.raises(Refused, match="Only pictures"):
        orders.finish(order=order.pk, proof="seen", figure=3, files=[b"MZ"], by=doctor, at=at)
    orders.finish(order=order.pk, proof="seen", figure=3, files=[PNG, PNG], by=doctor, at=at)
    file = OrderFile.objects.get()
    assert (file.media_type, file.size, file.filename) == ("image/png", len(PNG), f"order-{order.pk}-1.png")
    assert PNG not in bytes(file.content_sealed)
    assert orders.read_file(file=file.pk, by=commander, at=at)[1] == PNG
    read = Entry.objects.get(kind="OrderFileRead")
    assert (read.by, read.body["file"]) == (commander.user, file.pk)
    neighbour = Actor(
        user=commander.user, organisation=1, division=COMMUNITY, permissions=commander.permissions
    )
    with scope(COMMUNITY):
        assert Order.objects.filter(pk=order.pk).exists()
        with pytest.raises(Refused, match="no such file"):
            orders.read_file(file=file.pk, by=neighbour, at=at)


def test_a_photograph_may_come_after_the_words_but_not_to_what_was_withdrawn(
    town: Town, at: datetime
) -> None:
    doctor = town[Role.EPIDEMIOLOGIST]
    order = issued(town, town[Role.COMMANDER], at)
    orders.finish(order=order.pk, proof="seen", by=doctor, at=at)
    assert orders.attach(order=order.pk, content=PNG, by=doctor, at=at + HOUR).order == order
    gone = issued(town, town[Role.COMMANDER], at)
    orders_issue.cancel(order=gone.pk, reason="no need", by=town[Role.COMMANDER], at=at)
    with pytest.raises(Refused, match="closed already"):
        orders.attach(order=gone.pk, content=PNG, by=doctor, at=at)


# --- who receives it --------------------------------------------------------------------------------------


def test_an_order_reaches_who_is_on_duty_now_and_without_a_roster_every_holder_of_a_post(
    town: Town, at: datetime
) -> None:
    lab, doctor = town[Role.LAB_OFFICER], town[Role.EPIDEMIOLOGIST]
    assert {user.pk for user in store.recipients(town.cdc, at)} == {lab.user, doctor.user}
    Shift.objects.create(
        organisation=town.cdc,
        division=JINNAN,
        user=User.objects.get(pk=lab.user),
        from_at=at - HOUR,
        until_at=at + HOUR,
    )
    assert [user.pk for user in store.recipients(town.cdc.pk, at)] == [lab.user]
    assert {user.pk for user in store.recipients(town.cdc, at + HOUR)} == {lab.user, doctor.user}
    User.objects.filter(pk=doctor.user).update(is_active=False)
    assert [user.pk for user in store.recipients(town.cdc, at + HOUR)] == [lab.user]


def test_the_superior_is_the_one_of_that_hour(town: Town, at: datetime) -> None:
    assert store.superior(town.cdc, at) == town.district
    assert store.superior(town.city, at) is None
    organisations.rearrange(
        organisation=town.cdc.pk,
        name="疾控",
        parent=town.city,
        from_at=at + HOUR,
        by=towns.BUILDER,
        at=at,
    )
    assert store.superior(town.cdc, at) == town.district
    assert store.superior(town.cdc, at + HOUR) == town.city
    assert store.answers_to(town.cdc.pk, town.city.pk, at)
    assert not store.answers_to(town.city.pk, town.cdc.pk, at)


def test_a_place_and_a_person_of_elsewhere_cannot_stand_in_an_order(town: Town, at: datetime) -> None:
    stranger = rows.person(division=NANKAI, at=at)
    with scope(JINNAN), pytest.raises(Refused) as refused:
        issued(town, town[Role.COMMANDER], at, person=stranger.pk)
    assert refused.value.field == "person"
