"""What holds for every inquiry between headquarters, whatever the pathogen: clocks by default, and the least
disclosure.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from liankong.protocols.errors import Problem, ProtocolError
from liankong.protocols.leaves import Sourced, Strict
from liankong.protocols.model import Clock, Instrument
from liankong.protocols.protocol import Citation, describe
from liankong.protocols.reader import read_standing
from liankong.protocols.standing import IdentityField
from liankong.vocabulary.kinds import PersonClass

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryClocks(Strict):
    """From the issue of an inquiry: until it is acknowledged, until its subject is under control, until the answer."""

    receive: Clock
    control: Clock
    feedback: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureRow(Sourced):
    """What of a person in one of these roles goes with an inquiry. `otherwise` goes where a phone is not known."""

    roles: tuple[PersonClass, ...]
    fields: tuple[IdentityField, ...]
    otherwise: tuple[IdentityField, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiries(Strict):
    schema: int
    instruments: dict[str, Instrument]
    clocks: InquiryClocks
    disclosure: tuple[DisclosureRow, ...]

    def cite(self, path: str, leaf: Sourced) -> Citation:
        value = describe(leaf) if isinstance(leaf, Clock) else ", ".join(getattr(leaf, "fields", ()))
        return Citation(path, value, self.instruments[leaf.instrument].title, leaf.grade, leaf.note)


@cache
def inquiries(path: Path = HERE / "inquiries.toml") -> Inquiries:
    """The standing rules of inquiries. Raises `ProtocolError`."""
    found = read_standing(path, Inquiries)
    leaves: list[tuple[str, Sourced]] = [
        ("clocks.receive", found.clocks.receive),
        ("clocks.control", found.clocks.control),
        ("clocks.feedback", found.clocks.feedback),
    ]
    leaves += [(f"disclosure[{at}]", row) for at, row in enumerate(found.disclosure)]
    known = ", ".join(sorted(found.instruments))
    faults = [
        Problem(path, f"{key}.instrument", f"expected one of {known}, got {leaf.instrument!r}")
        for key, leaf in leaves
        if leaf.instrument not in found.instruments
    ]
    if faults:
        raise ProtocolError(tuple(faults))
    return found
