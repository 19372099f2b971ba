"""The auditor's desk: the log with its filters, causes and consequences, seals and their verification."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from support.seals import seal_all
from support.town import BUILDER, COMMUNITY, JINNAN, NANKAI, Town

from liankong.actions import registry
from liankong.store import log
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Entry
from liankong.vocabulary.facts import CaseReported, OrderDone, OrderIssued, SignedIn
from liankong.vocabulary.kinds import Role

pytestmark = pytest.mark.django_db


def record(count: int, *, division: str, at: datetime) -> list[Entry]:
    return [
        log.record(
            SignedIn(user=7),
            subject=7,
            division=division,
            by=Actor(user=7),
            at=at + timedelta(seconds=number),
        )
        for number in range(count)
    ]


def test_only_those_who_audit_may_read_the_log(client_of: Callable[[Role], Client]) -> None:
    assert client_of(Role.COMMANDER).get("/audit").status_code == 403
    assert client_of(Role.AUDITOR).get("/audit").status_code == 200


def test_the_log_is_read_page_by_page_in_a_constant_number_of_queries(
    client_of: Callable[[Role], Client], town: Town, at: datetime
) -> None:
    client = client_of(Role.AUDITOR)
    with node_scope():
        record(1, division=JINNAN, at=at)
    client.get("/audit")
    with CaptureQueriesContext(connection) as few:
        client.get("/audit")
    with node_scope():
        entries = record(120, division=JINNAN, at=at)
    with CaptureQueriesContext(connection) as many:
        page = client.get("/audit")
    assert len(many) == len(few)
    text = page.content.decode()
    assert f">{entries[-1].pk}<" in text and f">{entries[0].pk}<" not in text
    following = text.split('rel="next" href="')[1].split('"')[0]
    second = client.get("/audit" + following.replace("&amp;", "&")).content.decode()
    assert f">{entries[-51].pk}<" in second and f">{entries[-1].pk}<" not in second


def test_filters_narrow_the_log_by_kind_subject_user_and_day(
    client_of: Callable[[Role], Client], town: Town, at: datetime
) -> None:
    with node_scope():
        person = registry.register(division=COMMUNITY, name="甲", by=BUILDER, at=at)
        registry.reveal(person=person.pk, fields=("name",), why="case 12", by=town[Role.CLINICIAN], at=at)
        record(3, division=JINNAN, at=at - timedelta(days=3))
    client = client_of(Role.AUDITOR)
    read = client.get("/audit", {"kind": "IdentityRead"}).content.decode()
    assert read.count('class="lk-row-link"') == 1
    assert (
        client.get("/audit", {"user": "clinician-jinnan"}).content.decode().count('class="lk-row-link"') == 1
    )
    day = {"kind": "SignedIn", "day": date(2022, 1, 5).isoformat()}
    assert client.get("/audit", day).content.decode().count('class="lk-row-link"') == 3
    nothing = client.get("/audit", {"kind": "BulletinSigned"}).content.decode()
    assert "No entry answers these filters" in nothing
    reads = client.get("/audit/reads").content.decode()
    assert "case 12" in reads and 'class="lk-row-link"' in reads


def test_the_auditor_of_a_district_sees_nothing_of_another(
    client_of: Callable[[Role], Client], town: Town, at: datetime
) -> None:
    with node_scope():
        other = record(1, division=NANKAI, at=at)[0]
    client = client_of(Role.AUDITOR)
    assert f">{other.pk}<" not in client.get("/audit").content.decode()
    assert client.get(f"/audit/{other.pk}").status_code == 404


def test_an_entry_shows_what_led_to_it_and_what_followed(
    client_of: Callable[[Role], Client], town: Town, at: datetime
) -> None:
    by = Actor(rule="flow:test")
    with node_scope():
        first = record(1, division=JINNAN, at=at)[0]
        fact = OrderIssued(order=5, order_kind="report", addressee=1, due_at=at)
        issued = log.record(fact, subject=5, division=JINNAN, by=by, at=at, cause=first)
        log.record(
            OrderDone(order=5, order_kind="report", late=False),
            subject=5,
            division=JINNAN,
            by=by,
            at=at,
            cause=issued,
        )
        log.record(CaseReported(case=9, late=False), subject=9, division=JINNAN, by=by, at=at, cause=issued)
    client = client_of(Role.AUDITOR)
    with CaptureQueriesContext(connection) as queries:
        text = client.get(f"/audit/{issued.pk}").content.decode()
    above, below = text.split('id="why"')[1].split('id="then"')
    assert f'href="/audit/{first.pk}"' in above
    assert below.count('href="/audit/') == 2
    with node_scope():
        for number in range(30):
            log.record(
                CaseReported(case=50 + number, late=True),
                subject=50 + number,
                division=JINNAN,
                by=by,
                at=at,
                cause=issued,
            )
    with CaptureQueriesContext(connection) as more:
        client.get(f"/audit/{issued.pk}")
    assert len(more) == len(queries)


def test_an_entry_of_the_far_end_of_the_numbers_is_simply_not_there(
    client_of: Callable[[Role], Client],
) -> None:
    assert client_of(Role.AUDITOR).get(f"/audit/{10**30}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_verifying_says_that_the_log_is_intact_and_finds_a_changed_entry(
    client_of: Callable[[Role], Client],
    town: Town,
    at: datetime,
    as_owner: Callable[..., list[tuple[object, ...]]],
) -> None:
    with node_scope():
        sealed = seal_all(at)
    client = client_of(Role.AUDITOR)
    assert f">{sealed.pk}<" in client.get("/audit/seals").content.decode()
    good = client.post("/audit/verify").content.decode()
    assert "The log is as it was written." in good
    changed = sealed.entries[0]
    as_owner("UPDATE store_entry SET by = 4711 WHERE id = %s", [changed])
    bad = client.post("/audit/verify").content.decode()
    assert "The log is not as it was written." in bad
    assert f'href="/audit/{changed}"' in bad
