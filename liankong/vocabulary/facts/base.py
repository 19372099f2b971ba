"""What every fact is."""

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Base of all facts. `kind` is the class name; `body()` is what the log stores."""

    subject_kind: ClassVar[str] = ""

    @property
    def kind(self) -> str:
        return type(self).__name__

    def body(self) -> dict[str, Any]:
        return {key: _plain(value) for key, value in asdict(self).items()}

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> "Fact":
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in body.items() if key in known})


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value
