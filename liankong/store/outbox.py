"""Messages to other headquarters: written in the transaction that makes them true, handed over until a receipt is in.

At least once: whoever receives drops repeats by the message's own number. What is sealed in a message goes as soon as
it has arrived.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from liankong.store.models import Organisation, Outbox


def post(
    *,
    message: UUID,
    to: Organisation,
    kind: str,
    division: str,
    body: dict[str, Any],
    body_sealed: bytes,
    at: datetime,
) -> Outbox:
    """Put a message out. `division` is the sender's: nobody else sees the row. The body names nobody."""
    return Outbox.objects.create(
        message=message,
        to=to,
        kind=kind,
        division=division,
        body=body,
        body_sealed=body_sealed,
        created_at=at,
    )


def waiting(kind: str, *, limit: int) -> list[Outbox]:
    """Messages without a receipt, the oldest first, locked; those that somebody else is handing over are left out."""
    rows = Outbox.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        receipt_at__isnull=True, kind=kind
    )
    return list(rows.select_related("to").order_by("created_at", "pk")[:limit])


def attempted(row: Outbox, *, at: datetime) -> None:
    """It was handed over once more; whether it arrived, the receipt says."""
    row.attempts += 1
    row.sent_at = at
    row.save(update_fields=["attempts", "sent_at"])


def receipt(row: Outbox, *, at: datetime) -> None:
    """It arrived: nothing personal needs to lie here any longer."""
    row.receipt_at, row.body_sealed = at, b""
    row.save(update_fields=["receipt_at", "body_sealed"])
