"""What must be known of contacts before another headquarters is asked for them: for many at once, in a few queries."""

from collections.abc import Collection, Iterable, Sequence

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from liankong.rules.inquiries_same import Seen, whereabouts
from liankong.store.models import Case, Contact, Exposure, Inquiry, Stay
from liankong.vocabulary.kinds import InquiryState

# A contact of a contact of a contact: no protocol traces further.
LINKS = 4
# Where somebody was is said by their last stays; older ones say nothing more.
STAYS = 20


def cases_of(contacts: Sequence[Contact]) -> dict[int, Case]:
    """The case that each contact met, directly or through other contacts; the latest meeting counts."""
    found: dict[int, Case] = {}
    # Whose meeting is looked at now, by the contact on whose behalf.
    heads = {contact.pk: contact.pk for contact in contacts}
    for _link in range(LINKS):
        if not heads:
            break
        met = {
            row.contact_id: row
            for row in Exposure.objects.filter(contact__in=set(heads.values()))
            .select_related("case")
            .order_by("contact", F("case").asc(nulls_last=True), "-until_at")
            .distinct("contact")
        }
        onward: dict[int, int] = {}
        for contact, head in heads.items():
            row = met.get(head)
            if row is not None and row.case is not None:
                found[contact] = row.case
            elif row is not None and row.via_id is not None:
                onward[contact] = row.via_id
        heads = onward
    return found


def whereabouts_of(contacts: Iterable[Contact]) -> dict[int, str]:
    """The division in which each contact is to be found. The contacts come with their persons loaded."""
    people = {contact.pk: contact.person_id for contact in contacts}
    ranked = Stay.objects.filter(person__in=set(people.values())).annotate(
        turn=Window(RowNumber(), partition_by=F("person"), order_by=F("until_at").desc())
    )
    seen: dict[int, list[Seen]] = {}
    rows = ranked.filter(turn__lte=STAYS).order_by("person", "turn")
    for person, division, until in rows.values_list("person_id", "division", "until_at"):
        seen.setdefault(person, []).append(Seen(division=division, until=until))
    return {
        contact.pk: whereabouts(
            contact.lives_in or contact.person.division,
            seen.get(contact.person_id, []),
            exposed_at=contact.last_exposed_at,
        )
        for contact in contacts
    }


def asked_already(contacts: Collection[Contact]) -> set[int]:
    """Contacts for whom somebody was asked: it is still open, or it was for this exposure or a later one."""
    since = {contact.pk: contact.last_exposed_at for contact in contacts}
    rows = Inquiry.objects.filter(contact__in=since, forwarded_from__isnull=True)
    found = set()
    for contact, state, exposed in rows.values_list("contact_id", "state", "last_exposed_at"):
        last = since[contact]
        same = last is not None and exposed is not None and exposed >= last
        if same or state != InquiryState.CLOSED:
            found.add(contact)
    return found


def last_met(contacts: Collection[int]) -> dict[int, Exposure]:
    """The latest meeting of each contact, with its place and stay."""
    rows = (
        Exposure.objects.filter(contact__in=contacts)
        .select_related("place", "stay")
        .order_by("contact", "-until_at")
        .distinct("contact")
    )
    return {row.contact_id: row for row in rows}
