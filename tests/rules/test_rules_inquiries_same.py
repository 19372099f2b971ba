"""When three cities ask: is it the same person? And where is a contact to be asked for?"""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.rules.inquiries_same import Seen, conflicting, joins, keyed, same_subject, whereabouts
from liankong.vocabulary.spans import SHANGHAI

AT = datetime(2022, 1, 8, 12, tzinfo=SHANGHAI)
kinds = ("id", "phone", "name", "name_home", "name_trip", "trip", "place", "goods")
keys = st.dictionaries(st.sampled_from(kinds), st.sampled_from("ab")).map(
    lambda found: [f"{kind}:{value}" for kind, value in found.items()]
)


def test_two_id_numbers_decide_alone() -> None:
    assert same_subject(["id:a", "phone:a"], ["id:a", "phone:b"])
    assert not same_subject(["id:a", "phone:a", "name:a"], ["id:b", "phone:a", "name:a"])


def test_a_shared_phone_is_one_person_unless_the_names_differ() -> None:
    assert same_subject(["phone:a", "name:a"], ["phone:a", "name:a"])
    assert same_subject(["phone:a"], ["phone:a", "name:a"])
    assert not same_subject(["phone:a", "name:a"], ["phone:a", "name:b"])


def test_a_name_alone_is_nobody_in_particular() -> None:
    assert not same_subject(["name:a"], ["name:a"])
    assert same_subject(["name:a", "name_home:a"], ["name:a", "name_home:a"])
    assert same_subject(["name:a", "name_trip:a"], ["name:a", "name_trip:a"])


def test_a_request_that_contradicts_one_of_a_jobs_requests_makes_a_job_of_its_own() -> None:
    job = [["id:a", "phone:a"], ["phone:a", "name:a"]]
    assert joins(["phone:a"], job)
    assert not joins(["id:b", "phone:a", "name:a"], job)


@given(one=keys, other=keys)
def test_sameness_has_no_side_and_never_contradicts_itself(one: list[str], other: list[str]) -> None:
    assert same_subject(one, other) == same_subject(other, one)
    assert not (same_subject(one, other) and conflicting(one, other))


@given(one=keys)
def test_nothing_in_common_is_never_the_same(one: list[str]) -> None:
    assert not same_subject(one, [key.replace(":a", ":c").replace(":b", ":d") for key in one])


@pytest.mark.parametrize("key", ["a", "nobody:a", ""])
def test_a_key_of_no_kind_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="kind"):
        keyed([key])


# --- where ---------------------------------------------------------------------------------------------------


def seen(division: str, hours: int) -> Seen:
    return Seen(division=division, until=AT + timedelta(hours=hours))


def test_where_somebody_was_last_seen_after_the_exposure_counts_before_where_they_live() -> None:
    stays = [seen("4117", 2), seen("120103", 5), seen("310101", -3)]
    assert whereabouts("120112", stays, exposed_at=AT) == "120103"
    assert whereabouts("120112", [seen("310101", -3)], exposed_at=AT) == "120112"
    assert whereabouts("120112", [], exposed_at=AT) == "120112"
    assert whereabouts("120112", [seen("310101", -3)], exposed_at=None) == "310101"


@given(hours=st.lists(st.integers(-50, 50), unique=True))
def test_no_stay_from_before_the_exposure_is_ever_asked_for(hours: list[int]) -> None:
    stays = [Seen(division=f"{number + 100:06d}", until=AT + timedelta(hours=number)) for number in hours]
    found = whereabouts("home", stays, exposed_at=AT)
    after = [number for number in hours if number > 0]
    assert found == (f"{max(after) + 100:06d}" if after else "home")
