"""How an infection passes on: household, class, after-school group, team, chance meetings.

Every contact of an infected person is drawn once, with the moment at which it would infect (the generation
interval) and a tick that measures are held against when that moment comes. So measures thin the contacts that
remain; they never change what would have happened before them.
"""

from collections.abc import Callable

from liankong.drill.contacts import Circle
from liankong.drill.records import Setting
from liankong.drill.world import DAY, Infected, Overrun, World, delay, number

_ATTACK = {
    Setting.HOUSEHOLD: "household",
    Setting.SCHOOL_CLASS: "school_class",
    Setting.TRAINING_CENTRE: "training_centre",
    Setting.WORKPLACE: "workplace",
    Setting.COMMUNITY: "community",
}
_SCHOOLS = (Setting.SCHOOL_CLASS, Setting.TRAINING_CENTRE)


class Spread:
    """Infects. `on_infected` is told of every new infection, so that finding can plan for it."""

    def __init__(self, world: World, *, on_infected: Callable[[Infected], None]) -> None:
        self.world = world
        self._on_infected = on_infected

    def introduce(self, row: int, introduction: int) -> Infected | None:
        """Somebody brings the infection in; None when they already have it."""
        if row in self.world.infected:
            return None
        return self._infect(row, None, introduction, 0, Setting.INTRODUCTION, None)

    def _transmit(self, infector: int, row: int, setting: Setting, place: int | None, tick: float) -> None:
        world = self.world
        if row in world.infected or world.isolated(infector) or world.isolated(row):
            return
        if tick >= self._remaining(setting, infector, row):
            return
        source = world.infected[infector]
        self._infect(row, infector, source.introduction, source.generation + 1, setting, place)

    def _infect(
        self,
        row: int,
        infector: int | None,
        introduction: int,
        generation: int,
        setting: Setting,
        place: int | None,
    ) -> Infected:
        world, rng, now = self.world, self.world.rng, self.world.now
        start = now + delay("omicron", "natural_history", "detectable_after").one(rng)
        stay = delay("omicron", "natural_history", "detectable_for").one(rng)
        onset = now + delay("omicron", "natural_history", "incubation").one(rng)
        shows = rng.random() < number("omicron", "natural_history", "symptomatic")
        circles = [*world.contacts.circles(row), world.contacts.met(row, rng)]
        new = Infected(
            row=row,
            infector=infector,
            introduction=introduction,
            generation=generation,
            setting=setting,
            place=place,
            at=now,
            detectable_from=start,
            detectable_to=start + stay,
            onset=onset if shows else None,
            circles=circles,
        )
        world.add_infected(new)
        if len(world.infected) > world.most:
            raise Overrun
        for circle in circles:
            self._plan(row, circle)
        self._on_infected(new)
        return new

    def _plan(self, row: int, circle: Circle) -> None:
        world, rng = self.world, self.world.rng
        hits = circle.rows[
            rng.random(circle.rows.size) < number("omicron", "attack", _ATTACK[circle.setting])
        ]
        waits = delay("omicron", "natural_history", "generation").draw(rng, hits.size)
        for other, wait, tick in zip(
            hits.tolist(), waits.tolist(), rng.random(hits.size).tolist(), strict=True
        ):
            minute = _waking(world.now + wait, circle.setting)
            world.at(minute, self._transmit, row, other, circle.setting, circle.place, tick)

    def _remaining(self, setting: Setting, infector: int, row: int) -> float:
        """The share of contacts of a setting that measures have left at this moment."""
        world = self.world
        if world.alert is None or setting is Setting.HOUSEHOLD:
            return 1.0
        started = world.now >= world.alert + number("response", "control", "schools_closed_after") * 60
        if setting in _SCHOOLS:
            return 0.0 if started else 1.0
        key = "work_remaining" if setting is Setting.WORKPLACE else "community_remaining"
        left = number("response", "control", key) if started else 1.0
        if {world.community(infector), world.community(row)} & world.sealed:
            left = min(left, number("response", "control", "sealed_remaining"))
        return left


def _waking(minute: int, setting: Setting) -> int:
    """Outside the household nobody meets between 22:00 and 07:00: such meetings fall in the next day's hours."""
    if setting is Setting.HOUSEHOLD:
        return minute
    day, clock = divmod(minute, DAY)
    opening, closing = 7 * 60, 22 * 60
    if opening <= clock < closing:
        return minute
    return (day + (clock >= closing)) * DAY + opening + clock % (closing - opening)
