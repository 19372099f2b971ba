"""Which room, and what may become of it? Infection status never mixes in a room or on a floor."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from liankong.rules.why import Why
from liankong.vocabulary.kinds import Mobility, RoomState

RULE = "isolation.choose_room"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFacts:
    """A room as it stands: `held` for somebody who is on the way or inside. `distance` in km to the people's home."""

    key: int
    site: int
    floor: int
    beds: int
    accessible: bool = False
    state: RoomState = RoomState.READY
    held: bool = False
    distance: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomNeed:
    """One person, or a party that shares a room on purpose."""

    people: int = 1
    infected: bool = False
    mobility: tuple[Mobility, ...] = ()

    @property
    def accessible(self) -> bool:
        return any(one is not Mobility.WALKS for one in self.mobility)


class NoRoom(StrEnum):
    """Why nothing fits, the last hindrance first: what was still free before it was asked for."""

    NONE_FREE = "none_free"
    TOO_SMALL = "too_small"
    NOT_ACCESSIBLE = "not_accessible"
    FLOOR_MIXED = "floor_mixed"


WORDS: dict[NoRoom, str] = {
    NoRoom.NONE_FREE: "No room is ready and free.",
    NoRoom.TOO_SMALL: "No free room has {people} beds.",
    NoRoom.NOT_ACCESSIBLE: "No free room can be entered with a wheelchair or a stretcher.",
    NoRoom.FLOOR_MIXED: "Every free room lies on a floor with people of the other infection status.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomChoice:
    room: int | None
    hindrance: NoRoom | None = None
    why: Why


def choose_room(
    need: RoomNeed,
    rooms: Iterable[RoomFacts],
    floors: Mapping[tuple[int, int], frozenset[bool]],
) -> RoomChoice:
    """The best free room, or what stands in the way.

    `floors` gives, by (site, floor), the infection statuses of those who are on it or on the way to it. Near before
    far, no larger and no more accessible than needed, floors in use before empty ones (those stay open for the other
    status).
    """
    free = [one for one in rooms if one.state is RoomState.READY and not one.held]
    if not free:
        return _none(NoRoom.NONE_FREE, need)
    free = [one for one in free if one.beds >= need.people]
    if not free:
        return _none(NoRoom.TOO_SMALL, need)
    free = [one for one in free if one.accessible or not need.accessible]
    if not free:
        return _none(NoRoom.NOT_ACCESSIBLE, need)
    free = [one for one in free if fits_floor(need.infected, floors.get((one.site, one.floor), frozenset()))]
    if not free:
        return _none(NoRoom.FLOOR_MIXED, need)
    best = min(
        free,
        key=lambda one: (
            one.distance,
            one.beds - need.people,
            one.accessible and not need.accessible,
            not floors.get((one.site, one.floor)),
            one.floor,
            one.key,
        ),
    )
    text = "A single room." if need.people == 1 else "One room for {people} who belong together."
    return RoomChoice(room=best.key, why=Why(rule=RULE, reason=text, values={"people": need.people}))


def fits_floor(infected: bool, present: frozenset[bool]) -> bool:
    """Whether somebody of this status may be on a floor where those statuses are present."""
    return present <= {infected}


def _none(hindrance: NoRoom, need: RoomNeed) -> RoomChoice:
    why = Why(rule=RULE, reason=WORDS[hindrance], values={"people": need.people})
    return RoomChoice(room=None, hindrance=hindrance, why=why)


# --- what may become of a room ------------------------------------------------------------------------------

# By hand. Occupied is reached by an arrival alone, and left by a departure alone.
NEXT: dict[RoomState, frozenset[RoomState]] = {
    RoomState.READY: frozenset({RoomState.CLEANING, RoomState.CLOSED}),
    RoomState.OCCUPIED: frozenset(),
    RoomState.CLEANING: frozenset({RoomState.READY, RoomState.CLOSED}),
    RoomState.CLOSED: frozenset({RoomState.CLEANING, RoomState.READY}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomStep:
    allowed: bool
    why: Why


def room_step(before: RoomState, after: RoomState, *, held: bool) -> RoomStep:
    """Whether a site may set a room to another state. A held room stays ready: somebody is on the way to it."""
    rule, values = "isolation.room_step", {"before": before.value, "after": after.value}
    if before is RoomState.OCCUPIED:
        text = "Somebody is in this room: move or release them first."
    elif held:
        text = "This room is held for somebody who is on the way."
    elif after is RoomState.OCCUPIED:
        text = "A room becomes occupied when somebody arrives, not by hand."
    elif after not in NEXT[before]:
        text = "A room that is {before} cannot become {after}."
    else:
        text = "From {before} to {after} is a lawful step."
        return RoomStep(allowed=True, why=Why(rule=rule, reason=text, values=values))
    return RoomStep(allowed=False, why=Why(rule=rule, reason=text, values=values))
