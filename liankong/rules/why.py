"""Why a decision came out as it did, in a form that the log keeps, the console explains and an appeal can
quote.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from liankong.protocols import Citation, Protocol

BASIS_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """`reason` is an English sentence with {places}, filled from `values`; it doubles as the key of its
    translation.
    """

    rule: str
    reason: str
    values: Mapping[str, object] = field(default_factory=dict)
    protocol: str = ""
    digest: str = ""
    numbers: tuple[Citation, ...] = ()

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """The reason in words, in the language of `translate` (gettext)."""
        return translate(self.reason).format(**self.values)

    @property
    def basis(self) -> str:
        """Rule, protocol and numbers on one line of at most 200 characters, for an order's own record."""
        numbers = "; ".join(str(number) for number in self.numbers)
        text = " · ".join(part for part in (self.rule, self.protocol, numbers) if part)
        return text if len(text) <= BASIS_LENGTH else text[: BASIS_LENGTH - 1] + "…"

    def __str__(self) -> str:
        return self.basis

    def body(self) -> dict[str, Any]:
        """As plain values, for the log."""
        return {
            "rule": self.rule,
            "reason": self.sentence(),
            "protocol": self.protocol,
            "digest": self.digest,
            "numbers": [
                {"path": one.path, "value": one.value, "instrument": one.instrument, "grade": one.grade.value}
                for one in self.numbers
            ],
        }


def because(
    rule: str, reason: str, protocol: Protocol, *cited: str, values: Mapping[str, object] | None = None
) -> Why:
    """A reason under a protocol, quoting the numbers at the dotted paths `cited`."""
    return Why(
        rule=rule,
        reason=reason,
        values=values or {},
        protocol=protocol.id,
        digest=protocol.digest,
        numbers=tuple(protocol.cite(path) for path in cited),
    )
