"""Places are sampled and disinfected in time, and a result can only be a possible one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.protocols.inside import inside
from liankong.rules import disinfection as rules
from liankong.vocabulary.kinds import OrderKind, ResultValue

NOW = datetime(2022, 1, 8, 4, tzinfo=UTC)


def test_samples_are_due_before_the_disinfection() -> None:
    norms = inside().disinfection
    sample, clean = (rules.task(kind, now=NOW) for kind in rules.KINDS)
    assert (
        sample.due_at - NOW == norms.sample_within.value < norms.disinfect_within.value == clean.due_at - NOW
    )
    assert "disinfection.sample_within" in sample.why.basis
    with pytest.raises(ValueError, match="neither"):
        rules.task(OrderKind.TASK, now=NOW)


@given(samples=st.integers(-5, 20_000), positive=st.integers(-5, 20_000))
def test_a_result_counts_no_more_positive_points_than_points(samples: int, positive: int) -> None:
    judged = rules.may_report(samples=samples, positive=positive)
    assert judged.allowed is (1 <= samples <= rules.MOST_POINTS and 0 <= positive <= samples)
    assert "{" not in judged.message


def test_one_positive_point_makes_the_place_positive() -> None:
    assert [rules.value(positive=count) for count in (0, 1, 7)] == [
        ResultValue.NEGATIVE,
        ResultValue.POSITIVE,
        ResultValue.POSITIVE,
    ]
