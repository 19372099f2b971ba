from collections import Counter, defaultdict
from datetime import timedelta

from drill_worlds import SEED, demo_city, town

from liankong.drill import numbers, organisations, people
from liankong.drill.places import STAGES
from liankong.drill.records import HouseholdKind, Part, PlaceKind
from liankong.vocabulary.kinds import OrganisationKind, PersonKind, Role
from liankong.vocabulary.spans import SHANGHAI

KIND_YEARS = {stage.kind: (stage.first, stage.last) for stage in STAGES}


def test_pupils_have_the_age_of_their_school_and_class() -> None:
    city = demo_city()
    years = people.school_years(city.people["birth"])
    held = city.places
    seen: Counter[PlaceKind] = Counter()
    ages: dict[int, set[int]] = defaultdict(set)
    for row, place, group, part in zip(held.row, held.place, held.group, held.part, strict=True):
        kind = held.kind_of(int(place))
        if part == list(Part).index(Part.PUPIL) and kind in KIND_YEARS:
            first, last = KIND_YEARS[kind]
            assert first <= years[row] <= last
            ages[int(group)].add(int(years[row]))
            seen[kind] += 1
    assert all(len(found) == 1 for found in ages.values())
    assert set(seen) == set(KIND_YEARS)


def test_every_child_of_school_age_has_one_class_and_every_class_a_teacher() -> None:
    city = demo_city()
    years = people.school_years(city.people["birth"])
    held = city.places
    parts = list(Part)
    classes: Counter[int] = Counter()
    taught: set[int] = set()
    groups: set[int] = set()
    for row, place, group, part in zip(held.row, held.place, held.group, held.part, strict=True):
        if held.kind_of(int(place)) in KIND_YEARS:
            groups.add(int(group))
            if parts[part] is Part.PUPIL:
                classes[int(row)] += 1
            else:
                taught.add(int(group))
    pupils = {row for row in range(city.size) if 3 <= years[row] <= 17 and not city.people["dormitory"][row]}
    assert set(classes) == pupils
    assert set(classes.values()) == {1}
    assert taught == groups


def test_classes_and_teams_keep_to_their_largest_size() -> None:
    held = demo_city().places
    data = numbers.load("places")
    sizes = Counter(zip(held.group.tolist(), held.part.tolist(), strict=True))
    kinds = dict(zip(held.group.tolist(), (held.kind_of(int(place)) for place in held.place), strict=True))
    for (group, part), size in sizes.items():
        if kinds[group] in KIND_YEARS and part == 0:
            assert size <= data.number("school", "class_size")
        if kinds[group] in (PlaceKind.WORKPLACE, PlaceKind.MARKET, PlaceKind.RESTAURANT):
            assert size <= data.number("work", "team")


def test_places_stand_in_communities_of_the_city_inside_their_districts_box() -> None:
    city = demo_city()
    lived_in = {item.code for item in city.communities}
    boxes = numbers.load("places")
    assert {place.kind for place in city.places.places} >= {
        PlaceKind.PRIMARY_SCHOOL,
        PlaceKind.TRAINING_CENTRE,
        PlaceKind.MARKET,
        PlaceKind.RESTAURANT,
        PlaceKind.HOSPITAL,
        PlaceKind.BUS_LINE,
        PlaceKind.WORKPLACE,
    }
    for number, place in enumerate(city.places.places, start=1):
        assert place.place == number
        assert place.division in lived_in
        longitude, latitude, width, height = boxes.value("box", place.division[:6])
        assert abs(place.longitude - longitude) <= width + 1e-4
        assert abs(place.latitude - latitude) <= height + 1e-4
    assert len({place.name for place in city.places.places}) == len(city.places.places)


def test_records_say_what_the_arrays_say() -> None:
    city = town()
    persons, households = list(city.persons()), list(city.households())
    assert [person.person for person in persons] == list(range(1, city.size + 1))
    assert [house.household for house in households] == list(range(1, len(households) + 1))
    members = Counter(person.household for person in persons)
    assert all(house.members == members[house.household] for house in households)
    for person in persons:
        house = households[person.household - 1]
        assert person.actual == house.address
        assert (person.kind is PersonKind.VISITOR) == (len(person.registered.division) == 6)
    assert {house.kind for house in households} == set(HouseholdKind)
    places = len(city.places.places)
    for membership in city.memberships():
        assert 1 <= membership.person <= city.size
        assert 1 <= membership.place <= places
        assert membership.group


def test_household_rows_are_the_household() -> None:
    city = town()
    for row in range(0, city.size, 97):
        rows = city.household_rows(row)
        assert row in rows
        assert set(city.people["household"][list(rows)].tolist()) == {int(city.people["household"][row])}
        assert (city.people["household"] == city.people["household"][row]).sum() == len(rows)


def test_an_address_reads_like_one() -> None:
    line = next(town().households()).address.line()
    assert "号楼" in line
    assert "单元" in line
    assert line.endswith("室")


def test_all_sixteen_districts_have_headquarters_and_a_cdc_and_the_city_one_office_and_five_departments() -> (
    None
):
    structure = organisations.structure(SEED)
    headquarters = structure.of_kind(OrganisationKind.HEADQUARTERS)
    assert len([item for item in headquarters if len(item.division) == 6]) == 16
    assert {item.division for item in structure.of_kind(OrganisationKind.CDC)} == {
        item.division for item in headquarters if len(item.division) == 6
    }
    assert len(structure.of_kind(OrganisationKind.OFFICE)) == 1
    departments = structure.of_kind(OrganisationKind.DEPARTMENT)
    assert [item.name_known for item in departments] == [True, True, True, True, False]
    assert len(structure.of_kind(OrganisationKind.HOSPITAL)) == 2


def test_the_sub_headquarters_begins_at_its_hour() -> None:
    (sub,) = organisations.structure(SEED).of_kind(OrganisationKind.SUB_HEADQUARTERS)
    assert sub.from_at.astimezone(SHANGHAI).isoformat() == "2022-01-14T00:00:00+08:00"
    assert sub.parent == "hq-12"
    assert sub.from_at.utcoffset() == timedelta(0)


def test_superiors_come_first_and_every_post_is_held_by_a_user_of_its_organisation() -> None:
    structure = organisations.structure(SEED)
    known: set[str] = set()
    for item in structure.organisations:
        assert item.parent is None or item.parent in known
        assert item.code not in known
        known.add(item.code)
    users = {user.username: user for user in structure.users}
    assert len(users) == len(structure.users)
    for post in structure.posts:
        assert users[post.user].organisation == post.organisation
    assert {post.role for post in structure.posts} == set(Role)
    assert all(any(post.organisation == code for post in structure.posts) for code in known)
