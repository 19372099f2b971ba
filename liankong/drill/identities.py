"""Names, identity numbers and phones for generated people, vectorised over a chunk and free of its borders.

Nobody is meant: the identity numbers pass GB 11643's check but name a division that has never existed
(digits 3-4 are 99), the phones lie in a range that no carrier has, and names are joined from frequency tables.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from liankong.drill import chance, numbers
from liankong.drill.people import People, completed_years, reference_day

_FIRST_BIRTH = np.datetime64("1900-01-01", "D")
_DAYS = 50_000  # 1900-01-01 to 2036
_PER_SEX = 500  # sequences of one sex, day and division
_WEIGHTS = np.array([pow(2, 17 - i, 11) for i in range(17)], dtype=np.int64)
_CHECKS = np.frombuffer(b"10X98765432", dtype=np.uint8)
_ZERO = ord("0")
_PHONES = 100_000_000
_STEP, _SHIFT = 38_754_321, 12_345_678  # coprime to 10: every person gets another phone
_SURNAME, _FAMILY, _GIVEN, _SECOND, _LENGTH = range(1, 6)


@dataclass(slots=True)
class Identities:
    """Gives out identities in order of person. Keeps only how many numbers each (division, day, sex) has used."""

    seed: int
    _codes: dict[int, int] = field(default_factory=dict)
    _used: NDArray[np.int16] = field(default_factory=lambda: np.zeros((0, _DAYS * 2), dtype=np.int16))

    def id_numbers(self, people: People) -> NDArray[np.str_]:
        """18 characters each, unique over all chunks given in order. ValueError when a day runs out of numbers."""
        divisions = _made_up(people["registered"])
        rows = self._rows(divisions)
        day = (people["birth"] - _FIRST_BIRTH).astype(np.int64)
        male = people["sex"] == 1
        slot = day * 2 + male
        rank = _ranks(rows * (_DAYS * 2) + slot) + self._used[rows, slot]
        if rank.size and int(rank.max()) >= _PER_SEX:
            raise ValueError(f"more than {_PER_SEX} people of one sex share a birthday in one division")
        np.maximum.at(self._used, (rows, slot), (rank + 1).astype(np.int16))
        return _compose(divisions, people["birth"], rank * 2 + male)

    def names(self, people: People) -> NDArray[np.str_]:
        """Family names follow the household for men and the young, so that children bear their father's."""
        surnames, cumulated, pairs = _surnames()
        young = completed_years(people["birth"], reference_day()) < 22
        family = (people["sex"] == 1) | young
        own = self._noise(people["person"], _SURNAME)
        shared = self._noise(people["household"], _FAMILY)
        ticks = (np.where(family, shared, own) % np.uint64(cumulated[-1])).astype(np.int64)
        surname = surnames[np.searchsorted(cumulated, ticks, side="right")]
        male = people["sex"] == 1
        given = self._given(people["person"], _GIVEN, male)
        second = self._given(people["person"], _SECOND, male)
        two = self._noise(people["person"], _LENGTH) % np.uint64(1000) < np.uint64(pairs)
        joined: NDArray[np.str_] = np.char.add(np.char.add(surname, given), np.where(two, second, ""))
        return joined

    def phones(self, people: People) -> NDArray[np.str_]:
        """11 digits, or empty for small children."""
        data = numbers.load("names")
        prefix = str(data.value("phone", "prefix"))
        digits = (people["person"] * _STEP + _SHIFT) % _PHONES
        text = _digits(digits, 8)
        joined = np.char.add(prefix, text.view("S8").ravel().astype("U8"))
        small = completed_years(people["birth"], reference_day()) < int(data.value("phone", "from_age"))
        phones: NDArray[np.str_] = np.where(small, "", joined)
        return phones

    def _given(self, person: NDArray[np.int64], purpose: int, male: NDArray[np.bool_]) -> NDArray[np.str_]:
        noise = self._noise(person, purpose)
        men, women = _given_characters()
        chosen: NDArray[np.str_] = np.where(
            male,
            men[(noise % np.uint64(men.size)).astype(np.int64)],
            women[(noise % np.uint64(women.size)).astype(np.int64)],
        )
        return chosen

    def _noise(self, keys: NDArray[np.int64], purpose: int) -> NDArray[np.uint64]:
        # A stateless mix (splitmix64) instead of a stream: a person's name does not depend on who came before.
        mixed = keys.astype(np.uint64) + np.uint64((self.seed * 8 + purpose) * 0x9E3779B97F4A7C15 % 2**64)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))

    def _rows(self, divisions: NDArray[np.int64]) -> NDArray[np.int64]:
        codes, inverse = np.unique(divisions, return_inverse=True)
        for code in codes.tolist():
            self._codes.setdefault(code, len(self._codes))
        missing = len(self._codes) - len(self._used)
        if missing > 0:
            self._used = np.concatenate([self._used, np.zeros((missing, _DAYS * 2), dtype=np.int16)])
        rows: NDArray[np.int64] = np.array([self._codes[code] for code in codes.tolist()], dtype=np.int64)[
            inverse
        ]
        return rows


def _made_up(registered: NDArray[np.int64]) -> NDArray[np.int64]:
    """A 6-digit code that no place has: the province, 99, and the district of the city or 01 elsewhere."""
    prefecture = int(numbers.load("names").value("id_number", "prefecture"))
    community = registered > 999_999
    county = np.where(community, registered // 1_000_000, registered)
    last = np.where(community, county % 100, 1)
    made_up: NDArray[np.int64] = county // 10_000 * 10_000 + prefecture * 100 + last
    return made_up


def _ranks(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each element, how many equal ones stand before it."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))
    lengths = np.diff(np.append(starts, keys.size))
    ranks = np.empty(keys.size, dtype=np.int64)
    ranks[order] = np.arange(keys.size) - np.repeat(starts, lengths)
    return ranks


def _compose(
    divisions: NDArray[np.int64], births: NDArray[np.datetime64], sequence: NDArray[np.int64]
) -> NDArray[np.str_]:
    year = births.astype("datetime64[Y]").astype(np.int64) + 1970
    month = births.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (births - births.astype("datetime64[M]")).astype(np.int64) + 1
    body = np.hstack(
        [_digits(divisions, 6), _digits(year * 10_000 + month * 100 + day, 8), _digits(sequence, 3)]
    )
    check = _CHECKS[(body.astype(np.int64) - _ZERO) @ _WEIGHTS % 11]
    text = np.ascontiguousarray(np.hstack([body, check[:, None]]))
    return text.view("S18").ravel().astype("U18")


def _digits(values: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
    """(n, width) ASCII codes of the decimal digits, zero-padded."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (values[:, None] // powers % 10 + _ZERO).astype(np.uint8)


@cache
def _surnames() -> tuple[NDArray[np.str_], NDArray[np.int64], int]:
    data = numbers.load("names")
    pairs = [item.split(":") for item in str(data.value("surnames")).split()]
    cumulated = np.cumsum([int(weight) for _, weight in pairs]).astype(np.int64)
    return (
        np.array([name for name, _ in pairs]),
        cumulated,
        round(data.number("given", "two_characters") * 1000),
    )


@cache
def _given_characters() -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    data = numbers.load("names")
    return np.array(list(data.node("given", "male"))), np.array(list(data.node("given", "female")))


def person_name(seed: int, number: int, *, male: bool) -> str:
    """A name for someone outside the city's register, such as a holder of a post."""
    rng = chance.stream(seed, number, 77)
    surnames, cumulated, _ = _surnames()
    surname = surnames[int(np.searchsorted(cumulated, rng.integers(0, cumulated[-1]), side="right"))]
    given = _given_characters()[0 if male else 1]
    return f"{surname}{given[rng.integers(0, given.size)]}{given[rng.integers(0, given.size)]}"
