"""Who objects to a zone, and what are they answered? By a date, by somebody else than the signer."""

from datetime import datetime

from liankong import protocols
from liankong.actions import Refused, action
from liankong.rules import zones as rules
from liankong.store import identity, zones
from liankong.store.log import Actor
from liankong.store.models import Appeal
from liankong.vocabulary.facts import AppealAnswered, AppealMade, AppealRead
from liankong.vocabulary.kinds import AppealState, ZoneChange, ZoneState

APPEAL_FIELD = "appeal"


@action("needs.take")
def make_appeal(*, zone: int, text: str, by: Actor, at: datetime) -> Appeal:
    """Take down that somebody objects; their words are sealed. It is answered by a date, by another than the signer."""
    row = zones.locked(zone)
    if row is None:
        raise Refused("there is no such zone in your jurisdiction")
    if row.state != ZoneState.IN_FORCE:
        raise Refused("this zone is {state}", state=row.state)
    if not text.strip():
        raise Refused("say what they object to, in their words", field="text")
    due, _why = rules.appeal_due(protocols.load(row.protocol), at=at)
    made = Appeal.objects.create(zone=row, text_sealed=b"", made_at=at, answer_by=due)
    made.text_sealed = identity.seal(text.strip(), owner=made.pk, field=APPEAL_FIELD)
    made.save(update_fields=["text_sealed"])
    zones.record(row, AppealMade(zone=row.pk, appeal=made.pk), by=by, at=at)
    return made


@action("zones.sign")
def read_appeal(*, appeal: int, by: Actor, at: datetime) -> str:
    """Open an appeal's words; who did is on record."""
    made = _appeal(appeal)
    zones.record(made.zone, AppealRead(zone=made.zone_id, appeal=made.pk), by=by, at=at)
    return identity.unseal(made.text_sealed, owner=made.pk, field=APPEAL_FIELD)


@action("zones.sign")
def answer_appeal(*, appeal: int, granted: bool, answer: str, by: Actor, at: datetime) -> Appeal:
    """Answer an appeal. Nobody judges an appeal against what they signed themselves."""
    made = _appeal(appeal)
    if made.state != AppealState.OPEN:
        raise Refused("this appeal is answered already")
    signed = made.zone.steps.filter(by=by.user).exclude(change=ZoneChange.PROPOSED)
    if by.user == made.zone.signed_by_id or signed.exists():
        raise Refused("somebody else than the signer answers an appeal")
    if not answer.strip():
        raise Refused("give the answer in words", field="answer")
    made.state = AppealState.GRANTED if granted else AppealState.UPHELD
    made.answered_at, made.answered_by_id, made.answer = at, by.user, answer.strip()[:300]
    made.save(update_fields=["state", "answered_at", "answered_by", "answer"])
    zones.record(made.zone, AppealAnswered(zone=made.zone_id, appeal=made.pk, granted=granted), by=by, at=at)
    return made


def _appeal(appeal: int) -> Appeal:
    found = Appeal.objects.select_for_update(of=("self",)).select_related("zone").filter(pk=appeal).first()
    if found is None:
        raise Refused("there is no such appeal in your jurisdiction")
    return found
