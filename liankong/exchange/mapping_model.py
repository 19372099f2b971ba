"""What a mapping is: its fields, its sources, its faults. `mapping` reads them from TOML."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from liankong.exchange.linelist_values import KINDS
from liankong.exchange.tables import TableOptions

DAYS = (
    "exposed_from", "exposed_to", "onset", "sampled", "isolated", "admitted", "reported", "confirmed",
    "outcome_day", "died",
)  # fmt: skip
TEXTS = ("origin_place", "place", "hospital", "cluster", "exposure", "notes")
AGES = ("age", "age_high")
FIELDS = ("key", *KINDS, *AGES, *TEXTS, *DAYS, "infectors")
PERSONAL = ("name", "id_number", "phone", "address")
DIRECTIONS = ("infector", "infectee", "related")


class MappingError(ValueError):
    """A fault in a mapping, or a mapping that does not fit its file."""

    def __init__(self, file: str, key: str, problem: str, expected: str) -> None:
        super().__init__(f"{file}: {key}: {problem}; expected {expected}")
        self.file, self.key, self.problem, self.expected = file, key, problem, expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One way to get one field. Several for a field are tried in order; the first that has a value counts
    (for `infectors`, all count).

    `pattern` must match somewhere in the cell; its group `value` (for infectors: `key`) is what is read.
    """

    columns: tuple[str, ...] = ()
    join: str = " "
    value: str | None = None
    row_number: bool = False
    missing: tuple[str, ...] | None = None
    pattern: re.Pattern[str] | None = None
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    format: tuple[str, ...] = ("auto",)
    partial: str = "reject"
    year: int | None = None
    unit: str = "years"
    key: str = "{key}"
    direction: str = "infector"
    unmatched: str = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFile:
    """A second file of edges, one link a row. `file` is beside the line list; columns None are guessed."""

    file: str | None = None
    infector: str | None = None
    infectee: str | None = None
    direction: str = "infector"
    key: str = "{key}"
    options: TableOptions = field(default_factory=TableOptions)
    missing: tuple[str, ...] = ("", "NA")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A whole mapping. `fields` holds each field's sources in the order in which they are tried."""

    name: str
    fields: dict[str, tuple[Source, ...]]
    title: str = ""
    options: TableOptions = field(default_factory=TableOptions)
    missing: tuple[str, ...] = ("",)
    personal: dict[str, str] = field(default_factory=dict)
    links: LinkFile | None = None
    earliest: date | None = None
    latest: date | None = None


def find_column(name: str, headers: Sequence[str], *, file: str, key: str) -> int:
    """The position of a column. Raises `MappingError` with the nearest column name."""
    wanted = " ".join(name.split())
    if wanted in headers:
        return headers.index(wanted)
    near = did_you_mean(wanted, headers)
    names = ", ".join(repr(header) for header in headers[:40])
    raise MappingError(file, key, f"there is no column {name!r}{near}", f"one of {names}")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint to append to a message, or nothing."""
    by_form = {one.casefold(): one for one in known}
    close = difflib.get_close_matches(name.casefold(), by_form, n=1, cutoff=0.6)
    return f"; did you mean {by_form[close[0]]!r}?" if close else ""
