"""Rooms: the right one, never mixed, and what a site may do with it; the release checklist; the reserve."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong import protocols
from liankong.protocols import Subject
from liankong.protocols.sites import site_norms
from liankong.rules.capacity import SiteRooms, reserve
from liankong.rules.isolation_release import DueTest, Item, ReleaseFacts, Swab, checklist
from liankong.rules.isolation_rooms import NoRoom, RoomFacts, RoomNeed, choose_room, room_step
from liankong.vocabulary.kinds import Mobility, ResultValue, RoomState

V8, V9 = protocols.load("CN-COV-v8"), protocols.load("CN-COV-v9")
NEGATIVE, POSITIVE = ResultValue.NEGATIVE, ResultValue.POSITIVE
EXPOSED = date(2022, 1, 1)
DAY_14 = date(2022, 1, 15)


def room(key: int, **more: object) -> RoomFacts:
    return RoomFacts(**{"key": key, "site": 1, "floor": 1, "beds": 1} | more)  # type: ignore[arg-type]  # a shorthand


def test_a_single_person_gets_the_smallest_room_and_leaves_the_accessible_one() -> None:
    rooms = [room(1, accessible=True), room(2, beds=2), room(3)]
    assert choose_room(RoomNeed(), rooms, {}).room == 3
    assert choose_room(RoomNeed(mobility=(Mobility.WHEELCHAIR,)), rooms, {}).room == 1
    assert choose_room(RoomNeed(people=2), rooms, {}).room == 2


def test_a_near_site_comes_before_a_floor_in_use() -> None:
    rooms = [room(1, site=1, distance=9.0), room(2, site=2, distance=2.0)]
    assert choose_room(RoomNeed(), rooms, {(1, 1): frozenset({False})}).room == 2


@pytest.mark.parametrize(
    ("need", "rooms", "floors", "hindrance"),
    [
        (RoomNeed(), [room(1, held=True), room(2, state=RoomState.CLEANING)], {}, NoRoom.NONE_FREE),
        (RoomNeed(people=3), [room(1, beds=2)], {}, NoRoom.TOO_SMALL),
        (RoomNeed(mobility=(Mobility.STRETCHER,)), [room(1)], {}, NoRoom.NOT_ACCESSIBLE),
        (RoomNeed(infected=True), [room(1)], {(1, 1): frozenset({False})}, NoRoom.FLOOR_MIXED),
    ],
)
def test_a_refusal_says_what_stands_in_the_way(
    need: RoomNeed, rooms: list[RoomFacts], floors: dict[tuple[int, int], frozenset[bool]], hindrance: NoRoom
) -> None:
    choice = choose_room(need, rooms, floors)
    assert (choice.room, choice.hindrance) == (None, hindrance)
    assert choice.why.sentence()


facts = st.builds(
    RoomFacts,
    key=st.integers(1, 10**6),
    site=st.integers(1, 3),
    floor=st.integers(1, 4),
    beds=st.integers(1, 4),
    accessible=st.booleans(),
    state=st.sampled_from(list(RoomState)),
    held=st.booleans(),
    distance=st.floats(0, 50),
)
needs = st.builds(
    RoomNeed,
    people=st.integers(1, 4),
    infected=st.booleans(),
    mobility=st.lists(st.sampled_from(list(Mobility)), min_size=1, max_size=4).map(tuple),
)
floors_ = st.dictionaries(
    st.tuples(st.integers(1, 3), st.integers(1, 4)), st.booleans().map(lambda one: frozenset({one}))
)


@given(needs, st.lists(facts, max_size=12, unique_by=lambda one: one.key), floors_)
def test_a_room_is_found_exactly_when_one_fits_and_what_is_found_fits(
    need: RoomNeed, rooms: list[RoomFacts], floors: dict[tuple[int, int], frozenset[bool]]
) -> None:
    def fits(one: RoomFacts) -> bool:
        return (
            one.state is RoomState.READY
            and not one.held
            and one.beds >= need.people
            and (one.accessible or all(how is Mobility.WALKS for how in need.mobility))
            and (not need.infected) not in floors.get((one.site, one.floor), frozenset())
        )

    choice = choose_room(need, rooms, floors)
    fitting = {one.key for one in rooms if fits(one)}
    assert (choice.room is not None) == bool(fitting)
    assert choice.room is None or choice.room in fitting


def test_an_occupied_room_is_never_emptied_by_hand_and_a_held_one_stays_ready() -> None:
    for after in (RoomState.READY, RoomState.CLEANING, RoomState.CLOSED):
        assert not room_step(RoomState.OCCUPIED, after, held=True).allowed
    assert not room_step(RoomState.READY, RoomState.CLOSED, held=True).allowed
    assert not room_step(RoomState.READY, RoomState.OCCUPIED, held=False).allowed
    assert room_step(RoomState.CLEANING, RoomState.READY, held=False).allowed


# --- release ------------------------------------------------------------------------------------------------------


def stay(**more: object) -> ReleaseFacts:
    tests = tuple(DueTest(on=EXPOSED + timedelta(days=day), value=NEGATIVE) for day in (1, 4, 7, 14, 14))
    given_: dict[str, object] = {
        "subject": Subject.CLOSE_CONTACT,
        "starts_on": EXPOSED,
        "on": DAY_14,
        "due_tests": tests,
        "swabs": (Swab(at=1.0, value=NEGATIVE),),
    }
    return ReleaseFacts(**(given_ | more))  # type: ignore[arg-type]  # a test's shorthand


def missing(facts: ReleaseFacts, protocol: protocols.Protocol = V8) -> list[Item]:
    return [line.item for line in checklist(facts, protocol).missing]


def test_a_complete_stay_under_v8_is_released_to_seven_days_at_home() -> None:
    found = checklist(stay(), V8)
    assert found.met and found.progress == (4, 4)
    assert found.on == DAY_14
    assert found.then is not None and found.then.last == DAY_14 + timedelta(days=7)


def test_a_day_too_early_is_a_day_too_early() -> None:
    found = checklist(stay(on=DAY_14 - timedelta(days=1)), V8)
    assert Item.DAY in [line.item for line in found.missing]
    assert "1 days are left" in found.lines[0].why.sentence()


def test_a_missed_test_names_its_day() -> None:
    tests = (*stay().due_tests[1:], DueTest(on=date(2022, 1, 2)))
    found = checklist(stay(due_tests=tests), V8)
    assert [line.item for line in found.missing] == [Item.TESTS]
    assert "2022-01-02" in found.missing[0].why.sentence()


def test_a_laboratorys_result_stands_for_a_check_that_nobody_ticked() -> None:
    tests = (*stay().due_tests[1:], DueTest(on=date(2022, 1, 2)))
    assert missing(stay(due_tests=tests, results=((date(2022, 1, 2), NEGATIVE),))) == []


def test_one_sample_is_not_two_where_two_are_asked_for_and_v9_asks_for_one() -> None:
    assert missing(stay(due_tests=stay().due_tests[:-1])) == [Item.DOUBLE_TEST]
    seven = tuple(DueTest(on=EXPOSED + timedelta(days=day), value=NEGATIVE) for day in (1, 2, 3, 5, 7))
    assert missing(stay(on=date(2022, 1, 8), due_tests=seven), V9) == []


def test_a_positive_test_is_never_outweighed_by_later_negatives() -> None:
    assert Item.TESTS in missing(stay(results=((date(2022, 1, 9), POSITIVE), (DAY_14, NEGATIVE))))


def test_a_positive_swab_of_the_room_blocks_until_a_later_one_excludes_it() -> None:
    first = (Swab(at=1.0, value=POSITIVE),)
    assert missing(stay(swabs=first)) == [Item.ROOM_SWABS]
    assert missing(stay(swabs=(*first, Swab(at=2.0, value=NEGATIVE)))) == []
    elsewhere = (Swab(at=1.0, value=NEGATIVE), Swab(at=2.0, value=POSITIVE, where="site"))
    assert missing(stay(swabs=elsewhere)) == [Item.ROOM_SWABS]


def test_a_room_that_nobody_swabbed_blocks_where_the_protocol_asks_and_a_home_has_no_room_to_swab() -> None:
    assert missing(stay(swabs=())) == [Item.ROOM_SWABS]
    at_home = stay(swabs=(), granted_home=True, on=DAY_14 + timedelta(days=7))
    assert Item.ROOM_SWABS not in missing(at_home)


def test_no_test_on_record_is_not_all_tests_negative() -> None:
    assert Item.TESTS in missing(stay(due_tests=()))


# --- reserve ------------------------------------------------------------------------------------------------------


def test_twenty_rooms_for_ten_thousand_before_may_2022_and_sixty_after() -> None:
    sites = [SiteRooms(rooms=1000, free=700, occupied=300)]
    tianjin = reserve("120112", population=1_000_000, sites=sites, on=date(2022, 1, 8))
    assert (tianjin.need, tianjin.have, tianjin.gap) == (2000, 1000, 1000)
    assert reserve("120112", population=1_000_000, sites=sites, on=date(2022, 6, 1)).need == 6000
    assert reserve("411700", population=1_000_000, sites=sites, on=date(2022, 4, 10)).need == 4000
    before = reserve("120112", population=1_000_000, sites=sites, on=date(2021, 1, 1))
    assert before.need is None and before.gap == 0 and before.steps == ()


def test_a_third_is_ready_in_a_day_half_in_two_and_all_in_three() -> None:
    sites = [
        SiteRooms(rooms=10, free=10, occupied=0),
        SiteRooms(rooms=30, free=30, occupied=0, ready_within=timedelta(hours=24)),
        SiteRooms(rooms=20, free=20, occupied=0, ready_within=timedelta(hours=72)),
    ]
    found = reserve("120112", population=30_000, sites=sites, on=date(2022, 1, 8))
    assert [(one.need, one.have, one.gap) for one in found.steps] == [(20, 40, 0), (30, 40, 0), (60, 60, 0)]
    assert "20" in found.why.sentence() and found.why.numbers[0].grade == "S2"


@given(st.integers(0, 20_000_000))
def test_the_ramp_never_falls_and_ends_at_the_whole_need(population: int) -> None:
    found = reserve("120112", population=population, sites=(), on=date(2022, 1, 8))
    needs_ = [one.need for one in found.steps]
    assert needs_ == sorted(needs_) and needs_[-1] == found.need
    assert found.need is not None and abs(needs_[0] - found.need / 3) <= 1


def test_every_number_of_the_sites_file_has_an_instrument() -> None:
    norms = site_norms()
    paths = [path for path, _leaf in norms.leaves()]
    assert len(paths) == len(set(paths)) >= 12
    assert all(norms.cite(path).instrument for path in paths)
