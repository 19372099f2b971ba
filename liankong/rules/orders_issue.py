"""Who may be told to do what, where, and by when?"""

from datetime import datetime

from liankong.rules.orders import Move
from liankong.rules.why import Why
from liankong.vocabulary.kinds import OrderKind
from liankong.vocabulary.spans import aware

RULE = "orders.issue"
# What people issue in words. The other kinds come with facts of their own stage, and only its verbs make them.
BY_HAND = (
    OrderKind.DIRECTIVE,
    OrderKind.TASK,
    OrderKind.DOOR_KNOCK,
    OrderKind.TRANSFER,
    OrderKind.DELIVERY,
    OrderKind.DISINFECTION,
    OrderKind.ENVIRONMENT_SAMPLE,
    OrderKind.INSPECTION,
)


def where(*, jurisdiction: str, issuer: str, addressee: str, wanted: str = "") -> str | None:
    """The division of an order: the narrower one of issuer and addressee, or one within it that was asked for.

    Both must see it, and it must lie in the jurisdiction of whoever issues it; None when no division does.
    """
    if not (issuer.startswith(addressee) or addressee.startswith(issuer)):
        return None
    narrower = max(issuer, addressee, key=len)
    division = wanted or narrower
    fits = division.startswith(narrower) and division.startswith(jurisdiction)
    return division if fits else None


def may_issue(kind: OrderKind, *, title: str, due_at: datetime, now: datetime, places: int) -> Move:
    """Judge an order in words before it is written. `places` is how many addressees it has."""
    faults = (
        (kind not in BY_HAND, "kind", "Orders of this kind are issued by the stage that they belong to."),
        (not title.strip(), "title", "Say in a line what is to be done."),
        (places == 0, "addressees", "Name whom it is for."),
        (aware(due_at) <= aware(now), "due_at", "The deadline must lie ahead."),
    )
    for wrong, field, reason in faults:
        if wrong:
            return Move(allowed=False, field=field, why=Why(rule=RULE, reason=reason))
    return Move(allowed=True, why=Why(rule=RULE, reason="It may go out."))
