"""Outbreaks: which there are, and opening one more."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from support import rows
from support import town as towns
from support.town import BUILDER, JINNAN, Town

from liankong.actions import outbreaks
from liankong.store.access import node_scope
from liankong.store.models import Case, Entry, Order, Outbreak
from liankong.vocabulary.kinds import OrderKind, OrderState, Role
from liankong.web.outbreaks import open_orders

pytestmark = pytest.mark.django_db

FORM = {
    "name": "演练疫情",
    "english": "A drill",
    "code": "drill-1",
    "division": JINNAN,
    "protocol": "CN-COV-v9",
    "baseline_on": "2022-01-10",
    "purpose": "exercise",
}


def test_an_exercise_is_opened_and_chosen_and_stays_marked(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.COMMANDER)
    answer = client.post("/outbreaks/new", FORM)
    assert answer.status_code == 302
    with node_scope():
        made = Outbreak.objects.get(code="drill-1")
    assert (made.pathogen, made.protocol, made.exercise, made.study) == ("covid19", "CN-COV-v9", True, False)
    listed = client.get("/outbreaks").content.decode()
    assert "A drill" in listed and "is-mine" in listed
    assert (
        "A drill"
        not in client.get("/outbreaks", {"kind": "study"}).content.decode().split('aria-label="Outbreaks"')[1]
    )
    again = client.post("/outbreaks/new", FORM)
    assert again.status_code == 422 and 'id="id_code_error"' in again.content.decode()


def test_only_those_who_may_open_outbreaks_see_the_form(client_of: Callable[[Role], Client]) -> None:
    assert client_of(Role.EPIDEMIOLOGIST).get("/outbreaks/new").status_code == 403
    assert "/outbreaks/new" not in client_of(Role.EPIDEMIOLOGIST).get("/outbreaks").content.decode()


def test_a_response_is_ended_with_a_reason_and_once(
    client_of: Callable[[Role], Client], town: Town, at: datetime
) -> None:
    commander = client_of(Role.COMMANDER)
    commander.post("/outbreaks/new", FORM)
    with node_scope():
        made = Outbreak.objects.get(code="drill-1")
        rows.case(outbreak=made, division=JINNAN, at=at)
    address = f"/outbreaks/{made.pk}/close"
    assert address in commander.get("/outbreaks").content.decode()
    assert commander.get(address).context["running"] == {"in_care": 1, "pending": 1, "orders": 0}
    refused = commander.post(address, {"reason": " "})
    assert refused.status_code == 422 and 'id="id_reason_error"' in refused.content.decode()
    assert commander.post(address, {"reason": "市指挥部第12号令"}).status_code == 302
    with node_scope():
        made.refresh_from_db()
        entry = Entry.objects.get(kind="OutbreakClosed")
    assert made.closed_at == at
    assert (entry.subject, entry.body["reason"], entry.by) == (
        made.pk,
        "市指挥部第12号令",
        town[Role.COMMANDER].user,
    )
    assert address not in commander.get("/outbreaks").content.decode()
    assert commander.post(address, {"reason": "again"}).status_code == 404


def test_ending_a_response_counts_every_open_order_of_it_and_no_other(
    client_of: Callable[[Role], Client], town: Town, at: datetime
) -> None:
    commander = client_of(Role.COMMANDER)
    commander.post("/outbreaks/new", FORM)

    def order(
        hours: int, *, case: Case | None = None, division: str = JINNAN, state: OrderState = OrderState.ISSUED
    ) -> None:
        when = at + timedelta(hours=hours)
        Order.objects.create(
            kind=OrderKind.RESWAB,
            title="t",
            division=division,
            issuer=town.district,
            addressee=town.cdc,
            case=case,
            state=state,
            issued_at=when,
            due_at=when,
            done_at=when if state == OrderState.DONE else None,
        )

    with node_scope():
        own = Outbreak.objects.get(code="drill-1")
        of_city = rows.case(outbreak=town.outbreak, division=JINNAN, at=at)
        order(1, case=rows.case(outbreak=own, division=JINNAN, at=at))
        order(1, case=rows.case(outbreak=own, division=JINNAN, at=at), state=OrderState.RECEIVED)
        order(1)
        order(1, division=towns.COMMUNITY)
        order(-1)
        order(1, case=of_city)
        order(1, division="120104")
        order(1, state=OrderState.DONE)
        order(1, state=OrderState.CANCELLED)
    address = f"/outbreaks/{own.pk}/close"
    assert commander.get(address).context["running"]["orders"] == 4
    with node_scope():
        later = rows.outbreak(division=JINNAN[:6], at=at + timedelta(minutes=30))
        assert open_orders(later).count() == 2
        assert open_orders(town.outbreak).count() == 3
    assert commander.get(address).context["running"]["orders"] == 2


def test_a_district_cannot_end_the_citys_response(client_of: Callable[[Role], Client], town: Town) -> None:
    address = f"/outbreaks/{town.outbreak.pk}/close"
    assert address not in client_of(Role.COMMANDER).get("/outbreaks").content.decode()
    assert client_of(Role.COMMANDER).post(address, {"reason": "enough"}).status_code == 404
    assert client_of(Role.EPIDEMIOLOGIST).get(address).status_code == 403


def test_the_list_counts_cases_in_a_constant_number_of_queries(
    client_of: Callable[[Role], Client], town: Town, at: datetime
) -> None:
    client = client_of(Role.COMMANDER)

    def one(code: str) -> None:
        with node_scope():
            made = outbreaks.open_outbreak(
                code=code,
                name=code,
                pathogen="covid19",
                protocol="CN-COV-v8",
                division=JINNAN,
                baseline_on=date(2022, 1, 8),
                by=BUILDER,
                at=at,
            )
            for _number in range(3):
                rows.case(outbreak=made, division=JINNAN, at=at)

    one("first")
    client.get("/outbreaks")
    with CaptureQueriesContext(connection) as few:
        client.get("/outbreaks")
    for number in range(12):
        one(f"more-{number}")
    with CaptureQueriesContext(connection) as many:
        client.get("/outbreaks")
    assert len(many) == len(few)
