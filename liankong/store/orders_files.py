"""Files that prove orders, sealed: a picture of a delivery shows a door, and who stands in it."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from liankong.rules import orders_proof
from liankong.store import identity, log
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Order, OrderFile, PurgeCertificate
from liankong.vocabulary.facts import OrderFileAdded, OrderFileRead


def add(order: Order, content: bytes, *, by: Actor, at: datetime) -> OrderFile:
    """Seal a file whose type was checked, and record it. The same content twice is one file.

    It is named after its order: what a phone or a person called it may be somebody's name.
    """
    digest = hashlib.sha256(content).hexdigest()
    # What was destroyed does not come back by itself: brought again, it is another file.
    known = order.files.filter(digest=digest).exclude(content_sealed=b"").first()
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


# --- what became of them --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Destroyed:
    """A proof whose content is gone: when, and under which certificate. Both None where no certificate names it."""

    certificate: int | None = None
    at: datetime | None = None


def listed(order: Order) -> list[tuple[OrderFile, Destroyed | None]]:
    """An order's proofs in their order, contents left where they are; with what became of each that is destroyed."""
    rows = list(order.files.defer("content_sealed").order_by("pk"))
    gone = set(order.files.filter(content_sealed=b"").values_list("pk", flat=True)) if rows else set()
    fates = destroyed(order, [row for row in rows if row.pk in gone])
    return [(row, fates.get(row.pk)) for row in rows]


def destroyed(order: Order, files: Sequence[OrderFile]) -> dict[int, Destroyed]:
    """Under which certificate each of these files went: one that lists it, else that of the person it is about."""
    if not files:
        return {}
    persons = {order.person_id, order.case.person_id if order.case else None} - {None}
    wanted = Q()
    for file in files:
        wanted |= Q(body__order_files__contains=[file.pk])
    for person in persons:
        wanted |= Q(body__persons__contains=[person])
    # A certificate is of whoever destroyed, which may be the city; its number and day are for whoever misses the file.
    with node_scope():
        found = list(PurgeCertificate.objects.filter(wanted).order_by("pk"))
    return {file.pk: _fate(file, persons, found) for file in files}


def _fate(file: OrderFile, persons: set[int | None], found: Sequence[PurgeCertificate]) -> Destroyed:
    by_name = [row for row in found if file.pk in row.body.get("order_files", ())]
    by_person = [row for row in found if row.issued_at >= file.at and persons & set(row.body["persons"])]
    for row in (*by_name, *by_person):
        return Destroyed(row.pk, row.issued_at)
    return Destroyed()
