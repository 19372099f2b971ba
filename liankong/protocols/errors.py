"""What can go wrong with a protocol: its file, or a question that it does not answer."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a file: the dotted key (with indices of arrays), and what was expected there."""

    file: Path
    key: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file.name}: {self.key or 'file'}: {self.expected}"


class ProtocolError(ValueError):
    """A protocol file that cannot be used. `problems` lists every fault found, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class UnknownProtocolError(LookupError):
    """No protocol has this id, or none was in force for that pathogen, day and division."""


class Absent(LookupError):
    """Base of both answers to a question that a protocol does not answer: `Retired` and `Unstated`."""

    def __init__(self, message: str, *, protocol: str, what: str) -> None:
        super().__init__(message)
        self.protocol = protocol
        self.what = what


class Retired(Absent):
    """The protocol does away with this concept on purpose: 乙类乙管 has no zones. `instrument` says by what."""

    def __init__(self, *, protocol: str, what: str, instrument: str) -> None:
        super().__init__(f"{protocol} has retired {what} ({instrument})", protocol=protocol, what=what)
        self.instrument = instrument


class Unstated(Absent):
    """The protocol says nothing about it, so no rule may assume a number."""

    def __init__(self, *, protocol: str, what: str) -> None:
        super().__init__(f"{protocol} states nothing about {what}", protocol=protocol, what=what)
