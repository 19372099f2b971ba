"""Places of a case, a zone or a site are sampled and disinfected by order; a result closes it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from support import inside as insides
from support import rows
from support import town as towns
from support.inside import Inside
from support.town import COMMUNITY, Town, seat

from liankong.actions import Refused, disinfection, orders
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Case, Entry, Investigation, Order, Place, Site, Stay
from liankong.vocabulary.kinds import OrderKind, OrderState, OrganisationKind, Role

pytestmark = pytest.mark.django_db
BOTH = (OrderKind.ENVIRONMENT_SAMPLE, OrderKind.DISINFECTION)
SAMPLES = (OrderKind.ENVIRONMENT_SAMPLE,)


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


@pytest.fixture
def inside(town: Town, at: datetime) -> Inside:
    return insides.build(town, at)


@pytest.fixture
def sampler(town: Town, at: datetime) -> Actor:
    return seat(Role.CLINICIAN, town.cdc, at=at - timedelta(days=1))


def a_case(town: Town, inside: Inside, at: datetime) -> Case:
    case = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)
    case.person.household = inside.household
    case.person.save()
    track = Investigation.objects.create(case=case, division=COMMUNITY, organisation=town.cdc, opened_at=at)
    for name, confirmed in (("Market", at), ("Market", at), ("Rumour", None)):
        place, _ = Place.objects.get_or_create(name=name, kind="market", division=COMMUNITY)
        Stay.objects.create(
            person=case.person, investigation=track, division=COMMUNITY, place=place, from_at=at, until_at=at,
            recorded_at=at, confirmed_at=confirmed,
        )  # fmt: skip
    return case


def test_the_places_of_a_confirmed_track_and_the_home_are_ordered_in_one_step(
    town: Town, inside: Inside, at: datetime
) -> None:
    case = a_case(town, inside, at)
    found = disinfection.order_for_case(case=case.pk, what=BOTH, by=town[Role.COMMANDER], at=at)
    assert [(order.kind, order.place.name) for order in found.orders if order.place] == [
        ("environment_sample", "Garden Court"),
        ("disinfection", "Garden Court"),
        ("environment_sample", "Market"),
        ("disinfection", "Market"),
    ]
    assert {order.addressee for order in found.orders} == {town.cdc}
    assert len({order.batch_id for order in found.orders}) == 1
    assert all(order.case_id == case.pk for order in found.orders)
    again = disinfection.order_for_case(case=case.pk, what=BOTH, by=town[Role.COMMANDER], at=at)
    assert (len(again.orders), len(again.standing)) == (0, 4)


def test_a_team_of_its_own_disinfects_where_there_is_one(town: Town, inside: Inside, at: datetime) -> None:
    team = insides.found("team", OrganisationKind.DISINFECTION, "120112", town.district, at)
    found = disinfection.order_places(places=[inside.dwelling.pk], what=BOTH, by=town[Role.COMMANDER], at=at)
    assert [order.addressee for order in found.orders] == [town.cdc, team]
    assert found.orders[0].due_at < found.orders[1].due_at


def test_only_the_outermost_places_of_a_zone_are_ordered(town: Town, inside: Inside, at: datetime) -> None:
    from liankong.store.models import ZonePlace

    zone = insides.zone(town, inside, at)
    stair = Place.objects.create(name="Stair 1", kind="stair", division=COMMUNITY, parent=inside.dwelling)
    ZonePlace.objects.create(zone=zone, place=stair)
    found = disinfection.order_for_zone(zone=zone.pk, what=SAMPLES, by=town[Role.COMMANDER], at=at)
    assert [order.place for order in found.orders] == [inside.dwelling]


def test_a_site_without_a_place_says_so(town: Town, inside: Inside, at: datetime) -> None:
    site = Site.objects.create(organisation=town.cdc, division="120112")
    with pytest.raises(Refused, match="no place of this site"):
        disinfection.order_for_site(site=site.pk, what=BOTH, by=town[Role.COMMANDER], at=at)
    site.place = inside.dwelling
    site.save()
    found = disinfection.order_for_site(site=site.pk, what=BOTH, by=town[Role.COMMANDER], at=at)
    assert len(found.orders) == 2


def test_a_result_closes_the_order_and_says_how_many_points_were_positive(
    town: Town, inside: Inside, sampler: Actor, at: datetime
) -> None:
    order = disinfection.order_places(
        places=[inside.dwelling.pk], what=SAMPLES, by=town[Role.COMMANDER], at=at
    ).orders[0]
    row = disinfection.report(order=order.pk, samples=12, positive=1, by=sampler, at=at + timedelta(hours=1))
    assert row.state == OrderState.DONE
    assert (row.detail["samples"], row.detail["positive"], row.detail["result"]) == (12, 1, "positive")
    assert (row.proof_figure, row.proof) == (1.0, "1 of 12 points positive")
    assert Entry.objects.filter(subject=order.pk).order_by("-pk")[0].kind == "OrderDone"
    with pytest.raises(Refused, match="closed already"):
        disinfection.report(order=order.pk, samples=1, positive=0, by=sampler, at=at)


def test_samples_are_not_closed_without_a_figure_on_the_orders_own_page(
    town: Town, inside: Inside, sampler: Actor, at: datetime
) -> None:
    order = disinfection.order_places(
        places=[inside.dwelling.pk], what=SAMPLES, by=town[Role.COMMANDER], at=at
    ).orders[0]
    with pytest.raises(Refused) as refused:
        orders.finish(order=order.pk, proof="done", by=sampler, at=at)
    assert refused.value.field == "figure"


@pytest.mark.parametrize(
    ("samples", "positive", "field"), [(0, 0, "samples"), (3, 4, "positive"), (3, -1, "positive")]
)
def test_an_impossible_result_is_refused_at_its_field(
    town: Town, inside: Inside, sampler: Actor, at: datetime, samples: int, positive: int, field: str
) -> None:
    order = disinfection.order_places(
        places=[inside.dwelling.pk], what=SAMPLES, by=town[Role.COMMANDER], at=at
    ).orders[0]
    with pytest.raises(Refused) as refused:
        disinfection.report(order=order.pk, samples=samples, positive=positive, by=sampler, at=at)
    assert refused.value.field == field
    with pytest.raises(Refused, match="another organisation"):
        disinfection.report(order=order.pk, samples=3, positive=0, by=inside.clinician, at=at)
    assert Order.objects.get(pk=order.pk).state == OrderState.ISSUED


def test_nothing_is_ordered_nowhere(town: Town, inside: Inside, at: datetime) -> None:
    for places, what, field in (
        ([], BOTH, "places"),
        ([10**9], BOTH, "places"),
        ([inside.dwelling.pk], [], "what"),
        ([inside.dwelling.pk], [OrderKind.TASK], "what"),
    ):
        with pytest.raises(Refused) as refused:
            disinfection.order_places(places=places, what=what, by=town[Role.COMMANDER], at=at)
        assert refused.value.field == field
