"""Do two inquiries ask for the same subject, and where is a contact to be asked for?

Subjects meet by keyed hashes, each a text "kind:hash", so that nobody can read from a key whom it is about.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

# Kinds of keys, the surest first. `name_home` is name and address, `name_trip` name, vehicle and day.
PERSON_KEYS = ("id", "phone", "name", "name_home", "name_trip")
THING_KEYS = ("trip", "place", "goods")
# Keys that alone may suggest that two are the same; a name alone never does.
MEETING = ("id", "phone", "name_home", "name_trip", *THING_KEYS)


def keyed(keys: Collection[str]) -> dict[str, str]:
    """Kind -> hash. Raises ValueError for a key of no kind."""
    found = {}
    for key in keys:
        kind, colon, value = key.partition(":")
        if not colon or kind not in (*PERSON_KEYS, *THING_KEYS):
            raise ValueError("a key has a kind and a hash")
        found[kind] = value
    return found


def same_subject(one: Collection[str], other: Collection[str]) -> bool:
    """Whether two requests are about the same subject.

    Two ID numbers decide alone. Without both, the same phone means the same person unless the names differ (a family
    may share one); else name with address, or name with the same trip. Things meet by their own key.
    """
    first, second = keyed(one), keyed(other)
    if "id" in first and "id" in second:
        return first["id"] == second["id"]
    if _equal(first, second, "phone"):
        return not ("name" in first and "name" in second and first["name"] != second["name"])
    return any(_equal(first, second, kind) for kind in ("name_home", "name_trip", *THING_KEYS))


def conflicting(one: Collection[str], other: Collection[str]) -> bool:
    """Whether they cannot be the same: both state an ID number, and not the same one."""
    first, second = keyed(one), keyed(other)
    return "id" in first and "id" in second and first["id"] != second["id"]


def joins(keys: Collection[str], job: Iterable[Collection[str]]) -> bool:
    """Whether a request belongs to a job: it is about the same subject as one of the job's requests and contradicts
    none of them.
    """
    asked = list(job)
    return any(same_subject(keys, one) for one in asked) and not any(conflicting(keys, one) for one in asked)


def _equal(first: Mapping[str, str], second: Mapping[str, str], kind: str) -> bool:
    return kind in first and first[kind] == second.get(kind)


# --- where to ask -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Somebody was in a division until a moment."""

    division: str
    until: datetime


def whereabouts(home: str, stays: Iterable[Seen], *, exposed_at: datetime | None) -> str:
    """The division to ask for a contact: where they were last after the exposure, else where they live.

    A stay from before the exposure says nothing of where they are: they came from there.
    """
    after = [stay for stay in stays if exposed_at is None or stay.until > exposed_at]
    last = max(after, key=lambda stay: stay.until, default=None)
    return last.division if last is not None and last.division else home
