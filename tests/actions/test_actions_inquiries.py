"""Verbs of inquiries on any order of events: nothing is lost, and lists account for every row."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import inquiries as story
from support.inquiries import NAME, NUMBER, Neighbours

from liankong.actions import Refused, inquiries_in, inquiries_lists, inquiries_out
from liankong.exchange.inquiries_lists import read
from liankong.store import inquiries as store
from liankong.store.access import node_scope
from liankong.store.models import Inquiry, InquiryJob, Order
from liankong.vocabulary.kinds import InquiryState, OrderKind, Role

pytestmark = pytest.mark.django_db
S = InquiryState


@pytest.fixture
def near(at: datetime) -> Iterator[Neighbours]:
    with node_scope():
        yield story.build(at)


ACTS = st.tuples(
    st.sampled_from(["send", "receive", "advance", "answer", "forward", "close", "again"]),
    st.integers(0, 7),
    st.integers(0, 5),
)


class _Undo(Exception):
    """Takes an example's rows back."""


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=st.lists(ACTS, min_size=10, max_size=30))
def test_in_any_order_of_events_each_inquiry_is_owed_by_one_headquarters(
    near: Neighbours, at: datetime, acts: list[tuple[str, int, int]]
) -> None:
    """Whatever officers try, refused or not: the rows in the database never lose an inquiry."""
    try:
        with transaction.atomic():
            firsts = [story.sent(near, at), story.sent(near, at, sender=near.hexi, number="", to=near.nankai)]
            for number, (verb, pick, choice) in enumerate(acts):
                _try(near, verb, pick, choice, at + timedelta(minutes=number + 1))
                for row in firsts:
                    row.refresh_from_db()
                    owing = store.owed_by(row)
                    assert (owing is None) == (row.state == S.CLOSED)
                    assert row.state != S.CLOSED or row.answer, "closed with an answer to who asked"
                for row in Inquiry.objects.filter(state=S.FORWARDED):
                    assert row.forwarded_to.exclude(state=S.CLOSED).exists(), (
                        "a forwarded inquiry has gone nowhere"
                    )
                for row in Inquiry.objects.exclude(state=S.DRAFT):
                    assert row.steps.filter(state=row.state).exists()
            raise _Undo
    except _Undo:
        pass


def _try(near: Neighbours, verb: str, pick: int, choice: int, at: datetime) -> None:
    rows = list(Inquiry.objects.order_by("pk"))
    row = rows[pick % len(rows)]
    bodies = [near.town.district, near.nankai, near.hexi, near.other]
    states = (S.CONTROLLED, S.VERIFIED, S.TRANSFERRED, S.HOME, S.RELEASED, S.NOT_FOUND)
    try:
        with transaction.atomic():
            if verb == "send":
                story.send(near, row, at)
            elif verb == "receive":
                story.receive(near, row, at)
            elif verb == "advance":
                story.advance(near, row, states[choice], at, note="found so")
            elif verb == "answer":
                story.answer(near, row, at, outcome=states[choice] if choice > 1 else None)
            elif verb == "forward":
                story.forward(near, row, bodies[choice % 4], at)
            elif verb == "close":
                story.close(near, row, at)
            else:
                by = near.officers[row.sender_id or 0]
                story.told(
                    lambda: inquiries_out.ask_again(inquiry=row.pk, reason="not enough", by=by, at=at), by
                )
    except Refused:
        return


# --- lists ---------------------------------------------------------------------------------------------------


def test_a_list_from_outside_becomes_acknowledged_work_and_merges_with_what_was_asked(
    near: Neighbours, at: datetime, tmp_path: Path
) -> None:
    asked = story.sent(near, at)
    path = tmp_path / "list.csv"
    path.write_text(
        f"函号,姓名,身份证号,人员类别\n郑3号,{NAME},{NUMBER},密接\n郑3号,丁戊,,密接\n郑3号,{NAME},{NUMBER},密接\n",
        encoding="utf-8",
    )
    by = near.officer(near.nankai)
    found = read(path, sender_name="郑州市")
    taken = story.told(lambda: inquiries_lists.take_list(found=found, by=by, at=at), by)
    assert taken.balances and (len(taken.rows), taken.rejected, taken.duplicate) == (1, 1, 1)
    (row,) = taken.rows
    assert (row.state, row.sender, row.sender_name, row.their_number) == (S.RECEIVED, None, "郑州市", "郑3号")
    assert row.job == asked.job and InquiryJob.objects.count() == 1
    assert Order.objects.filter(kind=OrderKind.INQUIRY).count() == 1
    assert store.owed_by(row) == near.nankai.pk
    again = story.told(lambda: inquiries_lists.take_list(found=found, by=by, at=at), by)
    assert again.balances and (len(again.rows), again.duplicate) == (0, 2)
    story.answer(near, row, at, outcome=S.NOT_FOUND, text="unknown there")
    assert store.owed_by(row) is None or row.state == S.FEEDBACK
    story.close(near, row, at)
    assert row.state == S.CLOSED


def test_a_headquarters_without_an_open_outbreak_is_told_to_open_one(
    near: Neighbours, at: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("姓名,电话,人员类别\n甲,13800138000,密接\n", encoding="utf-8")
    by = near.officer(near.nankai)
    for outbreak in (near.town.outbreak,):
        outbreak.closed_at = at - timedelta(hours=1)
        outbreak.save()
    with pytest.raises(Refused, match="no outbreak is open"):
        inquiries_lists.take_list(found=read(path, sender_name="郑州市"), by=by, at=at)


def test_a_post_in_no_headquarters_takes_no_list_and_asks_nobody(
    near: Neighbours, at: datetime, tmp_path: Path
) -> None:
    from support import town as towns

    path = tmp_path / "list.csv"
    path.write_text("姓名,电话,人员类别\n甲,13800138000,密接\n", encoding="utf-8")
    clerk = towns.seat(Role.DUTY_OFFICER, near.town.cdc, at=at)
    with pytest.raises(Refused, match="only a headquarters"):
        inquiries_lists.take_list(found=read(path, sender_name="郑州市"), by=clerk, at=at)


def test_the_body_with_the_order_may_report_for_the_headquarters(near: Neighbours, at: datetime) -> None:
    """Jinnan's centre has the order: its duty officer puts the person under control."""
    from support import town as towns

    row = story.sent(near, at, sender=near.nankai, to=near.town.district)
    story.receive(near, row, at)
    order = Order.objects.get(kind=OrderKind.INQUIRY)
    assert order.addressee == near.town.cdc
    officer = towns.seat(Role.DUTY_OFFICER, near.town.cdc, at=at)
    done = story.told(
        lambda: inquiries_in.advance(inquiry=row.pk, state=S.CONTROLLED, by=officer, at=at), officer
    )
    assert done[0].controlled_at == at
    assert inquiries_in.reveal(inquiry=row.pk, why="at the door", by=officer, at=at)
