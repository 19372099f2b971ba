"""By whom or where was the case infected? Hypotheses side by side, one of them taken by a named person."""

from datetime import datetime

from liankong.actions import Refused, action
from liankong.rules.orders_words import PersonalNumber, check
from liankong.store import log
from liankong.store.log import Actor
from liankong.store.models import Case, Investigation, Place, SourceHypothesis
from liankong.vocabulary.facts import Fact, SourceAccepted, SourceProposed, SourceRejected

ANOTHER_TAKEN = "another source was taken"


@action("tracing.investigate")
def propose_source(
    *,
    investigation: int,
    text: str,
    by: Actor,
    at: datetime,
    infector: str = "",
    place: int | None = None,
    speaks_for: str = "",
    speaks_against: str = "",
    likelihood: int | None = None,
) -> SourceHypothesis:
    """Put a source forward: a case (by number), a place, or something in words."""
    row = _open(investigation)
    _check(text, speaks_for, speaks_against, likelihood)
    found = SourceHypothesis.objects.create(
        investigation=row,
        infector=_infector(row, infector),
        place=_place(place),
        text=text.strip(),
        speaks_for=speaks_for.strip(),
        speaks_against=speaks_against.strip(),
        likelihood=likelihood,
        by_id=by.user,
        at=at,
    )
    _tell(SourceProposed(investigation=row.pk, hypothesis=found.pk), row, by, at)
    return found


@action("tracing.investigate")
def weigh_source(
    *,
    hypothesis: int,
    by: Actor,
    at: datetime,
    speaks_for: str = "",
    speaks_against: str = "",
    likelihood: int | None = None,
) -> SourceHypothesis:
    """Write down what speaks for and against a source, and how likely it is judged to be (percent)."""
    found, row = _hypothesis(hypothesis)
    _check(found.text, speaks_for, speaks_against, likelihood)
    found.speaks_for, found.speaks_against = speaks_for.strip(), speaks_against.strip()
    found.likelihood, found.by_id, found.at = likelihood, by.user, at
    found.save(update_fields=["speaks_for", "speaks_against", "likelihood", "by", "at"])
    _tell(SourceProposed(investigation=row.pk, hypothesis=found.pk), row, by, at)
    return found


@action("tracing.investigate")
def accept_source(*, hypothesis: int, by: Actor, at: datetime) -> SourceHypothesis:
    """Take one source; the others are closed. What it means for the case follows."""
    found, row = _hypothesis(hypothesis)
    if found.accepted_at is not None:
        raise Refused("this source is taken already")
    others = SourceHypothesis.objects.filter(investigation=row, rejected_at__isnull=True).exclude(pk=found.pk)
    others.update(accepted_at=None, rejected_at=at, reason=ANOTHER_TAKEN)
    # One that was rejected may be taken after all: then its rejection is answered.
    found.accepted_at, found.rejected_at, found.reason = at, None, ""
    found.by_id = by.user
    found.save(update_fields=["accepted_at", "rejected_at", "reason", "by"])
    _tell(SourceAccepted(investigation=row.pk, hypothesis=found.pk), row, by, at)
    return found


@action("tracing.investigate")
def reject_source(*, hypothesis: int, reason: str, by: Actor, at: datetime) -> SourceHypothesis:
    """Reject a source, with the reason."""
    found, row = _hypothesis(hypothesis)
    if not reason.strip():
        raise Refused("say why it is rejected", field="reason")
    if found.accepted_at is not None:
        raise Refused("this source is taken: take another one instead")
    if found.rejected_at is not None:
        raise Refused("this source was rejected already")
    _numbers(reason=reason)
    found.rejected_at, found.reason, found.by_id = at, reason.strip()[:300], by.user
    found.save(update_fields=["rejected_at", "reason", "by"])
    fact = SourceRejected(investigation=row.pk, hypothesis=found.pk, reason=found.reason)
    _tell(fact, row, by, at)
    return found


def _open(investigation: int) -> Investigation:
    row = (
        Investigation.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(pk=investigation)
        .first()
    )
    if row is None:
        raise Refused("there is no such investigation in your jurisdiction")
    if row.closed_at is not None:
        raise Refused("this investigation is closed")
    return row


def _hypothesis(key: int) -> tuple[SourceHypothesis, Investigation]:
    found = SourceHypothesis.objects.filter(pk=key).first()
    if found is None:
        raise Refused("there is no such source in your jurisdiction")
    row = _open(found.investigation_id)
    return SourceHypothesis.objects.select_for_update(of=("self",)).get(pk=key), row


def _infector(row: Investigation, number: str) -> Case | None:
    if not number.strip():
        return None
    found = Case.objects.filter(outbreak=row.case.outbreak_id, number=number.strip()).first()
    if found is None:
        raise Refused("no case {infector} in this outbreak", field="infector", infector=number.strip())
    if found.pk == row.case_id:
        raise Refused("a case cannot be its own source", field="infector")
    return found


def _place(place: int | None) -> Place | None:
    if place is None:
        return None
    found = Place.objects.filter(pk=place).first()
    if found is None:
        raise Refused("there is no such place in your jurisdiction", field="place")
    return found


def _check(text: str, speaks_for: str, speaks_against: str, likelihood: int | None) -> None:
    if not text.strip():
        raise Refused("say what the source would be", field="text")
    if likelihood is not None and not 0 <= likelihood <= 100:
        raise Refused("a likelihood is a percentage from 0 to 100", field="likelihood")
    _numbers(text=text, speaks_for=speaks_for, speaks_against=speaks_against)


def _numbers(**texts: str) -> None:
    try:
        check(**texts)
    except PersonalNumber as error:
        raise Refused(error.template, field=error.field) from error


def _tell(fact: Fact, row: Investigation, by: Actor, at: datetime) -> None:
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at, protocol=row.case.protocol)
