"""Files that prove orders, sealed: a picture of a delivery shows a door, and who stands in it."""

import base64
import hashlib
from datetime import datetime

from liankong.rules import orders_proof
from liankong.store import identity, log
from liankong.store.log import Actor
from liankong.store.models import Order, OrderFile
from liankong.vocabulary.facts import OrderFileAdded, OrderFileRead


def add(order: Order, content: bytes, *, by: Actor, at: datetime) -> OrderFile:
    """Seal a file whose type was checked, and record it. The same content twice is one file.

    It is named after its order: what a phone or a person called it may be somebody's name.
    """
    digest = hashlib.sha256(content).hexdigest()
    known = order.files.filter(digest=digest).first()
    if known is not None:
        return known
    kind = orders_proof.media_type(content)
    if kind is None:
        raise ValueError("the type of a file is checked before it is kept")
    row = OrderFile.objects.create(
        order=order,
        filename=f"order-{order.pk}-{order.files.count() + 1}.{orders_proof.ENDINGS[kind]}",
        media_type=kind,
        size=len(content),
        digest=digest,
        content_sealed=identity.seal(
            base64.b64encode(content).decode("ascii"), owner=order.pk, field=f"order_file:{digest}"
        ),
        at=at,
        by_id=by.user,
    )
    fact = OrderFileAdded(order=order.pk, file=row.pk, digest=digest)
    log.record(fact, subject=order.pk, division=order.division, by=by, at=at)
    return row


def read(row: OrderFile, *, by: Actor, at: datetime) -> bytes:
    """The content, once the reading is on record. Raises SealBroken when it was changed or moved."""
    fact = OrderFileRead(order=row.order_id, file=row.pk)
    log.record(fact, subject=row.order_id, division=row.order.division, by=by, at=at)
    text = identity.unseal(row.content_sealed, owner=row.order_id, field=f"order_file:{row.digest}")
    return base64.b64decode(text)
