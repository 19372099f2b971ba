"""How infections come to light: fever clinics, rounds of everyone, contacts of cases, sealed communities."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from liankong.drill import numbers
from liankong.drill.communities import home_district
from liankong.drill.contacts import Circle
from liankong.drill.organisations import street_code
from liankong.drill.records import ContactFound, RoundOpened, SampleReason, Setting
from liankong.drill.screening import open_round
from liankong.drill.world import (
    DAY,
    ContactStay,
    Found,
    Infected,
    SealedDay,
    World,
    delay,
    number,
)
from liankong.rules.lab import interpret
from liankong.vocabulary.kinds import FoundBy, ResultValue, TubeKind
from liankong.vocabulary.spans import local

_MORNING = 8 * 60
_CLINIC, _CLINIC_LAB = "hospital-1", "laboratory-1"
_LABORATORIES = 3


class Finding:
    """Looks for the infected of a world, and isolates and traces around those it finds."""

    def __init__(self, world: World) -> None:
        self.world = world

    # --- fever clinics ------------------------------------------------------------------------------------

    def watch(self, new: Infected) -> None:
        """Plan the visit to a fever clinic that a person with symptoms may make."""
        if new.onset is None:
            return
        rng = self.world.rng
        visit = new.onset + delay("response", "finding", "clinic_delay").one(rng)
        self.world.at(visit, self._visit, new.row, rng.random())

    def _visit(self, row: int, tick: float) -> None:
        world = self.world
        share = "clinic_before" if world.alert is None else "clinic_after"
        if tick >= number("response", "finding", share) or world.isolated(row):
            return
        if not self._shows(row, "single"):
            return
        wait = delay("response", "laboratory", "clinic_result").one(world.rng)
        world.isolate(row, world.now + wait + 1)
        self._single(row, SampleReason.FEVER_CLINIC, FoundBy.FEVER_CLINIC, wait, positive=True)

    # --- a positive ---------------------------------------------------------------------------------------

    def _single(
        self,
        row: int,
        reason: SampleReason,
        found_by: FoundBy,
        wait: int,
        *,
        positive: bool,
        cause: int | None = None,
        code: str = "",
    ) -> None:
        """A single tube now and its result `wait` minutes later; a positive one opens a case."""
        world = self.world
        clinic = reason is SampleReason.FEVER_CLINIC
        tube, sampled = world.drafts.tube(
            kind=TubeKind.SINGLE,
            rows=(row,),
            minute=world.now,
            division=world.city.division_of(row),
            reason=reason,
            organisation=_CLINIC if clinic else sampler(world.city.division_of(row)),
            cause=cause,
            code=code,
        )
        result = world.drafts.result(
            tube,
            sampled,
            minute=world.now + wait,
            value=ResultValue.POSITIVE if positive else ResultValue.NEGATIVE,
            laboratory=_CLINIC_LAB if clinic else laboratory(world.community(row)),
            ct=self._ct() if positive else None,
        )
        if positive:
            world.at(world.now + wait, self._found, row, result, found_by)

    def _found(self, row: int, result: int, found_by: FoundBy) -> None:
        world = self.world
        if row in world.found:
            return
        world.found[row] = Found(row, world.now, result, found_by)
        world.isolate(row)
        if world.alert is None:
            self._raise_alert()
        self._trace(world.infected[row], result)
        self._seal(world.community(row), result)

    def _raise_alert(self) -> None:
        """The first positive fixes the calendar and starts the planned rounds."""
        world, data = self.world, numbers.load("response")
        world.alert = world.now
        first = date.fromisoformat(data.value("round", "first_detection"))
        world.zero = local(first - timedelta(days=world.now // DAY))
        world.end = world.minute_after(date.fromisoformat(data.value("round", "ends")))
        for index, spec in enumerate(data.node("screening"), start=1):
            start = datetime.fromisoformat(spec["starts_at"]["value"])
            minute = max(int((start - world.zero).total_seconds()) // 60, world.now + 60)
            world.at(minute, self._open_round, index, float(spec["hours"]["value"]))

    # --- contacts -----------------------------------------------------------------------------------------

    def _trace(self, case: Infected, cause: int) -> None:
        world, rng = self.world, self.world.rng
        waits = delay("response", "finding", "trace_delay")
        circles = list(case.circles)
        if case.setting is Setting.COMMUNITY and case.infector is not None:
            # The one who infected the case met them too, though not on the case's own list.
            circles.append(Circle(Setting.COMMUNITY, case.place, np.array([case.infector])))
        for circle in circles:
            found = circle.rows[
                rng.random(circle.rows.size) < number("response", "finding", _traced(circle.setting))
            ]
            for other, wait in zip(found.tolist(), waits.draw(rng, found.size).tolist(), strict=True):
                world.at(world.now + wait, self._contact, other, case, circle, cause, world.now)

    def _contact(self, row: int, case: Infected, circle: Circle, cause: int, until: int) -> None:
        world = self.world
        # Somebody held only until a re-swab's result is still to be named and isolated as a contact.
        if row in world.found or world.staying.get(row, -1) > world.now:
            return
        world.drafts.add(
            ContactFound,
            world.now,
            cause,
            person=row + 1,
            case=case.row + 1,
            setting=circle.setting,
            place=circle.place,
            last_exposure=self._last_exposure(circle.setting, case, until),
        )
        world.staying[row] = world.now + world.policy.contact_minutes
        world.isolate(row, world.staying[row])
        world.stays.append(ContactStay(row, world.now))
        if row in world.infected:
            for day in world.policy.contact_days:
                world.at(contact_minute(world.now, row, day), self._contact_swab, row, day, cause)

    def _last_exposure(self, setting: Setting, case: Infected, until: int) -> int:
        alert = self.world.alert if self.world.alert is not None else until
        closed = alert + int(number("response", "control", "schools_closed_after") * 60)
        school = setting in (Setting.SCHOOL_CLASS, Setting.TRAINING_CENTRE)
        return max(case.at, min(until, closed) if school else until)

    def _contact_swab(self, row: int, day: int, cause: int) -> None:
        if row in self.world.found or not self._shows(row, "single"):
            return
        wait = single_wait(row, day)
        code = contact_tube(row, day)
        self._single(row, SampleReason.CONTACT, FoundBy.CONTACT, wait, positive=True, cause=cause, code=code)

    # --- sealed communities -------------------------------------------------------------------------------

    def _seal(self, community: int, cause: int) -> None:
        world = self.world
        if community in world.sealing:
            return
        world.sealing.add(community)
        start = world.now + delay("response", "control", "seal_delay").one(world.rng)
        world.at(start, world.sealed.add, community)
        for day in world.policy.zone_days:
            world.at((start // DAY + day) * DAY + _MORNING, self._sealed_day, community, day, cause)

    def _sealed_day(self, community: int, day: int, cause: int) -> None:
        """One tube a household for all who are still at home."""
        world, city = self.world, self.world.city
        first = int(np.searchsorted(city.community, community))
        end = int(np.searchsorted(city.community, community, side="right"))
        rows = first + np.flatnonzero(world.until[first:end] <= world.now)
        today = SealedDay(community, day, world.now, rows, set())
        world.sealed_days.append(today)
        for row in world.infected_in(community):
            household = int(city.people["household"][row])
            if world.isolated(row) or household in today.positive:
                continue
            if self._shows(row, "pool"):
                today.positive.add(household)
                self._household_tube(row, today, cause)

    def _household_tube(self, row: int, today: SealedDay, cause: int) -> None:
        world, city = self.world, self.world.city
        household = int(city.people["household"][row])
        rows = today.rows[city.people["household"][today.rows] == household]
        tube, sampled = world.drafts.tube(
            kind=TubeKind.HOUSEHOLD,
            rows=tuple(rows.tolist()),
            minute=household_minute(today, household),
            division=city.division_of(row),
            reason=SampleReason.SCREENING,
            organisation=sampler(city.division_of(row)),
            cause=cause,
            code=household_tube(today, household),
        )
        self._mixed_result(TubeKind.HOUSEHOLD, tube, sampled, rows, household_wait(household, today.day))

    # --- rounds of everyone -------------------------------------------------------------------------------

    def _open_round(self, index: int, hours: float) -> None:
        world = self.world
        handle = world.drafts.add(
            RoundOpened, world.now, round=index, divisions=self._screened(), tube_kind=TubeKind.POOL
        )
        screening = open_round(
            world.city,
            number=index,
            start=world.now,
            hours=hours,
            isolated_until=world.until,
            handle=handle,
            rng=world.rng,
        )
        world.rounds.append(screening)
        for row in sorted(world.infected):
            pool = int(screening.pool[row])
            if pool >= 0:
                world.at(int(screening.sampled[pool]), self._pool_swab, row, screening)

    def _pool_swab(self, row: int, screening: Any) -> None:
        world = self.world
        pool = int(screening.pool[row])
        if pool < 0 or pool in screening.positive or not self._shows(row, "pool"):
            return
        rows = screening.members(pool)
        rows = rows[screening.pool[rows] == pool]
        tube, sampled = world.drafts.tube(
            kind=TubeKind.POOL,
            rows=tuple(rows.tolist()),
            minute=world.now,
            division=world.city.division_of(row),
            reason=SampleReason.SCREENING,
            organisation=sampler(world.city.division_of(row)),
            cause=screening.handle,
            screening=screening.number,
            code=screening.code(pool),
        )
        wait = int(screening.resulted[pool]) - world.now
        screening.positive[pool] = self._mixed_result(TubeKind.POOL, tube, sampled, rows, wait)

    def _screened(self) -> tuple[str, ...]:
        return tuple(sorted({item.code[:6] for item in self.world.city.communities}))

    # --- mixed tubes --------------------------------------------------------------------------------------

    def _mixed_result(self, kind: TubeKind, tube: str, sampled: int, rows: Any, wait: int) -> int:
        """A positive mixed tube: its members are held and swabbed again, one by one."""
        world = self.world
        minute = world.drafts.minute_of(sampled) + wait
        lab = laboratory(world.community(int(rows[0])))
        result = world.drafts.result(
            tube, sampled, minute=minute, value=ResultValue.POSITIVE, laboratory=lab, ct=self._ct()
        )
        world.at(minute, self._recall, kind, rows, result)
        return result

    def _recall(self, kind: TubeKind, rows: Any, cause: int) -> None:
        """What the rules make of a positive mixed tube: a case at once, or everyone swabbed again."""
        world, rng = self.world, self.world.rng
        decided = interpret(ResultValue.POSITIVE, kind, rows.tolist(), world.policy.protocol)
        for row in decided.open_for:
            self._found(row, cause, FoundBy.SCREENING)
        held = [row for row in decided.retest if not world.isolated(row) and row not in world.found]
        start = world.now + delay("response", "laboratory", "reswab_delay").one(rng)
        waits = delay("response", "laboratory", "single_result").draw(rng, len(held)).tolist()
        for place, (row, wait) in enumerate(zip(held, waits, strict=True)):
            minute = start + 2 * place
            if decided.hold:
                world.isolate(row, minute + wait + 1)
            world.at(minute, self._reswab, row, wait, cause)

    def _reswab(self, row: int, wait: int, cause: int) -> None:
        if row in self.world.found:
            return
        positive = self._shows(row, "single")
        self._single(row, SampleReason.RESWAB, FoundBy.SCREENING, wait, positive=positive, cause=cause)

    # --- swabs --------------------------------------------------------------------------------------------

    def _shows(self, row: int, kind: str) -> bool:
        """Whether a swab taken now turns positive: only of the infected, in their window, mostly."""
        infected = self.world.infected.get(row)
        if infected is None or not infected.detectable(self.world.now):
            return False
        return self.world.rng.random() < number("omicron", "swab", kind)

    def _ct(self) -> float:
        low, high = number("omicron", "swab", "ct_low"), number("omicron", "swab", "ct_high")
        return round(low + (high - low) * float(self.world.rng.random()), 1)


def sampler(division: str) -> str:
    """Who swabs there: the street where the drill has it as an organisation, else the district's headquarters."""
    return street_code(division) if division[:6] == home_district() else f"hq-{division[:6]}"


def laboratory(community: int) -> str:
    return f"laboratory-{community % _LABORATORIES + 1}"


def contact_minute(start: int, row: int, day: int) -> int:
    """When an isolated contact is swabbed: within the hour on day 1, in the morning on the others."""
    return start + 60 if day == 1 else (start // DAY + day - 1) * DAY + _MORNING + row % 120


def contact_tube(row: int, day: int) -> str:
    return f"C{row + 1:08d}-{day}"


def single_wait(row: int, day: int) -> int:
    """Minutes from a contact's swab to its result; the same for the drafted and the many unremarkable tubes."""
    spec = numbers.load("response").node("laboratory", "single_result")
    low, high = int(float(spec["from"]) * 60), int(float(spec["to"]) * 60)
    return low + (row * 37 + day * 101) % (high - low)


def household_tube(today: SealedDay, household: int) -> str:
    return f"H{household:08d}-{today.day}"


def household_minute(today: SealedDay, household: int) -> int:
    return today.start + household % 180


def household_wait(household: int, day: int) -> int:
    spec = numbers.load("response").node("laboratory", "household_result")
    low, high = int(float(spec["from"]) * 60), int(float(spec["to"]) * 60)
    return low + (household * 41 + day * 67) % (high - low)


def _traced(setting: Setting) -> str:
    if setting is Setting.HOUSEHOLD:
        return "trace_household"
    return "trace_community" if setting is Setting.COMMUNITY else "trace_group"
