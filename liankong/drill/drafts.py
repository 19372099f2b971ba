"""Events while they are being made: minutes instead of moments, drafts that point at their causes.

A simulation does not make events in order of time, so numbers are given at the end, when all are known.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from liankong.drill.records import Event, SampleReason, TubeResulted, TubeSampled
from liankong.vocabulary.kinds import ResultValue, TubeKind

# Fields that hold minutes in a draft and a moment in the event.
_MOMENTS = ("last_exposure", "onset_at")


@dataclass(frozen=True, slots=True)
class Draft:
    minute: int
    kind: type[Event]
    cause: int | None
    body: dict[str, Any]


class CausalityError(ValueError):
    """An event was drafted before its cause."""


class Drafts:
    """Collects drafts; `events()` orders and numbers them."""

    def __init__(self) -> None:
        self._drafts: list[Draft] = []
        self._tubes = 0

    def __len__(self) -> int:
        return len(self._drafts)

    def add(self, kind: type[Event], minute: int, cause: int | None = None, /, **body: Any) -> int:
        """The draft's handle, to be a later draft's `cause`. Raises CausalityError."""
        if cause is not None and self._drafts[cause].minute > minute:
            raise CausalityError(f"{kind.__name__} at minute {minute} comes before its cause")
        self._drafts.append(Draft(minute, kind, cause, body))
        return len(self._drafts) - 1

    def minute_of(self, handle: int) -> int:
        return self._drafts[handle].minute

    def body(self, handle: int) -> dict[str, Any]:
        return self._drafts[handle].body

    def tube(
        self,
        *,
        kind: TubeKind,
        rows: tuple[int, ...],
        minute: int,
        division: str,
        reason: SampleReason,
        organisation: str,
        cause: int | None = None,
        screening: int | None = None,
        code: str = "",
    ) -> tuple[str, int]:
        """Draft a sampling; rows are counted from 0, persons from 1."""
        self._tubes += 1
        tube = code or f"{kind.value[0].upper()}{self._tubes:07d}"
        handle = self.add(
            TubeSampled,
            minute,
            cause,
            tube=tube,
            kind=kind,
            members=tuple(row + 1 for row in rows),
            division=division,
            reason=reason,
            organisation=organisation,
            round=screening,
        )
        return tube, handle

    def result(
        self,
        tube: str,
        sampled: int,
        *,
        minute: int,
        value: ResultValue,
        laboratory: str,
        ct: float | None = None,
    ) -> int:
        return self.add(TubeResulted, minute, sampled, tube=tube, value=value, laboratory=laboratory, ct=ct)

    def events(self, zero: datetime) -> tuple[Event, ...]:
        """All events, ordered by time and then by the order in which they were drafted."""
        order = sorted(range(len(self._drafts)), key=lambda index: (self._drafts[index].minute, index))
        number = {index: place for place, index in enumerate(order, start=1)}
        return tuple(
            draft.kind(
                event=number[index],
                at=zero + timedelta(minutes=draft.minute),
                cause=None if draft.cause is None else number[draft.cause],
                **_dated(draft.body, zero),
            )
            for index in order
            for draft in (self._drafts[index],)
        )


def moment(zero: datetime, minute: int | None) -> datetime | None:
    """Minute 0 is `zero`."""
    return None if minute is None else zero + timedelta(minutes=minute)


def _dated(body: dict[str, Any], zero: datetime) -> dict[str, Any]:
    return {key: moment(zero, value) if key in _MOMENTS else value for key, value in body.items()}
