"""What was made of a meeting's minutes."""

from dataclasses import dataclass
from typing import ClassVar

from liankong.vocabulary.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesDrafted(Fact):
    """Minutes were read into draft orders; `orders` are their numbers, `set_aside` how many sentences were not."""

    subject_kind: ClassVar[str] = "batch"
    batch: int
    orders: tuple[int, ...]
    set_aside: int
