"""What a source that an investigation has taken means for the case."""

from datetime import datetime

from liankong.actions import action
from liankong.store import cases, log
from liankong.store.log import Actor
from liankong.store.models import Case, CaseLink, Entry, SourceHypothesis
from liankong.vocabulary.facts import CaseSourceSet
from liankong.vocabulary.kinds import Origin


@action("cases.source", automatic=True)
def take_source(*, cause: Entry, by: Actor, at: datetime) -> Case:
    """Set the case's source to the hypothesis that was taken: the infector's link leads, the others step back.

    Somebody infected by a case of this outbreak was infected here; of a place or of words alone the origin stays what
    it was.
    """
    taken = SourceHypothesis.objects.select_related("investigation", "infector").get(
        pk=cause.body["hypothesis"]
    )
    row = Case.objects.select_for_update(of=("self",)).get(pk=taken.investigation.case_id)
    if taken.accepted_at is None:
        return row  # another one was taken in the meantime, and its own fact follows
    row.exposure = taken.text[:300]
    if taken.infector is not None and row.origin == Origin.UNKNOWN:
        row.origin = Origin.LOCAL
    row.save(update_fields=["exposure", "origin"])
    row.links.update(rank=2)
    if taken.infector is not None:
        CaseLink.objects.update_or_create(
            case=row,
            infector_number=taken.infector.number,
            defaults={"infector": taken.infector, "rank": 1, "exposure": taken.text[:200]},
        )
    cases.remember(row, at=at, by=by, reason="source")
    fact = CaseSourceSet(case=row.pk, origin=Origin(row.origin), infector=taken.infector_id)
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at, cause=cause, protocol=row.protocol)
    return row
