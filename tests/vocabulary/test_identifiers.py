"""GB 11643 identity numbers and phone numbers. The two numbers used are the standard's own published
examples.
"""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from liankong.vocabulary.identifiers import (
    Fault,
    IdentifierError,
    check_character,
    is_id_number,
    make_id_number,
    normalise_phone,
    parse_id_number,
)
from liankong.vocabulary.kinds import Sex

PUBLISHED = ("11010519491231002X", "440524188001010014")

numbers = st.builds(
    make_id_number,
    st.from_regex(r"[1-8][0-9]{5}", fullmatch=True),
    st.dates(date(1850, 1, 1), date(2025, 12, 31)),
    st.integers(0, 999),
)


def test_the_first_published_example_is_a_woman_born_in_chaoyang_on_the_last_day_of_1949() -> None:
    read = parse_id_number(PUBLISHED[0])
    assert (read.division, read.birth, read.sex) == ("110105", date(1949, 12, 31), Sex.FEMALE)


def test_the_second_published_example_is_a_man_born_on_new_years_day_1880() -> None:
    read = parse_id_number(PUBLISHED[1])
    assert (read.division, read.birth, read.sex) == ("440524", date(1880, 1, 1), Sex.MALE)


def test_check_characters_of_the_published_examples_are_recomputed() -> None:
    assert [check_character(number[:17]) for number in PUBLISHED] == ["X", "4"]


@given(numbers, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_changed_character_is_caught(number: str, place: int, wrong: str) -> None:
    assume(number[place] != wrong)
    assert not is_id_number(number[:place] + wrong + number[place + 1 :])


@given(numbers, st.integers(0, 16))
def test_any_two_adjacent_swapped_characters_are_caught(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert not is_id_number(swapped)


@given(
    st.from_regex(r"[1-8][0-9]{5}", fullmatch=True),
    st.dates(date(1850, 1, 1), date(2025, 12, 31)),
    st.integers(0, 999),
)
def test_a_made_number_reads_back_as_it_was_made(division: str, birth: date, sequence: int) -> None:
    read = parse_id_number(make_id_number(division, birth, sequence))
    assert (read.division, read.birth) == (division, birth)
    assert read.sex is (Sex.MALE if sequence % 2 else Sex.FEMALE)


@given(st.text(max_size=24) | numbers.map(lambda n: n[:-1] + "?"))
def test_no_refusal_ever_repeats_what_was_typed(text: str) -> None:
    try:
        parse_id_number(text)
    except IdentifierError as error:
        typed = text.strip()
        assert len(typed) < 4 or typed not in str(error)
        assert error.__cause__ is None


def test_a_read_number_does_not_show_itself_in_a_log() -> None:
    assert repr(parse_id_number(PUBLISHED[0])) == "IdNumber()"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault.EMPTY),
        ("   ", Fault.EMPTY),
        ("110105491231002", Fault.OLD_LENGTH),
        ("1101051949123100", Fault.LENGTH),
        ("11010519491231002Y", Fault.CHARACTERS),
        ("1101051949123100AX", Fault.CHARACTERS),
        ("110105194912310021", Fault.CHECK),
    ],
)
def test_each_refusal_says_what_was_expected(text: str, fault: Fault) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_id_number(text)
    assert caught.value.fault is fault


def test_a_thirtieth_of_february_is_refused_even_with_a_good_check_character() -> None:
    body = "11010519490230002"
    with pytest.raises(IdentifierError) as caught:
        parse_id_number(body + check_character(body))
    assert caught.value.fault is Fault.BIRTH


def test_a_birth_date_of_tomorrow_is_refused_when_today_is_known() -> None:
    number = make_id_number("120112", date(2022, 1, 9), 12)
    assert parse_id_number(number, today=date(2022, 1, 9)).birth == date(2022, 1, 9)
    with pytest.raises(IdentifierError) as caught:
        parse_id_number(number, today=date(2022, 1, 8))
    assert caught.value.fault is Fault.BIRTH_FUTURE


def test_full_width_characters_spaces_and_a_small_x_are_forgiven() -> None:
    assert parse_id_number("１１０１０５ １９４９１２３１ ００２ｘ").number == PUBLISHED[0]


@pytest.mark.parametrize(
    ("division", "sequence"), [("12011", 1), ("12011a", 1), ("120112", 1000), ("120112", -1)]
)
def test_a_number_is_not_made_from_a_bad_division_or_sequence(division: str, sequence: int) -> None:
    with pytest.raises(IdentifierError):
        make_id_number(division, date(2000, 1, 1), sequence)


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+8613800138000",
        "008613800138000",
        "8613800138000",
        "１３８００１３８０００",
    ],
)
def test_every_way_to_write_a_mobile_number_becomes_one(text: str) -> None:
    assert normalise_phone(text) == "+8613800138000"


def test_a_foreign_number_keeps_its_country_code() -> None:
    assert normalise_phone("+65 6123 4567") == "+6561234567"


@pytest.mark.parametrize(
    "text", ["12345", "+8612345", "23800138000", "1380013800a", "+0123456789", "12800138000"]
)
def test_what_is_no_phone_number_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        normalise_phone(text)
    assert caught.value.fault is Fault.PHONE
    assert text not in str(caught.value)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_normalising_a_phone_twice_changes_nothing(text: str) -> None:
    once = normalise_phone(text)
    assert normalise_phone(once) == once
