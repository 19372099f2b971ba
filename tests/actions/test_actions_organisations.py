"""The command changes in the middle of the night, and what stood before stays on record."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from support import town as towns
from support.town import JINNAN, Town

from liankong.actions import Refused, organisations
from liankong.store import organisations as structure
from liankong.store.access import node_scope
from liankong.vocabulary.kinds import OrganisationKind, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


def test_a_sub_headquarters_exists_from_its_hour_on_and_not_before(town: Town, at: datetime) -> None:
    midnight = at + timedelta(hours=12)
    sub = organisations.found(
        code="sub",
        kind=OrganisationKind.SUB_HEADQUARTERS,
        division=JINNAN,
        name="津南分指挥部",
        parent=town.city,
        from_at=midnight,
        by=town[Role.ADMINISTRATOR],
        at=at,
    )
    before = structure.terms(midnight - timedelta(seconds=1)).values_list("organisation", flat=True)
    after = structure.terms(midnight).values_list("organisation", flat=True)
    assert sub.pk not in before
    assert sub.pk in after


def test_a_district_that_changes_its_superior_keeps_its_history(town: Town, at: datetime) -> None:
    later = at + timedelta(days=1)
    organisations.rearrange(
        organisation=town.cdc.pk,
        name="疾控中心",
        parent=town.city,
        from_at=later,
        by=town[Role.ADMINISTRATOR],
        at=at,
    )
    parents = [term.parent_id for term in town.cdc.terms.order_by("from_at")]
    assert parents == [town.district.pk, town.city.pk]
    assert structure.terms(at).get(organisation=town.cdc).parent == town.district
    assert structure.terms(later).get(organisation=town.cdc).parent == town.city


def test_nobody_answers_to_their_own_subordinate(town: Town, at: datetime) -> None:
    with pytest.raises(Refused) as caught:
        organisations.rearrange(
            organisation=town.district.pk,
            name="区",
            parent=town.cdc,
            from_at=at,
            by=town[Role.ADMINISTRATOR],
            at=at,
        )
    assert caught.value.field == "parent"


def test_a_districts_administrator_leaves_the_city_alone(town: Town, at: datetime) -> None:
    admin = town[Role.ADMINISTRATOR]
    with pytest.raises(Refused, match="jurisdiction"):
        organisations.rearrange(organisation=town.city.pk, name="市", from_at=at, by=admin, at=at)
    with pytest.raises(Refused, match="jurisdiction"):
        organisations.create_post(organisation=town.city.pk, title="二", role=Role.COMMANDER, by=admin, at=at)


def test_a_body_with_others_below_it_is_not_dissolved(town: Town, at: datetime) -> None:
    with pytest.raises(Refused):
        organisations.dissolve(organisation=town.district.pk, until_at=at, by=town[Role.ADMINISTRATOR], at=at)
    organisations.dissolve(organisation=town.cdc.pk, until_at=at, by=town[Role.ADMINISTRATOR], at=at)
    assert not structure.terms(at).filter(organisation=town.cdc).exists()


def test_the_smallest_body_that_covers_a_place_answers_for_it(town: Town, at: datetime) -> None:
    found = structure.responsible(OrganisationKind.HEADQUARTERS, "120112101001", at)
    assert found == town.district
    assert structure.responsible(OrganisationKind.HEADQUARTERS, "120104001001", at) == town.city
    with pytest.raises(structure.NobodyResponsible):
        structure.responsible(OrganisationKind.CDC, "120104001001", at)


def test_an_auditor_cannot_also_be_the_clerk_whose_reading_is_audited(town: Town, at: datetime) -> None:
    post = organisations.create_post(
        organisation=town.district.pk,
        title="登记员二",
        role=Role.REGISTRY_CLERK,
        by=town[Role.ADMINISTRATOR],
        at=at,
    )
    with pytest.raises(Refused):
        organisations.fill_post(
            post=post.pk, user=town[Role.AUDITOR].user, by=town[Role.ADMINISTRATOR], at=at
        )


def test_an_administrator_adds_users_of_their_own_jurisdiction_only(town: Town, at: datetime) -> None:
    admin = town[Role.ADMINISTRATOR]
    with pytest.raises(Refused):
        organisations.create_user(username="x", name="", division="12", password=None, by=admin, at=at)
    user = organisations.create_user(
        username="y", name="", division=JINNAN, password="long enough 1", by=admin, at=at
    )
    assert user.must_change_password
    with pytest.raises(Refused):
        organisations.set_active(user=admin.user, active=False, by=admin, at=at)


def test_a_post_that_is_left_gives_no_rights_any_more(town: Town, at: datetime) -> None:
    admin = town[Role.ADMINISTRATOR]
    user = organisations.create_user(username="z", name="", division=JINNAN, password=None, by=admin, at=at)
    post = organisations.create_post(
        organisation=town.cdc.pk, title="二", role=Role.EPIDEMIOLOGIST, by=admin, at=at
    )
    holding = organisations.fill_post(post=post.pk, user=user.pk, by=admin, at=at)
    assert structure.roles(user, at) == {Role.EPIDEMIOLOGIST}
    organisations.vacate_post(holding=holding.pk, by=admin, at=at + timedelta(hours=1))
    assert structure.roles(user, at + timedelta(hours=1)) == frozenset()
