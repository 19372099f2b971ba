"""Who is near whom: households, groups of places, and the few people that one meets elsewhere."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liankong.drill import numbers
from liankong.drill.city import City
from liankong.drill.records import Part, PlaceKind, Setting

Rows = NDArray[np.int64]

_SETTING = {
    PlaceKind.KINDERGARTEN: Setting.SCHOOL_CLASS,
    PlaceKind.PRIMARY_SCHOOL: Setting.SCHOOL_CLASS,
    PlaceKind.MIDDLE_SCHOOL: Setting.SCHOOL_CLASS,
    PlaceKind.HIGH_SCHOOL: Setting.SCHOOL_CLASS,
    PlaceKind.COLLEGE: Setting.SCHOOL_CLASS,
    PlaceKind.TRAINING_CENTRE: Setting.TRAINING_CENTRE,
    PlaceKind.WORKPLACE: Setting.WORKPLACE,
    PlaceKind.MARKET: Setting.WORKPLACE,
    PlaceKind.RESTAURANT: Setting.WORKPLACE,
    PlaceKind.HOSPITAL: Setting.WORKPLACE,
    PlaceKind.BUS_LINE: Setting.COMMUNITY,
}
_VENUES = (PlaceKind.MARKET, PlaceKind.RESTAURANT)


@dataclass(frozen=True, slots=True)
class Circle:
    """People who share a room with someone in a setting; `place` is None for a household."""

    setting: Setting
    place: int | None
    rows: Rows


class Contacts:
    """Contact circles of a city, looked up per person; indexes are built once."""

    def __init__(self, city: City) -> None:
        self.city = city
        held = city.places
        self._row_starts = np.searchsorted(held.row, np.arange(city.size + 1))
        self._by_group = np.argsort(held.group, kind="stable")
        self._group_starts = np.searchsorted(held.group[self._by_group], np.arange(len(held.labels) + 1))
        streets = city.people["division"] // 1000
        # Rows come in order of community, so a street or community is one run of rows.
        self._street = _runs(streets)
        self._community = _runs(city.people["division"])
        self._venues: dict[str, list[int]] = {}
        for place in held.places:
            if place.kind in _VENUES:
                self._venues.setdefault(place.division[:9], []).append(place.place)

    def circles(self, row: int) -> list[Circle]:
        """The household first, then every group that the person belongs to; without the person."""
        household = np.array(
            [other for other in self.city.household_rows(row) if other != row], dtype=np.int64
        )
        found = [Circle(Setting.HOUSEHOLD, None, household)]
        held = self.city.places
        for index in range(int(self._row_starts[row]), int(self._row_starts[row + 1])):
            place, group = int(held.place[index]), int(held.group[index])
            members = held.row[self._by_group[self._group_starts[group] : self._group_starts[group + 1]]]
            found.append(Circle(_SETTING[held.kind_of(place)], place, members[members != row]))
        return found

    def met(self, row: int, rng: np.random.Generator) -> Circle:
        """A drawn handful from the own community, the own street or anywhere, at a market or restaurant if any."""
        data = numbers.load("omicron")
        count = int(data.number("attack", "community_contacts"))
        near, around = data.number("attack", "same_community"), data.number("attack", "same_street")
        where, pick = rng.random(count), rng.random(count)
        runs = (self._community[row], self._street[row], np.array([0, self.city.size]))
        band = (where >= near).astype(np.int64) + (where >= near + around)
        chosen = np.array(
            [
                int(runs[b][0] + p * (runs[b][1] - runs[b][0]))
                for b, p in zip(band.tolist(), pick.tolist(), strict=True)
            ],
            dtype=np.int64,
        )
        venues = self._venues.get(self.city.division_of(row)[:9])
        place = venues[int(rng.integers(0, len(venues)))] if venues else None
        return Circle(Setting.COMMUNITY, place, np.unique(chosen[chosen != row]))

    def members(self, *, street: str, kind: PlaceKind, part: Part) -> Rows:
        """Rows that have a part in a place of a kind in a street; empty when there is none."""
        held = self.city.places
        places = [
            item.place for item in held.places if item.kind is kind and item.division.startswith(street)
        ]
        fits = np.isin(held.place, places) & (held.part == list(Part).index(part))
        rows: Rows = held.row[fits]
        return rows


def _runs(keys: Rows) -> Rows:
    """(n, 2): for each row the start and end of the run of equal keys that it lies in."""
    starts = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1))
    ends = np.append(starts[1:], keys.size)
    lengths = ends - starts
    return np.stack([np.repeat(starts, lengths), np.repeat(ends, lengths)], axis=1)
