"""The least disclosure: nothing beyond what the role calls for, and nothing of a person in a letter about a thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.protocols.inquiries import inquiries
from liankong.protocols.standing import IdentityField
from liankong.rules.inquiries_disclosure import disclose, names_somebody, onward
from liankong.vocabulary.kinds import InquirySubject, PersonClass

F = IdentityField
ALL = frozenset(F)
held = st.frozensets(st.sampled_from(tuple(F)))
roles = st.sampled_from([None, *PersonClass])
subjects = st.sampled_from(tuple(InquirySubject))


def test_a_close_contact_is_told_by_what_finds_identifies_and_controls_them() -> None:
    found = disclose(InquirySubject.PERSON, PersonClass.CLOSE_CONTACT, ALL)
    assert found.fields == (F.NAME, F.ID_NUMBER, F.PHONE, F.ADDRESS)
    assert [one.field for one in found.withheld] == [F.REGISTERED_ADDRESS]
    assert "个人信息保护法" in found.why.basis


def test_a_general_contact_is_reached_by_phone_and_by_address_only_without_one() -> None:
    person = InquirySubject.PERSON
    with_phone = disclose(person, PersonClass.GENERAL_CONTACT, ALL)
    assert with_phone.fields == (F.NAME, F.PHONE)
    without = disclose(person, PersonClass.GENERAL_CONTACT, ALL - {F.PHONE})
    assert without.fields == (F.NAME, F.ADDRESS)
    assert without.missing == (F.PHONE,)


def test_somebody_excluded_or_of_no_role_is_not_told_of_at_all() -> None:
    for role in (None, PersonClass.EXCLUDED):
        assert disclose(InquirySubject.PERSON, role, ALL).fields == ()


@given(subject=subjects, role=roles, held=held)
def test_every_held_field_is_either_told_or_withheld_with_a_reason(
    subject: InquirySubject, role: PersonClass | None, held: frozenset[IdentityField]
) -> None:
    found = disclose(subject, role, held)
    stays = {one.field for one in found.withheld}
    assert set(found.fields) | stays == held and not set(found.fields) & stays
    assert not set(found.missing) & held
    assert all(one.reason for one in found.withheld)
    assert F.REGISTERED_ADDRESS not in found.fields
    if subject is not InquirySubject.PERSON:
        assert found.fields == found.missing == ()


@given(role=roles, held=held)
def test_what_goes_on_is_never_more_than_what_came(
    role: PersonClass | None, held: frozenset[IdentityField]
) -> None:
    told = disclose(InquirySubject.PERSON, role, held).fields
    assert set(onward(InquirySubject.PERSON, role, told)) <= set(told)


@given(role=roles, held=held)
def test_to_hold_more_never_withholds_what_is_needed(
    role: PersonClass | None, held: frozenset[IdentityField]
) -> None:
    """The table itself is the oracle: what a row names and is held goes."""
    row = next((one for one in inquiries().disclosure if role in one.roles), None)
    wanted = set(row.fields) if row else set()
    if row and F.PHONE not in held:
        wanted |= set(row.otherwise)
    assert set(disclose(InquirySubject.PERSON, role, held).fields) == wanted & held


def test_every_role_that_can_be_asked_for_stands_in_the_table_once() -> None:
    listed = [role for row in inquiries().disclosure for role in row.roles]
    assert sorted(listed) == sorted(set(PersonClass) - {PersonClass.EXCLUDED})
    assert all(row.grade == "D" for row in inquiries().disclosure), "derived, and it says so"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("号码 11010519491231002X 的同事", F.ID_NUMBER),
        ("１１０１０５１９４９１２３１００２Ｘ", F.ID_NUMBER),
        ("联系 138 0013 8000", F.PHONE),
        ("+86-13800138000", F.PHONE),
        ("G1709 次 5 车，2022-01-08 12:30", None),
        ("批号 20220108123456789", None),
        ("订单 202201081234567890123", None),
    ],
)
def test_free_text_that_holds_a_number_of_a_person_is_known(text: str, kind: IdentityField | None) -> None:
    assert names_somebody(text) is kind
