"""Destruction of facts that are past their date, with a certificate that proves what was destroyed.

Steps, each of which may be repeated after a crash: the certificate is written, the manifests stop listing the
days, the day folders are removed with whatever lies in them.
"""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from liankong.lake.files import Lake, write_json
from liankong.vocabulary.spans import aware


@dataclass(frozen=True, slots=True)
class PurgeCertificate:
    """What was destroyed: `digest` is over the digests of all destroyed parts, which their batches keep."""

    before: str
    at: str
    days: tuple[str, ...]
    batches: int
    rows: int
    digest: str


def purge(lake: Lake, *, before: date, at: datetime) -> PurgeCertificate:
    """Destroy every fact of the days before `before`. Its batches stay known, so that none can be sent again.

    Nothing to destroy still gives a certificate, of no rows: the proof that there was nothing.
    """
    limit = before.isoformat()
    gone = [(item, [part for part in item.parts if part.day < limit]) for item in lake.batches()]
    gone = [(item, parts) for item, parts in gone if parts]
    orphans = [day for day, _ in lake.day_folders() if day < limit]
    digests = sorted(part.digest for _, parts in gone for part in parts)
    certificate = PurgeCertificate(
        before=limit,
        at=aware(at).isoformat(),
        days=tuple(sorted({part.day for _, parts in gone for part in parts} | set(orphans))),
        batches=len(gone),
        rows=sum(part.rows for _, parts in gone for part in parts),
        digest=hashlib.sha256("\n".join([limit, *digests]).encode()).hexdigest(),
    )
    write_json(lake.root / "certificates" / f"{limit}-{certificate.digest[:16]}.json", asdict(certificate))
    for item, parts in gone:
        kept = tuple(part for part in item.parts if part not in parts)
        lake.write_manifest(replace(item, parts=kept, purged=(*item.purged, *parts)))
    for day in orphans:
        shutil.rmtree(lake.day_folder(day))
    return certificate


def certificates(lake: Lake) -> list[PurgeCertificate]:
    """Every certificate of the lake, by the day up to which it destroyed."""
    found = [json.loads(path.read_text()) for path in sorted((lake.root / "certificates").glob("*.json"))]
    return [PurgeCertificate(**{**item, "days": tuple(item["days"])}) for item in found]
