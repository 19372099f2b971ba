"""Rules that no edition of a protocol changes: retention of personal data, sight of identities, how far one user goes
alone, the reporting ladder.
"""

from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from pathlib import Path

from liankong.protocols.errors import Problem, ProtocolError
from liankong.protocols.leaves import Count, Duration, Sourced, Strict
from liankong.protocols.model import Instrument
from liankong.protocols.protocol import Citation, describe
from liankong.protocols.reader import read_standing
from liankong.vocabulary.kinds import Role

HERE = Path(__file__).parent


class RetentionStart(StrEnum):
    """The event from which a retention class counts."""

    CREATED = "created"
    RESPONSE_ENDED = "response_ended"


class Bound(StrEnum):
    AT_LEAST = "at_least"  # must be kept so long, and is destroyed then
    AT_MOST = "at_most"  # must be destroyed by then
    ASSESSED = "assessed"  # destroyed then, unless an assessment names a later day


class IdentityField(StrEnum):
    NAME = "name"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    ADDRESS = "address"
    REGISTERED_ADDRESS = "registered_address"


class Sight(StrEnum):
    """How much of a field a post sees before any reveal is logged."""

    FULL = "full"
    MASKED = "masked"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionClass(Strict):
    code: str
    name: str
    english: str
    starts: RetentionStart
    bound: Bound
    keep: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class SightRow(Sourced):
    role: Role
    shows: dict[IdentityField, Sight]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(Strict):
    """How far one user goes alone.

    `glass`: how long a broken glass widens sight. `alone_up_to`: how many persons' data one user may destroy
    `alone_within` a span without a second one's agreement, which holds for `agreed_for`.
    """

    glass: Duration
    alone_up_to: Count
    alone_within: Duration
    agreed_for: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention(Strict):
    schema: int
    instruments: dict[str, Instrument]
    limits: Limits
    classes: tuple[RetentionClass, ...]
    sight: tuple[SightRow, ...]

    def of(self, code: str) -> RetentionClass:
        """A class by its code. Raises KeyError."""
        for one in self.classes:
            if one.code == code:
                return one
        raise KeyError(
            f"no retention class {code!r}; there are {', '.join(one.code for one in self.classes)}"
        )

    def cite(self, path: str, leaf: Sourced) -> Citation:
        return Citation(path, describe(leaf), self.instruments[leaf.instrument].title, leaf.grade, leaf.note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung(Strict):
    """Who reports to whom within what time."""

    sender: str
    receiver: str
    limit: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Statute(Strict):
    schema: int
    instruments: dict[str, Instrument]
    ladder: tuple[Rung, ...]

    def cite(self, path: str, leaf: Sourced) -> Citation:
        return Citation(path, describe(leaf), self.instruments[leaf.instrument].title, leaf.grade, leaf.note)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderClocks(Strict):
    """When an order that is not done reminds its addressee, and when it goes to the issuer's superior."""

    remind_before: Duration
    remind_after: Duration
    escalate_after: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering(Strict):
    schema: int
    instruments: dict[str, Instrument]
    clocks: OrderClocks

    def cite(self, path: str, leaf: Sourced) -> Citation:
        return Citation(path, describe(leaf), self.instruments[leaf.instrument].title, leaf.grade, leaf.note)


@cache
def ordering(path: Path = HERE / "orders.toml") -> Ordering:
    """The clocks of all orders. Raises `ProtocolError`."""
    found = read_standing(path, Ordering)
    leaves = [(f"clocks.{one.name}", getattr(found.clocks, one.name)) for one in fields(OrderClocks)]
    _known(path, found.instruments, leaves)
    return found


@cache
def retention(path: Path = HERE / "retention.toml") -> Retention:
    """The retention classes, the table of sight and the limits of one user. Raises `ProtocolError`."""
    found = read_standing(path, Retention)
    leaves: list[tuple[str, Sourced]] = [
        (f"classes[{at}].keep", one.keep) for at, one in enumerate(found.classes)
    ]
    leaves += [(f"sight[{at}]", row) for at, row in enumerate(found.sight)]
    leaves += [(f"limits.{one.name}", getattr(found.limits, one.name)) for one in fields(Limits)]
    _known(path, found.instruments, leaves)
    return found


@cache
def statute(path: Path = HERE / "statute.toml") -> Statute:
    """The statutory reporting ladder. Raises `ProtocolError`."""
    found = read_standing(path, Statute)
    _known(
        path, found.instruments, [(f"ladder[{at}].limit", rung.limit) for at, rung in enumerate(found.ladder)]
    )
    return found


def _known(path: Path, instruments: dict[str, Instrument], leaves: list[tuple[str, Sourced]]) -> None:
    known = ", ".join(sorted(instruments))
    faults = [
        Problem(path, f"{key}.instrument", f"expected one of {known}, got {leaf.instrument!r}")
        for key, leaf in leaves
        if leaf.instrument not in instruments
    ]
    if faults:
        raise ProtocolError(tuple(faults))
