"""What was tested, and what came out."""

from dataclasses import dataclass
from typing import ClassVar

from liankong.vocabulary.facts.base import Fact
from liankong.vocabulary.kinds import ResultValue, TubeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReported(Fact):
    subject_kind: ClassVar[str] = "result"
    result: int
    tube: str
    tube_kind: TubeKind
    value: ResultValue
    persons: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRecalled(Fact):
    subject_kind: ClassVar[str] = "result"
    result: int
    orders: tuple[int, ...]
