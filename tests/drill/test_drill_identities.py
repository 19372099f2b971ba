import numpy as np
from drill_worlds import SEED, town
from hypothesis import given, settings
from hypothesis import strategies as st

from liankong.drill import people
from liankong.drill.identities import Identities, _ranks
from liankong.vocabulary import divisions
from liankong.vocabulary.identifiers import make_id_number, normalise_phone, parse_id_number
from liankong.vocabulary.kinds import Sex


@given(st.lists(st.integers(-3, 3), max_size=60))
def test_ranks_count_the_equal_ones_before(keys: list[int]) -> None:
    plain = [keys[:index].count(key) for index, key in enumerate(keys)]
    assert _ranks(np.array(keys, dtype=np.int64)).tolist() == plain


def test_every_id_number_is_well_formed_and_tells_birth_and_sex() -> None:
    everyone = town().people
    for number, row in zip(Identities(SEED).id_numbers(everyone).tolist(), everyone, strict=True):
        read = parse_id_number(number)
        assert read.birth == row["birth"].item()
        assert read.sex is (Sex.MALE if row["sex"] == 1 else Sex.FEMALE)
        assert number == make_id_number(number[:6], read.birth, int(number[14:17]))


def test_no_id_number_names_a_division_that_exists() -> None:
    found = {number[:6] for number in Identities(SEED).id_numbers(town().people).tolist()}
    assert found
    assert not any(divisions.is_known(code) for code in found)
    assert not any(divisions.is_known(code[:4]) for code in found)


def test_id_numbers_and_phones_are_nobody_elses() -> None:
    book = Identities(1)
    numbers: set[str] = set()
    phones: list[str] = []
    for chunk in people.stream_people(200_000, seed=1, chunk=30_000):
        numbers.update(book.id_numbers(chunk).tolist())
        phones += [phone for phone in book.phones(chunk).tolist() if phone]
    assert len(numbers) == 200_000
    assert len(set(phones)) == len(phones)


@settings(deadline=None, max_examples=5)
@given(st.integers(50, 2000))
def test_identities_do_not_depend_on_chunks(chunk: int) -> None:
    whole, parts = Identities(SEED), Identities(SEED)
    for made in ("id_numbers", "names", "phones"):
        pieces = [getattr(parts, made)(part) for part in people.stream_people(3000, seed=2, chunk=chunk)]
        everyone = np.concatenate(list(people.stream_people(3000, seed=2)))
        assert np.concatenate(pieces).tolist() == getattr(whole, made)(everyone).tolist()


def test_phones_are_in_the_range_that_nobody_has_and_small_children_have_none() -> None:
    everyone = town().people
    age = people.completed_years(everyone["birth"], people.reference_day())
    for phone, years in zip(Identities(SEED).phones(everyone).tolist(), age.tolist(), strict=True):
        assert (phone == "") == (years < 8)
        assert not phone or normalise_phone(phone).startswith("+86154")


def test_children_bear_a_name_of_the_house() -> None:
    everyone = town().people
    names = Identities(SEED).names(everyone)
    first = {}
    for row, name in zip(everyone, names.tolist(), strict=True):
        if row["sex"] == 1 and not row["dormitory"]:
            first.setdefault(int(row["household"]), set()).add(name[0])
    assert all(len(surnames) == 1 for surnames in first.values())
    assert len({next(iter(surnames)) for surnames in first.values()}) > 30
