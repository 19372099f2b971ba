"""Places that people share, and who belongs to which class, team or group of them.

Schools are filled in the order of addresses, so that neighbours' children meet; workplaces in a drawn order, so
that they join districts. Everything is arrays over the city's people; `Places` holds the result.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from liankong.drill import chance, numbers
from liankong.drill.communities import Community
from liankong.drill.people import People, completed_years, occupations, reference_day, school_years
from liankong.drill.records import Part, Place, PlaceKind
from liankong.vocabulary import divisions

Ints = NDArray[np.int64]
_STREAM = 501


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of school: completed years at the cut-off from `first` to `last`, numbered grades from 1."""

    kind: PlaceKind
    key: str
    first: int
    last: int
    word: str
    grade: str


STAGES: Final = (
    Stage(PlaceKind.KINDERGARTEN, "kindergarten", 3, 5, "幼儿园", "{}班"),
    Stage(PlaceKind.PRIMARY_SCHOOL, "primary", 6, 11, "小学", "{}年级"),
    Stage(PlaceKind.MIDDLE_SCHOOL, "middle", 12, 14, "中学", "初{}"),
    Stage(PlaceKind.HIGH_SCHOOL, "high", 15, 17, "高级中学", "高{}"),
)
_KINDERGARTEN_YEARS = ("小", "中", "大")


@dataclass(frozen=True, slots=True)
class Places:
    """Places in order of number, and memberships as parallel arrays.

    `row` is the index of the person (person - 1), `place` the place's number, `group` an index into `labels`,
    unique over all places: who shares a group shares a room.
    """

    places: tuple[Place, ...]
    row: Ints
    place: Ints
    group: Ints
    part: NDArray[np.int8]  # index into PARTS
    labels: tuple[str, ...]

    def kind_of(self, place: int) -> PlaceKind:
        return self.places[place - 1].kind


PARTS: Final = tuple(Part)


class _Builder:
    """Collects places and memberships while they are handed out."""

    def __init__(self, people: People, communities: tuple[Community, ...], seed: int) -> None:
        self.people = people
        self.seed = seed
        self.stems = {int(item.code): item.stem for item in communities}
        self.rng = chance.stream(seed, _STREAM)
        self.places: list[Place] = []
        self.labels: list[str] = []
        self._rows: list[Ints] = []
        self._places: list[Ints] = []
        self._groups: list[Ints] = []
        self._parts: list[Ints] = []
        self._named: dict[str, int] = {}

    def place(self, kind: PlaceKind, name: str, division: int) -> int:
        self._named[name] = self._named.get(name, 0) + 1
        count = self._named[name]
        longitude, latitude = _point(str(division)[:6], self.rng)
        self.places.append(
            Place(
                place=len(self.places) + 1,
                kind=kind,
                name=name if count == 1 else f"{name}({count})",
                division=str(division),
                longitude=longitude,
                latitude=latitude,
            )
        )
        return len(self.places)

    def group(self, place: int, label: str, rows: Ints, part: Part, *, group: int | None = None) -> int:
        """Members of one group of a place; `group` joins an existing one."""
        if group is None:
            self.labels.append(label)
            group = len(self.labels) - 1
        self._rows.append(rows)
        self._places.append(np.full(rows.size, place))
        self._groups.append(np.full(rows.size, group))
        self._parts.append(np.full(rows.size, PARTS.index(part)))
        return group

    def done(self) -> Places:
        if not self._rows:
            nothing = np.zeros(0, dtype=np.int64)
            return Places((), nothing, nothing, nothing, nothing.astype(np.int8), ())
        row, place, group, part = (
            np.concatenate(column) for column in (self._rows, self._places, self._groups, self._parts)
        )
        order = np.argsort(row, kind="stable")
        return Places(
            tuple(self.places),
            row[order],
            place[order],
            group[order],
            part[order].astype(np.int8),
            tuple(self.labels),
        )


def build(people: People, communities: tuple[Community, ...], *, seed: int) -> Places:
    """Schools with their teachers, training centres, workplaces and one bus line for the given people."""
    builder = _Builder(people, communities, seed)
    workers = _workers(people, builder.rng)
    workers = _schools(builder, workers)
    workers = _training(builder, workers)
    _workplaces(builder, workers)
    _bus_line(builder, workers)
    _hospitals(builder)
    return builder.done()


def _workers(people: People, rng: np.random.Generator) -> Ints:
    """Rows of those who go out to work, in a drawn order."""
    age = completed_years(people["birth"], reference_day())
    names = occupations()
    idle = [names.index(name) for name in ("家务及待业", "散居儿童", "幼托儿童", "学生", "离退人员")]
    rows = np.flatnonzero((age >= 18) & (age < 60) & ~np.isin(people["occupation"], idle))
    drawn: Ints = rng.permutation(rows)
    return drawn


def _schools(builder: _Builder, workers: Ints) -> Ints:
    data, people = numbers.load("places"), builder.people
    years = school_years(people["birth"])
    district = people["division"] // 1_000_000
    for stage in STAGES:
        enrolled = (years >= stage.first) & (years <= stage.last) & ~people["dormitory"]
        size = data.number("school", f"{stage.key}_children")
        largest = data.number("school", "kindergarten_class" if stage.key == "kindergarten" else "class_size")
        for code in np.unique(district[enrolled]):
            rows = np.flatnonzero(enrolled & (district == code))
            count = max(1, round(rows.size / size))
            for pupils in np.array_split(rows, count):
                workers = _school(builder, stage, pupils, years[pupils], int(largest), workers)
    return workers


def _school(builder: _Builder, stage: Stage, pupils: Ints, years: Ints, largest: int, workers: Ints) -> Ints:
    stems = numbers.load("places").node("names", "stems")
    # The middle pupil's community: a school stands among those who go to it.
    division = int(builder.people["division"][pupils[pupils.size // 2]])
    stem = stems[len(builder.places) % len(stems)]
    place = builder.place(stage.kind, f"{divisions.get(str(division)[:6]).name}{stem}{stage.word}", division)
    for year in range(stage.first, stage.last + 1):
        rows = pupils[years == year]
        if not rows.size:
            continue
        grade = year - stage.first + 1
        word = _KINDERGARTEN_YEARS[grade - 1] if stage.key == "kindergarten" else str(grade)
        for number, members in enumerate(np.array_split(rows, -(-rows.size // largest)), start=1):
            group = builder.group(place, f"{stage.grade.format(word)}{number}班", members, Part.PUPIL)
            workers, teacher = workers[1:], workers[:1]
            builder.group(place, "", teacher, Part.TEACHER, group=group)
    return workers


def _training(builder: _Builder, workers: Ints) -> Ints:
    """After-school centres mix the children of several schools: the bridge that the real round had."""
    data, people = numbers.load("places"), builder.people
    years = school_years(people["birth"])
    pupils = np.flatnonzero((years >= 6) & (years <= 14) & ~people["dormitory"])
    going = pupils[builder.rng.random(pupils.size) < data.number("training", "share")]
    district = people["division"][going] // 1_000_000
    names = data.node("names", "training")
    size, group_size = data.number("training", "children"), int(data.number("training", "group"))
    for code in np.unique(district):
        rows = going[district == code]
        for members in np.array_split(rows, max(1, round(rows.size / size))):
            division = int(people["division"][members[members.size // 2]])
            name = f"{names[len(builder.places) % len(names)]}课后托管中心"
            place = builder.place(PlaceKind.TRAINING_CENTRE, name, division)
            groups = np.array_split(members, -(-members.size // group_size))
            staff, workers = (
                np.array_split(workers[: int(data.number("training", "staff"))], len(groups)),
                workers[int(data.number("training", "staff")) :],
            )
            for number, (room, minders) in enumerate(zip(groups, staff, strict=True), start=1):
                group = builder.group(place, f"{number}班", room, Part.PUPIL)
                builder.group(place, "", minders, Part.TEACHER, group=group)
    return workers


def _workplaces(builder: _Builder, workers: Ints) -> None:
    data = numbers.load("places")
    largest, team = int(data.number("work", "largest")), int(data.number("work", "team"))
    # Sizes fall off as 1/size^2: many small firms, few large ones.
    sizes = chance.Table.of([1 / (n + 5) ** 2 for n in range(1, largest)]).draw(builder.rng, workers.size) + 2
    ends = np.cumsum(sizes)
    for members in np.split(workers, ends[ends < workers.size]):
        kind, name = _trade(builder, data)
        boss = int(members[0])
        division = int(builder.people["division"][boss])
        place = builder.place(kind, name, division)
        for number, side in enumerate(np.array_split(members, -(-members.size // team)), start=1):
            builder.group(place, f"{number}组", side, Part.WORKER)


def _trade(builder: _Builder, data: numbers.Numbers) -> tuple[PlaceKind, str]:
    words = data.node("names")
    drawn = float(builder.rng.random())
    stem = words["work"][int(builder.rng.integers(0, len(words["work"])))]
    markets, restaurants = data.number("work", "market_share"), data.number("work", "restaurant_share")
    if drawn < markets:
        return PlaceKind.MARKET, f"{stem}菜市场"
    if drawn < markets + restaurants:
        return PlaceKind.RESTAURANT, f"{stem}饭店"
    return PlaceKind.WORKPLACE, f"{stem}{words['trade'][int(builder.rng.integers(0, len(words['trade'])))]}"


def _bus_line(builder: _Builder, workers: Ints) -> None:
    riders = workers[: int(workers.size * numbers.load("places").number("work", "bus_riders"))]
    if riders.size:
        place = builder.place(PlaceKind.BUS_LINE, "演练1路公交", int(builder.people["division"][riders[0]]))
        builder.group(place, "早班", riders, Part.PASSENGER)


def _hospitals(builder: _Builder) -> None:
    per = numbers.load("places").number("work", "hospital_people")
    for start in range(0, builder.people.size, int(per)):
        division = int(builder.people["division"][min(start + int(per) // 2, builder.people.size - 1)])
        name = f"{divisions.get(str(division)[:9]).name}医院"
        builder.place(PlaceKind.HOSPITAL, name, division)


def _point(district: str, rng: np.random.Generator) -> tuple[float, float]:
    """A point in the district's box, to about ten metres."""
    longitude, latitude, half_width, half_height = numbers.load("places").value("box", district)
    across, up = rng.random(2) * 2 - 1
    return round(float(longitude + half_width * across), 4), round(float(latitude + half_height * up), 4)
