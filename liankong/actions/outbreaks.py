"""Which outbreaks and studies do we count, since when, and when does a response end?"""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from liankong import protocols
from liankong.actions import Refused, action
from liankong.store import log
from liankong.store.log import Actor
from liankong.store.models import Outbreak
from liankong.vocabulary.facts import OutbreakClosed, OutbreakOpened


@action("cases.outbreak", automatic=True)
def open_outbreak(
    *,
    code: str,
    name: str,
    pathogen: str,
    protocol: str,
    division: str,
    baseline_on: date,
    by: Actor,
    at: datetime,
    english: str = "",
    exercise: bool = False,
    study: bool = False,
) -> Outbreak:
    """Begin to count an outbreak, from its baseline day, under an edition of a protocol."""
    return _open(
        code, name, english, pathogen, protocol, division, baseline_on, by, at, exercise=exercise, study=study
    )


@action("cases.import")
def open_study(
    *,
    code: str,
    name: str,
    pathogen: str,
    protocol: str,
    division: str,
    baseline_on: date,
    by: Actor,
    at: datetime,
    english: str = "",
) -> Outbreak:
    """Set up a study to hold an imported line list. It counts in nothing, so whoever may import may open it."""
    return _open(
        code, name, english, pathogen, protocol, division, baseline_on, by, at, exercise=False, study=True
    )


def _open(
    code: str,
    name: str,
    english: str,
    pathogen: str,
    protocol: str,
    division: str,
    baseline_on: date,
    by: Actor,
    at: datetime,
    *,
    exercise: bool,
    study: bool,
) -> Outbreak:
    edition = protocols.load(protocol)
    if edition.pathogen != pathogen:
        raise Refused(
            "{protocol} is a protocol for {pathogen}",
            field="protocol",
            protocol=protocol,
            pathogen=edition.pathogen,
        )
    try:
        with transaction.atomic():
            row = Outbreak.objects.create(
                code=code.strip(),
                name=name.strip(),
                english=english.strip(),
                pathogen=pathogen,
                protocol=protocol,
                division=division,
                baseline_on=baseline_on,
                exercise=exercise,
                study=study,
                opened_at=at,
            )
    except IntegrityError as error:
        raise Refused("an outbreak with the code {code} exists already", field="code", code=code) from error
    fact = OutbreakOpened(outbreak=row.pk, protocol=protocol, exercise=exercise)
    log.record(fact, subject=row.pk, division=division, by=by, at=at, protocol=protocol)
    return row


@action("cases.outbreak")
def close_outbreak(*, outbreak: int, reason: str, by: Actor, at: datetime) -> Outbreak:
    """End the response: no result opens a case in it any more, and the retention clocks of its data begin."""
    row = Outbreak.objects.select_for_update().filter(pk=outbreak).first()
    if row is None or not row.division.startswith(by.division):
        raise Refused("there is no such outbreak in your jurisdiction")
    if row.closed_at is not None:
        raise Refused("this outbreak was closed already")
    if not reason.strip():
        raise Refused("say on whose decision the response ends", field="reason")
    row.closed_at = at
    row.save(update_fields=["closed_at"])
    fact = OutbreakClosed(outbreak=row.pk, reason=reason.strip())
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at, protocol=row.protocol)
    return row
