"""What every row shares: its jurisdiction, and the declaration of who may see it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from django.db import models


@dataclass(frozen=True)
class Scoped:
    """Rows are seen by those whose jurisdiction holds the row's `column`; also writes must stay inside it.

    `downward` rows are also seen, not written, by every jurisdiction below their own: a city's outbreak is its
    districts' outbreak.
    """

    column: str = "division"
    downward: bool = False


@dataclass(frozen=True)
class Through:
    """Rows are seen by those who see the row that `column` points to."""

    column: str
    model: str


@dataclass(frozen=True)
class Between:
    """Rows that go from one jurisdiction to another are seen by both; either may write them."""

    sender: str
    receiver: str


@dataclass(frozen=True)
class Shared:
    """Rows are seen by every signed-in user of the node; `because` says why that reveals nobody."""

    because: str


Access = Scoped | Through | Between | Shared


class DivisionField(models.CharField):  # type: ignore[type-arg]  # the generic parameters differ between stubs' versions
    """A GB/T 2260-style code of 2 to 12 digits; "" is the whole node. Byte order makes a prefix a range."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("max_length", 12)
        kwargs.setdefault("db_collation", "C")
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # keywords are passed through untouched


class Row(models.Model):
    """Abstract base: nothing in `save`, no signals; a row says only what it is and who may see it."""

    access: ClassVar[Access]

    class Meta:
        abstract = True


def choices(kind: type[StrEnum]) -> list[tuple[str, str]]:
    return [(item.value, item.name.replace("_", " ").capitalize()) for item in kind]


def one_of(column: str, kind: type[StrEnum], *, name: str, blank: bool = False) -> models.CheckConstraint:
    """The database refuses a value outside the closed list."""
    values = [item.value for item in kind] + ([""] if blank else [])
    return models.CheckConstraint(condition=models.Q(**{f"{column}__in": values}), name=name)
