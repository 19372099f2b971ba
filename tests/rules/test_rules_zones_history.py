"""A zone is what its history says: nothing is rewritten, nothing is in force without what the law asks for."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.rules import zones_history as history
from liankong.rules.zones_history import Standing, Step, UnlawfulChangeError
from liankong.vocabulary.kinds import ZoneChange, ZoneState
from liankong.vocabulary.spans import SHANGHAI, aware, local_day

NOW = datetime(2022, 1, 8, 12, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)
SIGNED: dict[str, Any] = {
    "kind": "lockdown",
    "from_at": aware(NOW),
    "clock_from": aware(NOW),
    "review_on": local_day(NOW),
    "expires_at": aware(NOW + 24 * HOUR),
    "legal_basis": "Law, article 42",
    "signer": 7,
}

MOMENTS = st.none() | st.integers(-48, 24 * 30).map(lambda hours: aware(NOW + hours * HOUR))
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["lockdown", "control"]),
        "from_at": MOMENTS,
        "clock_from": MOMENTS,
        "review_on": st.none() | st.just(local_day(NOW)),
        "expires_at": MOMENTS,
        "legal_basis": st.sampled_from(["", " ", "Law, article 42"]),
        "signer": st.none() | st.integers(1, 3),
        "lowered_from": st.sampled_from(["", "high"]),
        "pending_kind": st.sampled_from(["", "lockdown"]),
    },
)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(list(ZoneChange)),
        st.sampled_from([None, 7]),
        st.sampled_from(["", "why"]),
        st.sampled_from([{}, SIGNED]),
        VALUES,
    ),
    max_size=12,
)


def play(moves: list[tuple[ZoneChange, int | None, str, dict[str, Any], dict[str, Any]]]) -> Any:
    """Every standing with the steps that led to it; unlawful moves leave both as they were."""
    standing = Standing(kind="lockdown")
    steps = [history.propose(standing, at=NOW, by=None, reason="a case lives here")]
    seen = [(standing, list(steps))]
    for at, (change, by, reason, signed, values) in enumerate(moves):
        try:
            standing, step = history.advance(
                standing, change, at=NOW + at * HOUR, by=by, reason=reason, **{**signed, **values}
            )
        except UnlawfulChangeError:
            pass
        else:
            steps.append(step)
        seen.append((standing, list(steps)))
    return seen


@given(moves=MOVES)
def test_the_standing_is_always_what_the_steps_amount_to(moves: Any) -> None:
    for standing, steps in play(moves):
        assert history.fold(steps) == standing


@given(moves=MOVES)
def test_history_only_grows_and_each_step_begins_where_the_last_ended(moves: Any) -> None:
    seen = play(moves)
    for (_one, before), (_other, after) in itertools.pairwise(seen):
        assert after[: len(before)] == before
    _standing, steps = seen[-1]
    body: dict[str, Any] = {}
    for step in steps:
        assert {key: body[key] for key in step.before} == dict(step.before)
        body |= step.after


@given(moves=MOVES)
def test_no_zone_is_ever_in_force_without_basis_begin_review_end_and_signer(moves: Any) -> None:
    for standing, steps in play(moves):
        if standing.state is ZoneState.IN_FORCE:
            assert history.lacks(standing) == ()
            assert any(step.change is ZoneChange.APPROVED and step.by is not None for step in steps)


@given(moves=MOVES, hours=st.integers(-100, 24 * 40))
def test_past_its_end_a_zone_binds_nobody_whatever_its_row_says(moves: Any, hours: int) -> None:
    now = NOW + hours * HOUR
    for standing, _steps in play(moves):
        if history.in_effect(standing, now=now):
            assert standing.state is ZoneState.IN_FORCE
            assert standing.from_at is not None
            assert standing.expires_at is not None
            assert standing.from_at <= now < standing.expires_at


@given(moves=MOVES)
def test_what_was_lifted_or_rejected_never_changes_again(moves: Any) -> None:
    seen = play(moves)
    for (before, _one), (after, _other) in itertools.pairwise(seen):
        if before.state in (ZoneState.LIFTED, ZoneState.REJECTED):
            assert after == before


def test_a_rule_may_restart_a_clock_but_not_sign_lift_or_extend() -> None:
    standing, _step = history.advance(Standing(), ZoneChange.APPROVED, at=NOW, by=7, **SIGNED)
    for change in (ZoneChange.LIFTED, ZoneChange.EXTENDED, ZoneChange.ESCALATED, ZoneChange.LOWERED):
        with pytest.raises(UnlawfulChangeError, match="named person"):
            history.advance(standing, change, at=NOW, by=None, reason="a rule says so")
    moved, step = history.advance(
        standing, ZoneChange.CLOCK_RESTARTED, at=NOW, by=None, clock_from=aware(NOW + HOUR)
    )
    assert moved == replace(standing, clock_from=aware(NOW + HOUR))
    assert set(step.after) == {"clock_from"}


def test_a_signature_without_a_basis_is_refused_and_names_what_is_missing() -> None:
    with pytest.raises(UnlawfulChangeError, match="legal basis"):
        history.advance(Standing(), ZoneChange.APPROVED, at=NOW, by=7, **{**SIGNED, "legal_basis": " "})


def test_a_step_keeps_the_hour_of_its_change_in_utc() -> None:
    step = history.propose(Standing(kind="high"), at=NOW, by=None, reason="x")
    assert isinstance(step, Step)
    assert step.at == aware(NOW)
    assert step.after["state"] == "proposed"
