"""The situation page: which hand-over holds up the response, what is late and whose, what has changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import rows
from support.rows_response import contact
from web_cases import positive

from liankong import protocols
from liankong.actions import cases
from liankong.rules.situation import Leg, Span, figures
from liankong.store.access import node_scope
from liankong.store.models import Case, Result, Tube
from liankong.vocabulary.kinds import ContactState, Role, TubeKind
from liankong.web import situation_figures

if TYPE_CHECKING:
    from django.test import Client
    from support.town import Town

pytestmark = pytest.mark.django_db
V8 = protocols.load("CN-COV-v8")


def test_a_positive_that_nobody_has_reported_is_the_bottleneck(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        case = positive(town, at - timedelta(hours=3))
    client = client_of(Role.COMMANDER)
    page = client.get("/situation")
    first = page.context["cards"][0]
    assert (first.leg, first.is_bottleneck, first.figures.waiting) == (Leg.DETECTION_TO_REPORT, True, 1)
    assert first.percent == 150
    assert "1 past the limit" in page.text
    behind = client.get("/situation/detection_to_report")
    assert case.number in behind.text
    assert f"/cases/{case.pk}" in behind.text


def test_once_it_is_reported_the_wait_is_over(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        case = positive(town, at - timedelta(hours=1))
        cases.report(case=case.pk, card="120112-1", by=town[Role.EPIDEMIOLOGIST], at=at)
    page = client_of(Role.COMMANDER).get("/situation")
    first = page.context["cards"][0]
    assert (first.figures.arrived, first.figures.waiting, first.is_bottleneck) == (1, 0, False)


def test_a_proposed_contact_waits_for_a_signature_and_a_signed_one_for_a_room(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        case = positive(town, at - timedelta(hours=5))
        found = at - timedelta(hours=2)
        contact(case=case, person=rows.person(division=case.division, at=at), at=found)
        signed = contact(case=case, person=rows.person(division=case.division, at=at), at=found)
        signed.state, signed.signed_at = ContactState.CONFIRMED, at - timedelta(hours=1)
        signed.save()
    cards = {card.leg: card for card in client_of(Role.COMMANDER).get("/situation").context["cards"]}
    assert cards[Leg.TRACK_TO_CONTACTS].figures.waiting == 1
    assert cards[Leg.TRACK_TO_CONTACTS].figures.arrived == 1
    assert cards[Leg.CONTACT_TO_ROOM].figures.waiting == 1
    assert cards[Leg.CONTACT_TO_ROOM].figures.longest_wait == timedelta(hours=1)


def test_late_orders_are_counted_under_those_who_owe_them(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        case = positive(town, at - timedelta(hours=3))
    context = client_of(Role.COMMANDER).get("/situation").context
    late = {row["addressee"]: row["late"] for row in context["late"]}
    assert late[town.cdc.pk] >= 1
    assert context["late_total"] == sum(late.values())
    assert case.division.startswith(town.district.division)


def test_what_has_changed_stands_beside_the_span_before(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        positive(town, at - timedelta(minutes=90))
        positive(town, at - timedelta(minutes=20), code="T2")
        positive(town, at - timedelta(minutes=10), code="T3")
    client = client_of(Role.COMMANDER)
    opened = {row["kind"]: row for row in client.get("/situation").context["changes"]}["CaseOpened"]
    assert (opened["now"], opened["before"]) == (2, 1)
    longer = {row["kind"]: row for row in client.get("/situation?hours=6").context["changes"]}["CaseOpened"]
    assert (longer["now"], longer["before"]) == (3, 0)


def test_another_districts_waits_are_not_shown(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        case = positive(town, at - timedelta(hours=3))
        Case.objects.filter(pk=case.pk).update(division="120104101001")
    page = client_of(Role.COMMANDER).get("/situation")
    assert page.context["cards"][0].figures.waiting == 0


def test_an_unknown_leg_is_not_found(town: "Town", client_of: "Callable[[Role], Client]") -> None:
    assert client_of(Role.COMMANDER).get("/situation/nowhere").status_code == 404


HOURS = st.floats(0.01, 40).map(lambda hours: timedelta(hours=round(hours, 2)))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(st.tuples(HOURS, st.one_of(st.none(), st.floats(0.1, 0.9))), max_size=12))
def test_the_database_counts_what_the_plain_rule_counts(
    town: "Town", at: datetime, drawn: list[tuple[timedelta, float | None]]
) -> None:
    view = situation_figures.View(outbreak=town.outbreak.pk, division="12", now=at, protocol=V8)
    spans = []
    with node_scope():
        Result.objects.all().delete()
        Tube.objects.all().delete()
        for number, (age, share) in enumerate(drawn):
            started, ended = at - age, None if share is None else at - age * share
            tube = Tube.objects.create(
                code=f"P{number}", kind=TubeKind.SINGLE, division="120112101001", sampled_at=started
            )
            if ended is not None:
                tube.results.create(value="negative", division=tube.division, resulted_at=ended)
            # What was sampled before the window says nothing about now.
            if started >= at - situation_figures.WINDOW:
                spans.append(Span(started, ended))
        found = situation_figures.leg_figures(view, Leg.SAMPLE_TO_RESULT)
    plain = figures(Leg.SAMPLE_TO_RESULT, spans, now=at, protocol=V8)
    # Medians of two middles are rounded to a microsecond on either side.
    assert replace(found, median=None, pressure=None) == replace(plain, median=None, pressure=None)
    assert found.pressure == pytest.approx(plain.pressure)


def test_the_query_count_of_the_situation_does_not_grow_with_what_waits(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime, django_assert_max_num_queries: Any
) -> None:
    client = client_of(Role.COMMANDER)
    counts = []
    for more in (1, 12):
        with node_scope():
            for number in range(more):
                positive(town, at - timedelta(hours=3), code=f"Q{more}-{number}")
        with django_assert_max_num_queries(40) as captured:
            client.get("/situation")
            client.get("/situation/detection_to_report")
        counts.append(len(captured))
    assert counts[0] == counts[1]
