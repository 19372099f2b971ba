"""The whole graph of contacts: one answer in any order, equal to the simplest calculation, and why."""

import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liankong import protocols
from liankong.protocols import Protocol, Subject
from liankong.rules.tracing import (
    STRENGTH,
    Grade,
    Infected,
    Link,
    Meeting,
    grade,
    grade_secondary,
    promoted,
)
from liankong.rules.tracing_graph import (
    Finding,
    Followed,
    Graph,
    Verdict,
    first_tests,
    infected_of,
    recompute,
)
from liankong.rules.tracing_regime import regime_of
from liankong.rules.tracing_why import explain
from liankong.vocabulary.kinds import ExposureKind, PersonClass, Protection, ResultValue
from liankong.vocabulary.spans import SHANGHAI, Span

V8, V9 = protocols.load("CN-COV-v8"), protocols.load("CN-COV-v9")
TWENTY, CLASS_B = protocols.load("CN-COV-20"), protocols.load("CN-COV-BB")
CLOSE, SECONDARY, GENERAL = (
    PersonClass.CLOSE_CONTACT,
    PersonClass.SECONDARY_CONTACT,
    PersonClass.GENERAL_CONTACT,
)
CASE = 100


def moment(day: int, hour: int = 12) -> datetime:
    return datetime(2022, 1, 1, hour, tzinfo=SHANGHAI) + timedelta(days=day - 1)


def meets(key: int, contact: int, day: int, **more: Any) -> Meeting:
    values = {
        "kind": ExposureKind.SHARED_MEAL,
        "from_at": moment(day),
        "until_at": moment(day, 13),
        **({} if "via" in more else {"case": CASE}),
        **more,
    }
    return Meeting(key=key, contact=contact, **values)


def graph(*meetings: Meeting, contacts: dict[int, Followed] | None = None, **more: Any) -> Graph:
    there = {one.contact for one in meetings} | {one.via for one in meetings if one.via is not None}
    plain = {key: Followed(found_at=moment(8)) for key in there}
    return Graph(
        contacts=plain | (contacts or {}),
        cases={CASE: Infected(found_at=moment(8), onset_on=date(2022, 1, 8))},
        meetings=meetings,
        **more,
    )


def positive(day: int) -> Finding:
    return Finding(at=moment(day), value=ResultValue.POSITIVE)


def negative(day: int) -> Finding:
    return Finding(at=moment(day), value=ResultValue.NEGATIVE)


def test_the_strongest_meeting_counts_and_all_are_kept() -> None:
    found = recompute(
        graph(
            meets(1, 1, 6, protection=Protection.FULL),
            meets(2, 1, 7),
            meets(3, 1, 8, kind=ExposureKind.VEHICLE, metres=3.0),
        ),
        V8,
    )[1]
    assert found.classification is CLOSE
    assert [found.grades[key].gives for key in (1, 2, 3)] == [GENERAL, CLOSE, GENERAL]
    # The last exposure is that of the class: meeting the case from three metres does not prolong it.
    assert found.last_exposed_at == moment(7, 13)
    assert found.release_on == date(2022, 1, 21)


def test_whoever_is_close_and_secondary_at_once_stays_until_both_regimes_end() -> None:
    late = meets(2, 1, 20, via=2)
    found = recompute(graph(meets(1, 1, 8), late, meets(3, 2, 8)), V8)[1]
    assert found.classification is CLOSE
    # The close contact's fourteen days end on the 22nd, the secondary one's seven on the 27th.
    assert found.release_on == date(2022, 1, 27)


def test_a_contact_of_a_contact_of_a_contact_is_none() -> None:
    found = recompute(graph(meets(1, 1, 7), meets(2, 2, 7, via=1), meets(3, 3, 7, via=2)), V8)
    assert [found[key].classification for key in (1, 2, 3)] == [CLOSE, SECONDARY, None]


def test_a_positive_of_the_linked_contact_promotes_those_inside_its_own_window() -> None:
    ill = {1: Followed(found_at=moment(8), tests=(positive(9),))}
    found = recompute(graph(meets(1, 1, 6), meets(2, 2, 8, via=1), meets(3, 3, 6, via=1), contacts=ill), V8)
    assert found[1].infected
    assert found[1].release_on is None
    assert (found[2].classification, found[2].release_on) == (CLOSE, date(2022, 1, 22))
    # Three days before the sampling is too early to have been infected by them: what they were, they stay.
    assert (found[3].classification, found[3].release_on) == (SECONDARY, date(2022, 1, 13))


def test_under_the_ninth_edition_either_of_the_first_two_tests_promotes_and_the_third_does_not() -> None:
    early = meets(2, 2, 6, via=1)
    for tests, expected in (
        ((negative(9), positive(10)), CLOSE),
        ((positive(9),), CLOSE),
        ((negative(9), negative(10), positive(12)), SECONDARY),
        ((negative(9), negative(10)), SECONDARY),
        (
            (positive(3), negative(9), negative(10)),
            SECONDARY,
        ),  # before they were found, it is no test of a contact
    ):
        followed = {
            1: Followed(found_at=moment(8), tests=tests, case=Infected(found_at=moment(12), excluded=True))
        }
        found = recompute(graph(meets(1, 1, 6), early, contacts=followed), V9)[2]
        assert found.classification is expected, tests


def test_a_promotion_reaches_those_whom_the_promoted_one_met() -> None:
    ill = {1: Followed(found_at=moment(8), tests=(positive(9),))}
    found = recompute(graph(meets(1, 1, 6), meets(2, 2, 8, via=1), meets(3, 3, 9, via=2), contacts=ill), V8)
    assert found[3].classification is SECONDARY


def test_how_many_first_tests_are_open_is_said_under_the_linkage_rule_alone() -> None:
    one = {1: Followed(found_at=moment(8), tests=(negative(9),))}
    meetings = (meets(1, 1, 6), meets(2, 2, 7, via=1))
    assert recompute(graph(*meetings, contacts=one), V9)[2].linkage_open == 1
    assert recompute(graph(*meetings, contacts=one), V8)[2].linkage_open == 0


def test_retired_concepts_reach_through_the_graph() -> None:
    meetings = (meets(1, 1, 7), meets(2, 2, 7, via=1))
    assert recompute(graph(*meetings), TWENTY)[2].classification is None
    assert recompute(graph(*meetings), CLASS_B)[1].classification is None


def test_a_graph_with_a_hole_is_refused() -> None:
    with pytest.raises(ValueError, match="contact 2, who is not given"):
        recompute(Graph(contacts={1: Followed(found_at=moment(8))}, meetings=(meets(1, 1, 7, via=2),)), V8)


# --- in any order, and like the simplest calculation ------------------------------------------------------------


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    people = list(range(1, draw(st.integers(2, 7)) + 1))
    cases = {
        key: Infected(
            found_at=moment(draw(st.integers(6, 12))),
            onset_on=draw(st.none() | st.dates(date(2022, 1, 4), date(2022, 1, 12))),
            sampled_at=draw(st.none() | st.integers(4, 12).map(moment)),
            excluded=draw(st.booleans()),
        )
        for key in (100, 101)
    }
    contacts = {}
    for key in people:
        tests = tuple(
            Finding(at=moment(draw(st.integers(3, 14))), value=draw(st.sampled_from(ResultValue)))
            for _ in range(draw(st.integers(0, 3)))
        )
        contacts[key] = Followed(
            found_at=moment(draw(st.integers(5, 10))),
            controlled_at=draw(st.none() | st.integers(4, 14).map(moment)),
            case=draw(st.none() | st.sampled_from(list(cases.values()))),
            tests=tests,
        )
    meetings = []
    for number in range(draw(st.integers(1, 12))):
        contact = draw(st.sampled_from(people))
        others = [one for one in people if one != contact]
        day = draw(st.integers(2, 13))
        whom: dict[str, int] = (
            {"via": draw(st.sampled_from(others))}
            if draw(st.booleans())
            else {"case": draw(st.sampled_from([100, 101]))}
        )
        meetings.append(
            Meeting(
                key=number + 1,
                contact=contact,
                kind=draw(st.sampled_from(ExposureKind)),
                from_at=moment(day),
                until_at=moment(day + draw(st.integers(0, 3))),
                metres=draw(st.sampled_from([None, 0.5, 2.0])),
                protection=draw(st.sampled_from([Protection.UNKNOWN, Protection.FULL])),
                prolonged=draw(st.sampled_from([None, False])),
                **whom,
            )
        )
    return Graph(contacts=contacts, cases=cases, meetings=tuple(meetings))


def plainly(found: Verdict) -> tuple[object, ...]:
    return (
        found.classification,
        found.infected,
        found.first_exposed_at,
        found.last_exposed_at,
        found.release_on,
        found.followed_until,
        found.linkage_open,
        {key: one.gives for key, one in found.grades.items()},
        found.why.sentence(),
    )


PROTOCOLS = st.sampled_from([V8, V9, TWENTY, CLASS_B, protocols.load("CN-MEA-2009")])


@settings(max_examples=150, deadline=None)
@given(graphs(), PROTOCOLS, st.integers(0, 10**6))
def test_the_order_in_which_facts_came_in_does_not_matter(
    given_graph: Graph, protocol: Protocol, seed: int
) -> None:
    chance = random.Random(seed)  # shuffles a test

    def shuffled(values: Any) -> Any:
        items = list(values)
        chance.shuffle(items)
        return items

    other = Graph(
        contacts={
            key: replace(one, tests=tuple(shuffled(one.tests)))
            for key, one in shuffled(given_graph.contacts.items())
        },
        cases=dict(shuffled(given_graph.cases.items())),
        meetings=tuple(shuffled(given_graph.meetings)),
    )
    one, two = recompute(given_graph, protocol), recompute(other, protocol)
    assert {key: plainly(value) for key, value in one.items()} == {
        key: plainly(value) for key, value in two.items()
    }


def simplest(given_graph: Graph, protocol: Protocol) -> dict[int, PersonClass | None]:
    """Grade every meeting again and again, from nothing, until a whole round changes nothing."""
    regime = regime_of(Subject.SECONDARY_CONTACT, protocol)
    linkage = regime.linkage if regime else None
    grades: dict[int, Grade] = {}

    def link_of(contact: int) -> Link | None:
        close = [
            (one, grades[one.key])
            for one in given_graph.meetings
            if one.contact == contact and one.key in grades and grades[one.key].gives is CLOSE
        ]
        if not close:
            return None
        start = min(found.from_at for _one, found in close if found.from_at)
        end = given_graph.contacts[contact].controlled_at
        if end is not None and end < start:
            return None
        return Link(span=Span(start, end), kinds=frozenset(one.kind for one, _found in close))

    while True:
        fresh = {}
        for one in given_graph.meetings:
            if one.case is not None:
                fresh[one.key] = grade(one, given_graph.cases[one.case], protocol)
                continue
            assert one.via is not None
            followed = given_graph.contacts[one.via]
            found = grade_secondary(one, link_of(one.via), protocol)
            if linkage and found.gives is SECONDARY:
                values = {test.value for test in first_tests(followed, linkage.index_tests.value)}
                if ResultValue.POSITIVE in values:
                    found = promoted(found, linkage.upgrade_to, protocol)
            ill = infected_of(followed)
            both = [found] if ill is None else [grade(one, ill, protocol), found]
            fresh[one.key] = max(both, key=lambda item: STRENGTH[item.gives])
        if {key: one.gives for key, one in fresh.items()} == {key: one.gives for key, one in grades.items()}:
            break
        grades = fresh
    strongest: dict[int, PersonClass | None] = dict.fromkeys(given_graph.contacts)
    for one in given_graph.meetings:
        strongest[one.contact] = max(
            strongest[one.contact], grades[one.key].gives, key=lambda gives: STRENGTH[gives]
        )
    return strongest


@settings(max_examples=150, deadline=None)
@given(graphs(), PROTOCOLS)
def test_the_calculation_agrees_with_the_simplest_one(given_graph: Graph, protocol: Protocol) -> None:
    found = {key: one.classification for key, one in recompute(given_graph, protocol).items()}
    assert found == simplest(given_graph, protocol)


@settings(max_examples=100, deadline=None)
@given(graphs(), st.sampled_from([V8, V9]), st.data())
def test_one_more_meeting_never_weakens_anybody(
    given_graph: Graph, protocol: Protocol, data: st.DataObject
) -> None:
    contact = data.draw(st.sampled_from(sorted(given_graph.contacts)))
    more = replace(given_graph, meetings=(*given_graph.meetings, meets(999, contact, 8, case=100)))
    before, after = recompute(given_graph, protocol), recompute(more, protocol)
    for key in given_graph.contacts:
        assert STRENGTH[after[key].classification] >= STRENGTH[before[key].classification]
        if before[key].release_on is not None and after[key].release_on is not None:
            assert after[key].release_on >= before[key].release_on


# --- why ------------------------------------------------------------------------------------------------------


def otherwise(
    given_graph: Graph, contact: int, protocol: Protocol = V8, day: int = 10
) -> dict[str, tuple[Any, ...]]:
    found = explain(given_graph, contact, protocol, now=moment(day))
    return {
        f"{one.code}{one.values.get('contact', '')}": (one.classification, one.infected, one.release_on)
        for one in found.otherwise
    }


def test_why_says_what_would_change_it() -> None:
    changes = otherwise(graph(meets(1, 1, 8)), 1)
    assert changes["own_positive"] == (CLOSE, True, None)
    assert changes["later_exposure"] == (CLOSE, False, date(2022, 1, 24))
    assert changes["protected"] == (GENERAL, False, None)
    assert changes["case_excluded"] == (None, False, None)
    assert changes["onset"] == (None, False, None)


def test_why_names_the_linked_contact_on_whom_it_hangs() -> None:
    changes = otherwise(graph(meets(1, 1, 7), meets(2, 2, 9, via=1)), 2, V9)
    assert changes["linked_positive1"][0] is CLOSE


def test_why_not_says_by_which_day_the_onset_would_have_to_move() -> None:
    found = explain(graph(meets(1, 1, 4)), 1, V8, now=moment(10))
    assert found.verdict.classification is None
    (onset,) = [one for one in found.otherwise if one.code == "onset"]
    assert onset.values["day"] == "2022-01-06"
    assert onset.classification is CLOSE
    assert "outside the days that count" in found.meetings[0][1].sentence()


@settings(max_examples=60, deadline=None)
@given(graphs(), st.sampled_from([V8, V9, TWENTY, CLASS_B]), st.data())
def test_whatever_is_said_to_change_it_does(
    given_graph: Graph, protocol: Protocol, data: st.DataObject
) -> None:
    contact = data.draw(st.sampled_from(sorted(given_graph.contacts)))
    found = explain(given_graph, contact, protocol, now=moment(14))
    now = (found.verdict.classification, found.verdict.infected, found.verdict.release_on)
    for one in found.otherwise:
        assert (one.classification, one.infected, one.release_on) != now
        assert one.body()["if"].startswith("if ")
