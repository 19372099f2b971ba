"""What do we say tonight, and who signs for it?"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection

from liankong.actions import Refused, action
from liankong.exchange import bulletin_json
from liankong.exchange.bulletin_english import write_en
from liankong.exchange.bulletin_writer import write_zh
from liankong.rules import bulletins as rules
from liankong.rules.bulletins import Adjustment, CaseState, Figure, Known, Revision, Window
from liankong.store import log, seals
from liankong.store.log import Actor
from liankong.store.models import Bulletin, CaseChange, Entry, Outbreak
from liankong.vocabulary import divisions
from liankong.vocabulary.facts import BulletinDrafted, BulletinSigned, BulletinSuperseded
from liankong.vocabulary.kinds import BulletinState, Origin, Outcome, PersonClass, Severity
from liankong.vocabulary.spans import Span


@action("bulletins.draft")
def draft(
    *,
    outbreak: int,
    division: str,
    day: date,
    by: Actor,
    at: datetime,
    windows: Sequence[Window] = (),
    entered: Sequence[Figure] = (),
    adjustments: Sequence[Adjustment] = (),
    protect_below: int = 0,
    reason: str = "",
) -> Bulletin:
    """Count the day from the log of case changes, check what must balance, write the text.

    `windows` are the baselines (default: since the outbreak's baseline day); `entered` are figures that no case
    history tells (contacts traced); `adjustments` explain what does not balance. A day that was signed before
    gives a further revision, which needs a reason. A draft of the same day is replaced.
    """
    row = Outbreak.objects.filter(pk=outbreak).first()
    if row is None:
        raise Refused("there is no such outbreak in your jurisdiction", field="outbreak")
    if day < row.baseline_on:
        raise Refused("the day lies before the outbreak's baseline", field="day")
    signed = _revisions(row, division, day).exclude(state=BulletinState.DRAFT).last()
    if signed is not None and not reason.strip():
        raise Refused("this day was signed already: say why it is revised", field="reason")
    counted = rules.tally(
        known_cases(row, division, day),
        place=division,
        day=day,
        windows=tuple(windows) or (Window.since(row.baseline_on),),
        divisions=_parts(division),
    )
    snapshot = counted.with_figures(entered)
    stated = _stated(snapshot, adjustments, signed, reason)
    findings = rules.check(stated, _before(row, division, day))
    # What is checked is everything; what is printed leaves out places whose few cases would name people.
    public = rules.protect(stated, threshold=protect_below)
    _revisions(row, division, day).filter(state=BulletinState.DRAFT).delete()
    made = Bulletin.objects.create(
        outbreak=row,
        division=division,
        day=day,
        revision=(signed.revision if signed else 0) + 1,
        log_position=log_position(),
        snapshot=bulletin_json.to_json(snapshot),
        figures=bulletin_json.to_json(stated),
        adjustments=[bulletin_json.adjustment_json(line) for line in adjustments],
        findings=[bulletin_json.finding_json(finding) for finding in findings],
        protect_below=protect_below,
        reason=reason.strip(),
        text_zh=write_zh(public, names=_chinese),
        text_en=write_en(public, names=_english),
        drafted_by_id=by.user,
        drafted_at=at,
    )
    fact = BulletinDrafted(bulletin=made.pk, day=day, revision=made.revision)
    log.record(fact, subject=made.pk, division=division, by=by, at=at)
    return made


@action("bulletins.sign")
def sign(*, bulletin: int, by: Actor, at: datetime) -> Bulletin:
    """Sign and publish. Refused while an identity fails that no adjustment explains."""
    row = Bulletin.objects.select_for_update(of=("self",)).filter(pk=bulletin).first()
    if row is None or row.state != BulletinState.DRAFT:
        raise Refused("there is no such draft in your jurisdiction")
    stated = bulletin_json.from_json(row.figures)
    findings = rules.check(stated, _before(row.outbreak, row.division, row.day))
    if not rules.may_sign(findings):
        failed = [finding.formula for finding in findings if finding.state is rules.State.FAILED]
        raise Refused("these do not balance: {failed}", failed="; ".join(failed))
    row.state, row.signed_by_id, row.signed_at = BulletinState.SIGNED, by.user, at
    row.findings = [bulletin_json.finding_json(finding) for finding in findings]
    row.digest = digest(row)
    row.signature = seals.sign(row.digest)
    row.save()
    fact = BulletinSigned(bulletin=row.pk, day=row.day, revision=row.revision, digest=row.digest)
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at)
    return row


@action("bulletins.sign", automatic=True)
def supersede(*, cause: Entry, by: Actor, at: datetime) -> int:
    """A signed revision takes the place of the one before; both stay readable."""
    row = Bulletin.objects.get(pk=cause.subject)
    earlier = _revisions(row.outbreak, row.division, row.day).filter(
        state=BulletinState.SIGNED, revision__lt=row.revision
    )
    count = 0
    for old in earlier:
        old.state = BulletinState.SUPERSEDED
        old.save(update_fields=["state"])
        fact = BulletinSuperseded(bulletin=old.pk, by_revision=row.revision)
        log.record(fact, subject=old.pk, division=old.division, by=by, at=at, cause=cause)
        count += 1
    return count


def digest(row: Bulletin) -> str:
    """SHA-256 over all that is signed: outbreak, place, day, revision, figures and both texts."""
    values = [
        row.outbreak.code,
        row.division,
        row.day.isoformat(),
        row.revision,
        row.log_position,
        row.figures,
        row.adjustments,
        row.text_zh,
        row.text_en,
        row.reason,
    ]
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def verify(row: Bulletin) -> bool:
    """Whether a signed bulletin still is what was signed."""
    return row.digest == digest(row) and seals.signed_by_us(row.digest, row.signature)


def known_cases(outbreak: Outbreak, division: str, day: date) -> Iterable[CaseState]:
    """What was known of each case of the division at the end of the day, in one query."""
    end = Span.of_day(day).end
    rows = (
        CaseChange.objects.filter(case__outbreak=outbreak, division__startswith=division, at__lt=end)
        .order_by("case_id", "at", "id")
        .values_list("case_id", "at", "classification", "origin", "division", "outcome", "severity")
    )
    for case, changes in groupby(rows.iterator(chunk_size=5000), key=lambda change: change[0]):
        yield CaseState(
            case=str(case),
            history=tuple(
                Known(
                    since=at,
                    person_class=PersonClass(person_class),
                    origin=Origin(origin),
                    place=place,
                    outcome=Outcome(outcome),
                    severity=Severity(severity) if severity else None,
                )
                for _, at, person_class, origin, place, outcome, severity in changes
            ),
        )


def log_position() -> int:
    """The newest entry below which nothing can still appear."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(id), 0) FROM store_entry WHERE xid < pg_snapshot_xmin(pg_current_snapshot())"
        )
        return int(cursor.fetchone()[0])


def _parts(division: str) -> tuple[str, ...]:
    """The divisions that a bulletin lists below its own: counties of a city or province, else the next level."""
    if not division:
        return ()
    return tuple(part.code for part in divisions.counted_below(division))


def _chinese(code: str) -> str:
    return divisions.get(code).name if divisions.exists(code) else code


def _english(code: str) -> str:
    return divisions.get(code).english if divisions.exists(code) else code


def _revisions(outbreak: Outbreak, division: str, day: date) -> Any:
    return Bulletin.objects.filter(outbreak=outbreak, division=division, day=day).order_by("revision")


def _before(outbreak: Outbreak, division: str, day: date) -> rules.Bulletin | None:
    """What was last signed for the day before."""
    row = _revisions(outbreak, division, day - timedelta(days=1)).filter(state=BulletinState.SIGNED).last()
    return bulletin_json.from_json(row.figures) if row else None


def _stated(
    snapshot: rules.Bulletin, adjustments: Sequence[Adjustment], signed: Bulletin | None, reason: str
) -> rules.Bulletin:
    """The snapshot with its adjustment lines, and, for a revision, what each figure was before."""
    lines = (*snapshot.adjustments, *adjustments)
    if signed is None:
        return replace(snapshot, adjustments=lines)
    before = bulletin_json.from_json(signed.figures)
    revisions = tuple(
        Revision(key=key, before=old, after=new, reason=reason.strip())
        for key in snapshot.stated()
        if (old := before.value(key)) is not None and (new := snapshot.value(key)) is not None and new != old
    )
    return replace(snapshot, adjustments=lines, revisions=revisions)
