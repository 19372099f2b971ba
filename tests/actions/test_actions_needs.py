"""Somebody inside calls: help goes out at once, nobody's status is asked for, and a refusal is an incident."""

import ast
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import inside as insides
from support import rows_response
from support import town as towns
from support.inside import Inside, kinds_of
from support.town import COMMUNITY, NANKAI, Town

from liankong import protocols
from liankong.actions import Forbidden, Refused, needs, orders
from liankong.protocols.inside import inside as norms
from liankong.store import identity
from liankong.store.access import node_scope, scope
from liankong.store.models import (
    Batch,
    Case,
    Contact,
    Entry,
    Household,
    Identity,
    Isolation,
    Order,
    Person,
    Result,
    Tube,
    TubeMember,
)
from liankong.vocabulary.kinds import (
    CASE_CLASSES,
    ContactState,
    NeedKind,
    OrderKind,
    OrderState,
    ResultValue,
    Role,
    TubeKind,
)

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
URGENT = norms().needs.urgent.within.value
# Whatever says what somebody is to the epidemic.
STATUS_TABLES = (
    "store_case", "store_casechange", "store_contact", "store_exposure", "store_check", "store_isolation", "store_hold",
    "store_zone", "store_zoneplace", "store_zonestep", "store_tube", "store_tubemember", "store_result", "store_inquiry",
    "store_investigation", "store_stay", "store_outbreak",
)  # fmt: skip


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


@pytest.fixture
def inside(town: Town, at: datetime) -> Inside:
    return insides.build(town, at)


# --- emergencies --------------------------------------------------------------------------------------------------


def test_an_emergency_is_out_at_once_to_120_the_nearest_hospital_and_the_community(
    inside: Inside, at: datetime
) -> None:
    with scope(COMMUNITY, inside.worker.user):
        taken = needs.take(
            kind=NeedKind.EMERGENCY, person=inside.person.pk, words="chest pain", by=inside.worker, at=at
        )
    assert [order.addressee for order in taken.orders] == [inside.ambulance, inside.near, inside.community]
    for order in taken.orders:
        row = Order.objects.get(pk=order.pk)
        assert (row.state, row.issued_at, row.due_at) == (OrderState.ISSUED, at, at + URGENT)
        assert row.emergency and row.household_id == inside.household.pk
    assert kinds_of(taken.order.pk) == ["OrderIssued", "NeedTaken"]
    assert Batch.objects.get(pk=taken.order.batch_id).division == COMMUNITY


def test_a_birth_is_an_emergency_though_nobody_said_so(inside: Inside, at: datetime) -> None:
    assert needs.take(
        kind=NeedKind.BIRTH, household=inside.household.pk, by=inside.worker, at=at
    ).order.emergency


def test_an_emergency_with_a_wrong_number_and_a_phone_number_in_its_words_goes_out_all_the_same(
    inside: Inside, at: datetime
) -> None:
    with scope(COMMUNITY, inside.worker.user):
        taken = needs.take(
            kind=NeedKind.EMERGENCY,
            household=10**9,
            words="call 13800138000, third floor",
            by=inside.worker,
            at=at,
        )
    row = Order.objects.get(pk=taken.order.pk)
    assert row.detail["division"] == COMMUNITY
    assert "13800138000" not in row.text and "third floor" in row.text


def test_the_nearest_hospital_lies_in_another_district_and_sees_its_order(
    inside: Inside, at: datetime
) -> None:
    inside.near.care_point.open = False
    inside.near.care_point.save()
    with scope(COMMUNITY, inside.worker.user):
        taken = needs.take(kind=NeedKind.EMERGENCY, person=inside.person.pk, by=inside.worker, at=at)
    care = next(order for order in taken.orders if order.addressee == inside.far)
    with scope(NANKAI):
        assert Order.objects.filter(pk=care.pk).exists()
    with scope(COMMUNITY):
        assert not Order.objects.filter(pk=care.pk).exists()


def test_where_no_hospital_and_no_120_is_known_the_headquarters_gets_the_emergency(
    town: Town, at: datetime
) -> None:
    home = Household.objects.create(division=COMMUNITY)
    taken = needs.take(kind=NeedKind.EMERGENCY, household=home.pk, by=town[Role.DUTY_OFFICER], at=at)
    assert [order.addressee for order in taken.orders] == [town.district]
    assert taken.order.emergency


STATUSES = st.fixed_dictionaries(
    {
        "classification": st.sampled_from(CASE_CLASSES),
        "contact": st.none() | st.sampled_from(ContactState),
        "result": st.none() | st.sampled_from(ResultValue),
        "result_age": st.integers(0, 200),
        "in_zone": st.booleans(),
        "isolated": st.booleans(),
        "edition": st.sampled_from(sorted(entry.id for entry in protocols.available() if entry.id.startswith("CN-COV"))),
        "kind": st.sampled_from([NeedKind.EMERGENCY, NeedKind.BIRTH, NeedKind.OXYGEN, NeedKind.OTHER]),
    }
)  # fmt: skip


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(stands=STATUSES)
def test_nobodys_status_changes_when_to_whom_and_how_an_emergency_goes_out(
    town: Town, inside: Inside, at: datetime, stands: dict[str, object]
) -> None:
    person = Person.objects.create(division=COMMUNITY, household=inside.household, created_at=at)
    _make_so(person, town, inside, at, stands)
    with (
        scope(COMMUNITY, inside.worker.user),
        CaptureQueriesContext(
            connection,
        ) as captured,
    ):
        taken = needs.take(
            kind=NeedKind(str(stands["kind"])), person=person.pk, emergency=True, by=inside.worker, at=at
        )
    assert [
        (
            order.addressee_id,
            order.state,
            order.issued_at,
            order.due_at,
            order.emergency,
            order.detail["division"],
        )
        for order in taken.orders
    ] == [
        (body.pk, OrderState.ISSUED, at, at + URGENT, True, COMMUNITY)
        for body in (inside.ambulance, inside.near, inside.community)
    ]
    # What is not read cannot hold anything up.
    for query in captured.captured_queries:
        assert not any(f'"{table}"' in query["sql"] for table in STATUS_TABLES), query["sql"]


def _make_so(person: Person, town: Town, inside: Inside, at: datetime, stands: dict[str, object]) -> None:
    edition = str(stands["edition"])
    case = Case.objects.create(
        outbreak=town.outbreak,
        number=f"S{person.pk}",
        person=person,
        division=COMMUNITY,
        classification=stands["classification"],
        found_at=at,
        protocol=edition,
    )
    if stands["contact"]:
        met = rows_response.contact(case=case, person=person, at=at)
        Contact.objects.filter(pk=met.pk).update(state=stands["contact"], protocol=edition)
    if stands["result"]:
        sampled = at - timedelta(hours=int(str(stands["result_age"])))
        tube = Tube.objects.create(
            code=f"S{person.pk}", kind=TubeKind.SINGLE, division=COMMUNITY, sampled_at=sampled
        )
        TubeMember.objects.create(tube=tube, person=person)
        Result.objects.create(tube=tube, value=stands["result"], division=COMMUNITY, resulted_at=sampled)
    if stands["in_zone"]:
        insides.zone(town, inside, at, number=f"Z{person.pk:06d}")
    if stands["isolated"]:
        Isolation.objects.create(
            person=person, division=COMMUNITY, subject="close_contact", protocol=edition,
            placement="home_isolation", created_at=at, signed_at=at, determined_at=at,
        )  # fmt: skip


def test_no_source_on_the_way_of_a_need_names_a_status() -> None:
    """The modules through which a need goes out import no row and no word of what somebody is to the epidemic."""
    forbidden = {
        "Case", "CaseChange", "Contact", "Exposure", "Check", "Isolation", "Hold", "Zone", "ZonePlace", "ZoneStep", "Tube",
        "TubeMember", "Result", "Inquiry", "InquiryJob", "Investigation", "Stay", "Outbreak", "PersonClass", "Severity",
        "ContactState", "ZoneState", "ResultValue", "CheckState", "Protocol", "protocols", "zones", "cases", "tracing",
        "isolation",
    }  # fmt: skip
    way = (
        "actions/needs.py", "store/needs.py", "store/needs_refused.py", "rules/needs.py", "actions/needs_standing.py",
        "web/needs.py", "web/needs_forms.py", "web/api/needs.py",
    )  # fmt: skip
    for name in way:
        tree = ast.parse((ROOT / "liankong" / name).read_text(encoding="utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names |= {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
        }
        names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & {
            "classification",
            "zones",
        }
        assert names & forbidden == set(), name
    # The net catches: a verb that does read statuses falls through it.
    zones_way = ast.parse((ROOT / "liankong/actions/needs_deliveries.py").read_text(encoding="utf-8"))
    assert {a.name for n in ast.walk(zones_way) if isinstance(n, ast.ImportFrom) for a in n.names} & forbidden


def test_whoever_may_not_take_a_need_is_told_so(town: Town, inside: Inside, at: datetime) -> None:
    with pytest.raises(Forbidden):
        needs.take(kind=NeedKind.FOOD, household=inside.household.pk, by=town[Role.AUDITOR], at=at)


# --- refused, or not answered ---------------------------------------------------------------------------------------


def care_of(taken: needs.Taken, inside: Inside) -> Order:
    return next(order for order in taken.orders if order.addressee == inside.near)


def test_a_hospital_that_sends_somebody_away_makes_an_incident_and_the_next_is_told_at_once(
    town: Town, inside: Inside, at: datetime
) -> None:
    taken = needs.take(kind=NeedKind.BIRTH, person=inside.person.pk, by=inside.worker, at=at)
    care, later = care_of(taken, inside), at + timedelta(minutes=4)
    with scope(COMMUNITY, inside.worker.user):
        after = needs.report_refusal(order=care.pk, reason="test older than 48 h", by=inside.worker, at=later)
    care.refresh_from_db()
    assert (care.state, care.reason) == (OrderState.RETURNED, "test older than 48 h")
    after = Order.objects.get(pk=after.pk)
    assert (after.addressee, after.issued_at, after.due_at) == (inside.far, later, later + URGENT)
    assert after.emergency and after.follows_id == care.pk and after.state == OrderState.ISSUED
    incident = Order.objects.get(kind=OrderKind.INCIDENT)
    assert incident.addressee == town.district  # the hospital's superior, who is the headquarters too
    assert incident.detail == {"refused": care.pk, "by": inside.near.pk, "late": False}
    assert "不得以疫情防控为由推诿拒收" in incident.basis
    assert kinds_of(care.pk)[-2:] == ["OrderReturned", "CareRefused"]
    again = needs.report_refusal(order=care.pk, reason="again", by=inside.worker, at=later)
    assert again.pk == after.pk and Order.objects.filter(kind=OrderKind.INCIDENT).count() == 1


def test_when_every_hospital_refused_the_headquarters_itself_finds_a_bed(
    town: Town, inside: Inside, at: datetime
) -> None:
    order = care_of(needs.take(kind=NeedKind.BIRTH, person=inside.person.pk, by=inside.worker, at=at), inside)
    seen = []
    for _ in range(4):
        order = Order.objects.get(
            pk=needs.report_refusal(order=order.pk, reason="full", by=town[Role.DUTY_OFFICER], at=at).pk
        )
        seen.append(order.addressee.code)
    assert seen == ["far", "jinnan", "city", "community"]
    assert order.emergency and order.state == OrderState.ISSUED


def test_a_refusal_says_what_happened(inside: Inside, at: datetime) -> None:
    taken = needs.take(kind=NeedKind.BIRTH, person=inside.person.pk, by=inside.worker, at=at)
    with pytest.raises(Refused, match="say what happened"):
        needs.report_refusal(order=care_of(taken, inside).pk, reason=" ", by=inside.worker, at=at)
    community = next(order for order in taken.orders if order.addressee == inside.community)
    with pytest.raises(Refused, match="no such need"):
        needs.report_refusal(order=community.pk, reason="busy", by=inside.worker, at=at)


# --- what is not an emergency ----------------------------------------------------------------------------------------


def test_the_same_need_of_a_household_within_a_day_joins_the_running_order_visibly(
    inside: Inside, at: datetime
) -> None:
    first = needs.take(
        kind=NeedKind.MEDICINE, household=inside.household.pk, words="insulin", by=inside.worker, at=at
    )
    later = at + timedelta(hours=3)
    second = needs.take(
        kind=NeedKind.MEDICINE, household=inside.household.pk, words="two boxes", by=inside.worker, at=later
    )
    assert second.repeated and second.order.pk == first.order.pk
    row = Order.objects.get(pk=first.order.pk)
    assert row.text == "insulin\ntwo boxes" and row.called_at == later and len(row.detail["calls"]) == 1
    assert kinds_of(row.pk)[-1] == "NeedRepeated"
    urgent = needs.take(
        kind=NeedKind.MEDICINE, household=inside.household.pk, emergency=True, by=inside.worker, at=later
    )
    assert not urgent.repeated and urgent.order.pk != first.order.pk
    orders.finish(order=first.order.pk, proof="brought", by=inside.worker, at=later)
    third = needs.take(kind=NeedKind.MEDICINE, household=inside.household.pk, by=inside.worker, at=later)
    assert not third.repeated


def test_words_that_name_a_phone_are_refused_where_there_is_time_to_correct_them(
    inside: Inside, at: datetime
) -> None:
    with pytest.raises(Refused, match="phone") as refused:
        needs.take(
            kind=NeedKind.FOOD, household=inside.household.pk, words="13800138000", by=inside.worker, at=at
        )
    assert refused.value.field == "words"


def test_a_need_from_nowhere_asks_where(inside: Inside, at: datetime) -> None:
    with pytest.raises(Refused, match="where"):
        needs.take(kind=NeedKind.FOOD, by=inside.worker, at=at)
    taken = needs.take(kind=NeedKind.FOOD, division=COMMUNITY, by=inside.worker, at=at)
    assert taken.order.addressee == inside.street  # no supplier is known, so the street answers


def test_the_address_is_opened_by_whoever_brings_help_and_goes_on_record_first(
    town: Town, inside: Inside, at: datetime
) -> None:
    home = inside.household
    home.address_sealed = identity.seal("Building 3, 502", owner=home.pk, field="address")
    home.save()
    Identity.objects.create(**identity.columns(inside.person.pk, name="x", phone="+8613800138000"))
    taken = needs.take(kind=NeedKind.EMERGENCY, person=inside.person.pk, by=inside.worker, at=at)
    care = care_of(taken, inside)
    with scope(inside.near.division, inside.clinician.user):
        found = needs.reach(order=care.pk, by=inside.clinician, at=at)
    assert found == {"address": "Building 3, 502", "phone": "+8613800138000"}
    read = Entry.objects.get(kind="IdentityRead")
    assert (read.subject, read.body["fields"]) == (inside.person.pk, ["address", "phone"])
    with pytest.raises(Refused):
        needs.reach(order=care.pk, by=town[Role.DUTY_OFFICER], at=at)
    orders.finish(order=care.pk, proof="admitted", by=inside.clinician, at=at)
    with pytest.raises(Refused):
        needs.reach(order=care.pk, by=inside.clinician, at=at)
