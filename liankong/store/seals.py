"""Seals over the log: what was recorded stays as it was recorded, or the verification says where it does not.

A seal covers every entry whose transaction had ended when it was made (numbers commit out of order, transactions
below the snapshot's horizon do not), lists each with a SHA-256 leaf, chains to the seal before, and is signed
with Ed25519. The newest seal's digest is also kept outside the database, so that cutting the end off shows.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import connection, transaction

from liankong.store.models import Entry, Seal
from liankong.vocabulary.spans import aware

LEAF = 32
GENESIS = "0" * 64
BATCH = 50_000


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong and where: changed, missing or inserted entry, or a broken seal."""

    kind: str
    seal: int
    entry: int | None = None

    def __str__(self) -> str:
        where = f"entry {self.entry}, " if self.entry is not None else ""
        return f"{self.kind}: {where}seal {self.seal}"


@dataclass(frozen=True, slots=True)
class Verdict:
    seals: int
    entries: int
    unsealed: int
    flaws: tuple[Flaw, ...]

    @property
    def intact(self) -> bool:
        return not self.flaws


def signing_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(settings.LIANKONG_SECRETS.seal_key)


def public_key() -> Ed25519PublicKey:
    return signing_key().public_key()


def sign(digest: str) -> str:
    """Signature over a hexadecimal digest, in base64."""
    return base64.b64encode(signing_key().sign(digest.encode())).decode()


def signed_by_us(digest: str, signature: str) -> bool:
    try:
        public_key().verify(base64.b64decode(signature), digest.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def seal(*, at: datetime) -> Seal | None:
    """Seal all that has ended since the last seal; None when there is nothing new."""
    with transaction.atomic(), connection.cursor() as cursor:
        # One sealer at a time: two would chain to the same predecessor.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('liankong.seal'))")
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        horizon = int(cursor.fetchone()[0])
        last = Seal.objects.order_by("-until_xid").only("until_xid", "digest").first()
        start = last.until_xid if last else 0
        entries = list(_entries(start, horizon))
        if not entries:
            return None
        if len(entries) > BATCH:
            entries, horizon = _whole_transactions(entries)
        ids = [entry.pk for entry in entries]
        leaves = b"".join(leaf(entry) for entry in entries)
        previous = last.digest if last else GENESIS
        digest = _digest(start, horizon, ids, leaves, previous, at)
        row = Seal.objects.create(
            from_xid=start,
            until_xid=horizon,
            entries=ids,
            leaves=leaves,
            previous=previous,
            digest=digest,
            signature=sign(digest),
            sealed_at=at,
        )
        transaction.on_commit(lambda: _remember(digest))
        return row


def verify() -> Verdict:
    """Recompute every seal from the log as it stands."""
    flaws: list[Flaw] = []
    previous, until, seals, count = GENESIS, 0, 0, 0
    for row in Seal.objects.order_by("until_xid").iterator(chunk_size=20):
        seals += 1
        count += len(row.entries)
        flaws += _seal_flaws(row, previous, until)
        flaws += _entry_flaws(row)
        previous, until = row.digest, row.until_xid
    if _remembered() not in (None, previous):
        flaws.append(Flaw("the newest seal is not the one last made", seals))
    return Verdict(
        seals,
        count,
        Entry.objects.extra(where=["xid >= %s::text::xid8"], params=[until]).count(),
        tuple(flaws),
    )


def leaf(entry: Entry) -> bytes:
    """SHA-256 over all that an entry says, in a fixed order."""
    values = [
        entry.pk,
        entry.kind,
        entry.subject_kind,
        entry.subject,
        entry.division,
        entry.body,
        entry.by,
        entry.post,
        entry.rule,
        entry.protocol,
        entry.cause,
        entry.message,
        aware(entry.occurred_at).isoformat(),
        aware(entry.recorded_at).isoformat(),
    ]
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def _entries(start: int, until: int) -> Iterator[Entry]:
    rows = Entry.objects.extra(
        where=["xid >= %s::text::xid8 AND xid < %s::text::xid8"], params=[start, until]
    ).order_by("id")
    return rows.iterator(chunk_size=5000)


def _whole_transactions(entries: list[Entry]) -> tuple[list[Entry], int]:
    """The oldest part of a large backlog, cut between transactions, and where it ends."""
    ordered = sorted(entries, key=lambda entry: int(entry.xid))
    cut = int(ordered[BATCH].xid)
    kept = [entry for entry in entries if int(entry.xid) < cut]
    # One transaction larger than a batch is sealed whole.
    return (kept, cut) if kept else ([e for e in entries if int(e.xid) <= cut], cut + 1)


def _digest(start: int, until: int, ids: list[int], leaves: bytes, previous: str, at: datetime) -> str:
    head = json.dumps([start, until, ids, previous, aware(at).isoformat()], separators=(",", ":"))
    return hashlib.sha256(head.encode() + leaves).hexdigest()


def _seal_flaws(row: Seal, previous: str, until: int) -> Iterator[Flaw]:
    expected = _digest(
        row.from_xid, row.until_xid, row.entries, bytes(row.leaves), row.previous, row.sealed_at
    )
    if expected != row.digest or not signed_by_us(row.digest, row.signature):
        yield Flaw("changed seal", row.pk)
    if row.previous != previous or row.from_xid != until:
        yield Flaw("missing seal before", row.pk)


def _entry_flaws(row: Seal) -> Iterator[Flaw]:
    leaves = bytes(row.leaves)
    sealed = {number: leaves[i * LEAF : (i + 1) * LEAF] for i, number in enumerate(row.entries)}
    for entry in _entries(row.from_xid, row.until_xid):
        kept = sealed.pop(entry.pk, None)
        if kept is None:
            yield Flaw("inserted entry", row.pk, entry.pk)
        elif kept != leaf(entry):
            yield Flaw("changed entry", row.pk, entry.pk)
    for number in sealed:
        yield Flaw("missing entry", row.pk, number)


def _head() -> Path:
    path: Path = settings.LIANKONG_DATA / "log-head.txt"
    return path


def _remember(digest: str) -> None:
    _head().write_text(digest + "\n", encoding="ascii")


def _remembered() -> str | None:
    return _head().read_text(encoding="ascii").strip() if _head().exists() else None
