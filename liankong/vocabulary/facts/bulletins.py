"""What was published."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from liankong.vocabulary.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinDrafted(Fact):
    subject_kind: ClassVar[str] = "bulletin"
    bulletin: int
    day: date | str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinSuperseded(Fact):
    subject_kind: ClassVar[str] = "bulletin"
    bulletin: int
    by_revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinSigned(Fact):
    subject_kind: ClassVar[str] = "bulletin"
    bulletin: int
    day: date | str
    revision: int
    digest: str
