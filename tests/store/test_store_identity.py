"""What can be read back, what can be found, and what a thief of the table gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.store import identity

texts = st.text(min_size=1, max_size=40)


@given(texts, st.integers(1, 2**40))
def test_what_is_sealed_opens_again_for_its_owner_and_field(text: str, owner: int) -> None:
    sealed = identity.seal(text, owner=owner, field="phone")
    assert identity.unseal(sealed, owner=owner, field="phone") == text
    assert text.encode() not in sealed or len(text) < 3


@given(texts)
def test_a_value_moved_to_another_person_or_field_does_not_open(text: str) -> None:
    sealed = identity.seal(text, owner=1, field="name")
    for owner, field in ((2, "name"), (1, "phone")):
        with pytest.raises(identity.SealBroken):
            identity.unseal(sealed, owner=owner, field=field)


@given(texts, st.integers(0, 200), st.integers(1, 255))
def test_a_changed_byte_is_noticed(text: str, where: int, mask: int) -> None:
    sealed = bytearray(identity.seal(text, owner=1, field="name"))
    position = 1 + where % (len(sealed) - 1)
    sealed[position] ^= mask
    with pytest.raises(identity.SealBroken):
        identity.unseal(bytes(sealed), owner=1, field="name")


def test_nothing_stays_nothing() -> None:
    assert identity.seal("", owner=1, field="name") == b""
    assert identity.unseal(b"", owner=1, field="name") == ""
    assert identity.find_hash("", field="name") is None


def test_equal_values_seal_differently_but_are_found_by_one_hash_a_field() -> None:
    assert identity.seal("x", owner=1, field="name") != identity.seal("x", owner=1, field="name")
    assert identity.find_hash("x", field="name") == identity.find_hash("x", field="name")
    assert identity.find_hash("x", field="name") != identity.find_hash("x", field="phone")


def test_an_error_never_repeats_the_value() -> None:
    sealed = identity.seal("13800000000", owner=1, field="phone")
    with pytest.raises(identity.SealBroken) as caught:
        identity.unseal(sealed, owner=2, field="phone")
    assert "13800000000" not in str(caught.value)
