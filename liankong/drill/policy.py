"""What the drill takes from the protocol in force: test days and lengths. No number of policy lives in the drill."""

from dataclasses import dataclass
from datetime import date, timedelta

from liankong import protocols
from liankong.protocols import Protocol, Subject

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Policy:
    """A protocol and the days that the drill plans by, counted from 1.

    `contact_days` run over all stages of isolation, `zone_days` from a zone's sealing.
    """

    protocol: Protocol
    contact_days: tuple[int, ...]
    contact_minutes: int
    zone_days: tuple[int, ...]


def policy_of(protocol: Protocol) -> Policy:
    """Raises the protocol's own errors where it has retired contacts or zones: such a drill needs other data."""
    days: list[int] = []
    passed = timedelta()
    for stage in protocol.regime(Subject.CLOSE_CONTACT).stages:
        days += [int(passed / timedelta(days=1)) + day for day in (stage.tests.value if stage.tests else ())]
        passed += stage.length.value
    strictest = protocol.zones.kinds[0]
    return Policy(
        protocol=protocol,
        contact_days=tuple(sorted(set(days))),
        contact_minutes=int(passed / _MINUTE),
        zone_days=strictest.tests.value if strictest.tests else (),
    )


def policy_on(pathogen: str, day: date, division: str) -> Policy:
    """The policy of the protocol that was in force."""
    return policy_of(protocols.in_force(pathogen=pathogen, on=day, division=division))
