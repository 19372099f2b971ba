"""What a result on a tube means, and for whom."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong import protocols
from liankong.protocols import Protocol, Subject
from liankong.rules.lab import LabAction, interpret, members_to_retest, settle
from liankong.vocabulary.kinds import ResultValue, TubeKind

V8 = protocols.load("CN-COV-v8")
TWENTY = protocols.load("CN-COV-20")
MEASLES = protocols.load("CN-MEA-2009")
ALL = [one for one in protocols.available() if not one.divisions]

any_protocol = st.sampled_from(ALL)
shared_tubes = st.sampled_from([TubeKind.POOL, TubeKind.HOUSEHOLD])
people = st.lists(st.integers(1, 10**9), min_size=1, max_size=25, unique=True)


def test_a_positive_single_tube_opens_a_case_for_its_person_alone() -> None:
    decision = interpret(ResultValue.POSITIVE, TubeKind.SINGLE, ["lin"], V8)
    assert decision.opens_case
    assert decision.open_for == ("lin",)
    assert decision.retest == ()


def test_a_positive_pool_is_recalled_whole_since_any_member_may_be_the_positive_one() -> None:
    decision = interpret(ResultValue.POSITIVE, TubeKind.POOL, list("abcdefghij"), V8)
    assert decision.recall
    assert decision.retest == tuple("abcdefghij")
    assert decision.hold
    assert decision.open_for == ()
    assert decision.within == timedelta(hours=6)


def test_the_recall_says_on_which_numbers_it_rests() -> None:
    why = interpret(ResultValue.POSITIVE, TubeKind.POOL, [1, 2], V8).why
    assert (why.rule, why.protocol, why.digest) == ("lab.interpret", "CN-COV-v8", V8.digest)
    assert [number.path for number in why.numbers] == [
        "laboratory.recall_pool",
        "laboratory.diagnose_from_pool",
        "clocks.reswab",
    ]
    assert "any of its 2 members" in why.sentence()
    assert why.sentence(lambda text: text.replace("members", "成员")).startswith(
        "The tube is positive and any of its 2 成员"
    )
    assert len(str(why)) <= 200
    assert why.body()["numbers"][2] == {
        "path": "clocks.reswab",
        "value": "6 h",
        "instrument": why.numbers[2].instrument,
        "grade": "S3",
    }


def test_a_positive_household_tube_is_recalled_even_when_one_person_lives_there() -> None:
    """The rule goes by the tube: a diagnosis needs the person's own single swab."""
    assert interpret(ResultValue.POSITIVE, TubeKind.HOUSEHOLD, [7], V8).recall


def test_where_no_limit_is_stated_the_recall_is_at_once() -> None:
    decision = interpret(ResultValue.POSITIVE, TubeKind.POOL, [1, 2], MEASLES)
    assert decision.recall
    assert decision.within == timedelta(0)


def test_an_unreadable_tube_is_taken_again_without_holding_anybody() -> None:
    for kind, members in ((TubeKind.SINGLE, [1]), (TubeKind.POOL, [1, 2, 3])):
        decision = interpret(ResultValue.INVALID, kind, members, V8)
        assert (decision.action, decision.retest, decision.hold) == (LabAction.REPEAT, tuple(members), False)


@pytest.mark.parametrize(("protocol", "most"), [("CN-COV-v8", 10), ("CN-COV-v8-T3", 20), ("CN-COV-v9", 20)])
def test_a_negative_is_believed_up_to_the_validated_number_of_swabs(protocol: str, most: int) -> None:
    edition = protocols.load(protocol)
    assert interpret(ResultValue.NEGATIVE, TubeKind.POOL, most, edition).action is LabAction.NEGATIVE
    over = interpret(ResultValue.NEGATIVE, TubeKind.POOL, most + 1, edition)
    assert over.action is LabAction.REPEAT
    assert len(over.retest) == most + 1
    assert f"{most + 1} swabs" in over.why.sentence()


# --- the twenty measures' threshold for entrants ----------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "ct", "action"),
    [
        (ResultValue.POSITIVE, 34.99, LabAction.OPEN_CASE),
        (ResultValue.POSITIVE, 35.0, LabAction.NEGATIVE),
        (ResultValue.POSITIVE, 39.0, LabAction.NEGATIVE),
        (ResultValue.NEGATIVE, 34.0, LabAction.REPEAT),
        (ResultValue.NEGATIVE, 36.0, LabAction.NEGATIVE),
        (ResultValue.POSITIVE, None, LabAction.OPEN_CASE),
        (ResultValue.NEGATIVE, None, LabAction.NEGATIVE),
    ],
)
def test_an_entrant_is_judged_by_ct_under_the_twenty_measures(
    value: ResultValue, ct: float | None, action: LabAction
) -> None:
    assert interpret(value, TubeKind.SINGLE, [1], TWENTY, ct=ct, subject=Subject.ENTRANT).action is action


def test_a_laboratory_that_contradicts_its_own_ct_holds_the_person_until_it_is_settled() -> None:
    decision = interpret(ResultValue.NEGATIVE, TubeKind.SINGLE, [1], TWENTY, ct=20, subject=Subject.ENTRANT)
    assert decision.hold
    assert decision.retest == (1,)


@pytest.mark.parametrize("subject", [None, Subject.RESIDENT, Subject.CLOSE_CONTACT])
def test_the_threshold_is_for_entrants_alone(subject: Subject | None) -> None:
    decision = interpret(ResultValue.POSITIVE, TubeKind.SINGLE, [1], TWENTY, ct=38, subject=subject)
    assert decision.opens_case


def test_earlier_editions_have_no_threshold() -> None:
    assert interpret(
        ResultValue.POSITIVE, TubeKind.SINGLE, [1], V8, ct=38, subject=Subject.ENTRANT
    ).opens_case


# --- nonsense ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ct", [0, -1, float("nan"), float("inf")])
def test_an_impossible_ct_is_refused(ct: float) -> None:
    with pytest.raises(ValueError, match="cycle threshold"):
        interpret(ResultValue.POSITIVE, TubeKind.SINGLE, [1], V8, ct=ct)


def test_a_tube_without_members_and_a_single_tube_with_two_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one member"):
        interpret(ResultValue.POSITIVE, TubeKind.POOL, [], V8)
    with pytest.raises(ValueError, match="this one has 2"):
        interpret(ResultValue.POSITIVE, TubeKind.SINGLE, [1, 2], V8)


# --- always ----------------------------------------------------------------------------------------------


@given(st.sampled_from(list(ResultValue)), shared_tubes, people, any_protocol)
def test_no_shared_tube_ever_opens_a_case(
    value: ResultValue, kind: TubeKind, members: list[int], protocol: Protocol
) -> None:
    assert interpret(value, kind, members, protocol).open_for == ()


@given(shared_tubes, people, any_protocol)
def test_a_positive_shared_tube_leaves_nobody_out(
    kind: TubeKind, members: list[int], protocol: Protocol
) -> None:
    decision = interpret(ResultValue.POSITIVE, kind, members, protocol)
    assert set(decision.retest) == set(members)
    assert decision.hold


@given(shared_tubes, people, any_protocol)
def test_a_member_named_twice_is_swabbed_once(kind: TubeKind, members: list[int], protocol: Protocol) -> None:
    decision = interpret(ResultValue.POSITIVE, kind, members + members, protocol)
    assert decision.retest == tuple(members)


@given(st.sampled_from(list(ResultValue)), shared_tubes, people, any_protocol)
def test_how_many_gives_the_same_decision_as_who(
    value: ResultValue, kind: TubeKind, members: list[int], protocol: Protocol
) -> None:
    who, many = interpret(value, kind, members, protocol), interpret(value, kind, len(members), protocol)
    assert (who.action, who.hold, who.within, len(who.retest)) == (
        many.action,
        many.hold,
        many.within,
        len(many.retest),
    )


# --- after the recall -------------------------------------------------------------------------------------


def test_only_those_without_a_single_test_of_their_own_are_still_to_be_swabbed() -> None:
    assert members_to_retest([3, 1, 2, 1], tested_since={1}) == (3, 2)


def test_nobody_is_released_while_one_member_still_waits() -> None:
    waiting = settle("abc", {"a": ResultValue.NEGATIVE, "b": ResultValue.NEGATIVE})
    assert (waiting.settled, waiting.waiting, waiting.released) == (False, ("c",), ())
    done = settle("abc", {"a": ResultValue.NEGATIVE, "b": ResultValue.NEGATIVE, "c": ResultValue.POSITIVE})
    assert (done.settled, done.positive, done.released) == (True, ("c",), ("a", "b"))


def test_an_unreadable_single_counts_as_waiting() -> None:
    assert settle("a", {"a": ResultValue.INVALID}).waiting == ("a",)


@given(people, st.data())
def test_a_settled_tube_accounts_for_every_member_once(members: list[int], data: st.DataObject) -> None:
    singles = {
        member: data.draw(st.sampled_from(list(ResultValue)))
        for member in members
        if data.draw(st.booleans())
    }
    found = settle(members, singles)
    accounted = [*found.waiting, *found.positive, *found.released]
    assert len(accounted) == len(set(accounted))
    assert found.settled == (set(accounted) == set(members) and not found.waiting)
    if found.waiting:
        assert found.released == ()
