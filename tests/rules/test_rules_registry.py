"""Who may see how much of an identity, and when personal data must go."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.protocols.standing import IdentityField, Sight
from liankong.rules.access import PERMISSIONS
from liankong.rules.registry import destruction, mask, retention_classes, shown, sight, visible, years_after
from liankong.vocabulary.kinds import Role

# The standard's own published example, no living person's number.
NUMBER = "11010519491231002X"
roles = st.frozensets(st.sampled_from(list(Role)))
fields = st.sampled_from(list(IdentityField))


def test_an_investigator_sees_who_must_be_called() -> None:
    assert set(visible({Role.EPIDEMIOLOGIST}).values()) == {Sight.FULL}


def test_a_commander_sees_no_number_and_an_auditor_nothing_at_all() -> None:
    assert sight({Role.COMMANDER}, IdentityField.ID_NUMBER) is Sight.HIDDEN
    assert set(visible({Role.AUDITOR}).values()) == {Sight.HIDDEN}
    assert set(visible({Role.ADMINISTRATOR}).values()) == {Sight.HIDDEN}


def test_without_a_post_nothing_is_seen() -> None:
    assert set(visible(()).values()) == {Sight.HIDDEN}


@given(roles, roles, fields)
def test_a_further_post_never_shows_less(
    some: frozenset[Role], more: frozenset[Role], field: IdentityField
) -> None:
    order = [Sight.HIDDEN, Sight.MASKED, Sight.FULL]
    assert order.index(sight(some | more, field)) >= order.index(sight(some, field))


@pytest.mark.parametrize("role", list(Role))
def test_only_roles_that_may_reveal_identities_see_a_whole_field(role: Role) -> None:
    if Sight.FULL in visible({role}).values():
        assert "registry.reveal" in PERMISSIONS[role]


@pytest.mark.parametrize(
    ("field", "value", "masked"),
    [
        (IdentityField.NAME, "欧阳小明", "欧***"),
        (IdentityField.NAME, "李", "李*"),
        (IdentityField.PHONE, "+8613800138000", "************00"),
        (IdentityField.ID_NUMBER, NUMBER, "11**************2X"),
        (IdentityField.ADDRESS, "津南区某路1号", "***"),
        (IdentityField.ADDRESS, "", ""),
        (IdentityField.PHONE, "1", "*"),
    ],
)
def test_a_mask_leaves_too_little_to_find_anybody_by(field: IdentityField, value: str, masked: str) -> None:
    assert mask(field, value) == masked


@given(fields, st.text("0123456789X张王李", min_size=2, max_size=20))
def test_a_mask_never_shows_the_whole_value(field: IdentityField, value: str) -> None:
    assert mask(field, value) != value


def test_a_value_is_shown_as_the_post_may_see_it() -> None:
    assert shown(IdentityField.NAME, "王芳", {Role.REGISTRY_CLERK}) == "王芳"
    assert shown(IdentityField.NAME, "王芳", {Role.DUTY_OFFICER}) == "王*"
    assert shown(IdentityField.NAME, "王芳", {Role.AUDITOR}) == ""


# --- retention --------------------------------------------------------------------------------------------

CREATED = date(2022, 1, 8)
ENDED = date(2022, 3, 1)


def test_emergency_data_go_the_day_the_response_ends_and_not_before() -> None:
    running = destruction("emergency", created=CREATED)
    assert running.on is None
    assert not running.is_due(date(2099, 1, 1))
    over = destruction("emergency", created=CREATED, response_ended=ENDED)
    assert (over.on, over.kept_by_law) == (ENDED, False)
    assert over.is_due(ENDED)
    assert not over.is_due(ENDED - timedelta(days=1))


@pytest.mark.parametrize("code", ["report_card", "impact_assessment", "provision", "audit"])
def test_what_the_law_wants_kept_stays_three_years_whatever_becomes_of_the_response(code: str) -> None:
    kept = destruction(code, created=CREATED, response_ended=ENDED)
    assert (kept.on, kept.kept_by_law) == (date(2025, 1, 8), True)
    assert not kept.is_due(date(2025, 1, 7))


def test_evidence_stays_as_long_as_its_assessment_says_and_no_longer() -> None:
    assert destruction("evaluation", created=CREATED, response_ended=ENDED).on == ENDED
    allowed = date(2022, 12, 31)
    assert (
        destruction("evaluation", created=CREATED, response_ended=ENDED, assessed_until=allowed).on == allowed
    )
    assert destruction("emergency", created=CREATED, response_ended=ENDED, assessed_until=allowed).on == ENDED


def test_a_date_of_destruction_names_the_instrument() -> None:
    numbers = destruction("impact_assessment", created=CREATED).why.numbers
    assert [(one.value, one.grade.value) for one in numbers] == [("3 years", "S1")]
    assert "个人信息保护法" in numbers[0].instrument


def test_an_unknown_class_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(KeyError, match="emergency"):
        destruction("emergencies", created=CREATED)


def test_a_leap_day_is_never_cut_short() -> None:
    assert years_after(date(2024, 2, 29), 3) == date(2027, 3, 1)
    assert years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)


@given(
    st.sampled_from(retention_classes()), st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 4000)
)
def test_nothing_is_destroyed_before_it_was_made_or_the_response_ended(
    code: str, created: date, days: int
) -> None:
    ended = created + timedelta(days=days)
    found = destruction(code, created=created, response_ended=ended)
    assert found.on is not None
    assert found.on >= min(created, ended)
