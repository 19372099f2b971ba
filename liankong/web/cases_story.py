"""Why does this case stand as it does? The log's entries about it, each with what led to it and who said so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from liankong.store.models import Case, Entry, Order, Post, User
from liankong.web import labels
from liankong.web.context import Sight
from liankong.web.places import division_name, organisation_names, post_title

ENTRIES_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One entry as a reader sees it. `cause` is the entry that led to it, shown by name and number."""

    id: int
    kind: str
    at: datetime
    text: str
    who: str
    rule: str
    protocol: str
    cause: int | None
    cause_kind: str
    cause_here: bool


def story(case: Case, orders: Iterable[Order], seen: Sight) -> list[Step]:
    """The case's own entries and those of its orders and result, newest first. Five queries."""
    about = Q(subject_kind="case", subject=case.pk) | Q(
        subject_kind="order", subject__in=[order.pk for order in orders]
    )
    if case.result_id:
        about |= Q(subject_kind="result", subject=case.result_id)
    entries = list(Entry.objects.filter(about).order_by("-pk")[:ENTRIES_SHOWN])
    here = {entry.pk: entry.kind for entry in entries}
    elsewhere = dict(
        Entry.objects.filter(
            pk__in={entry.cause for entry in entries if entry.cause} - here.keys()
        ).values_list("pk", "kind")
    )
    names = names_of(entries, seen)
    return [
        Step(
            id=entry.pk,
            kind=entry.kind,
            at=entry.occurred_at,
            text=sentence(entry.kind, entry.body),
            who=names.get((entry.by, entry.post), ""),
            rule=entry.rule,
            protocol=entry.protocol,
            cause=entry.cause,
            cause_kind=here.get(entry.cause or 0) or elsewhere.get(entry.cause or 0, ""),
            cause_here=entry.cause in here,
        )
        for entry in entries
    ]


def names_of(entries: Iterable[Entry], seen: Sight) -> dict[tuple[int | None, int | None], str]:
    """Who acted: the post, which everyone may know, and the user's name, which only the jurisdiction sees."""
    pairs = {(entry.by, entry.post) for entry in entries}
    users = {
        user.pk: user.name or user.username
        for user in User.objects.filter(pk__in={by for by, _post in pairs if by})
    }
    posts = {post.pk: post for post in Post.objects.filter(pk__in={post for _by, post in pairs if post})}
    bodies = organisation_names((post.organisation_id for post in posts.values()), seen.at)
    found = {}
    for by, post in pairs:
        seat = posts.get(post or 0)
        parts = [bodies.get(seat.organisation_id, ""), post_title(seat.title, seat.role)] if seat else []
        if by:
            parts.append(users.get(by, _("user %(number)s") % {"number": by}))
        found[by, post] = " · ".join(part for part in parts if part)
    return found


def sentence(kind: str, body: Mapping[str, Any]) -> str:
    """What a fact says, in the reader's words. Bodies hold identifiers and kinds only, never a person's data."""
    say = _SENTENCES.get(kind)
    return say(body) if say else ""


def _word(group: str, value: Any) -> str:
    return str(labels.label(group, str(value) if value else "").text)


def _classified(body: Mapping[str, Any]) -> str:
    text = f"{_word('class', body.get('before'))} → {_word('class', body.get('after'))}"
    if body.get("severity"):
        text += f" · {_word('severity', body['severity'])}"
    return f"{text} · {body['reason']}" if body.get("reason") else text


def _opened(body: Mapping[str, Any]) -> str:
    return f"{_word('class', body.get('classification'))} · {_word('found', body.get('found_by'))}"


def _course(body: Mapping[str, Any]) -> str:
    parts = [_word("outcome", body.get("outcome")), _word("severity", body.get("severity"))]
    return " · ".join(part for part in parts if part)


def _source(body: Mapping[str, Any]) -> str:
    if body.get("infector"):
        return f"{_word('origin', body.get('origin'))} · " + _("from case #%(number)s") % {
            "number": body["infector"]
        }
    return _word("origin", body.get("origin"))


def _result(body: Mapping[str, Any]) -> str:
    return f"{_word('result', body.get('value'))} · {_word('tube', body.get('tube_kind'))}"


def _order(body: Mapping[str, Any]) -> str:
    return _word("orderkind", body.get("order_kind"))


def _done(body: Mapping[str, Any]) -> str:
    return _("after the deadline") if body.get("late") else _("in time")


def _glass(body: Mapping[str, Any]) -> str:
    return division_name(str(body.get("division", "")))


_SENTENCES = {
    "CaseClassified": _classified,
    "CaseOpened": _opened,
    "CaseCourseRecorded": _course,
    "CaseSourceSet": _source,
    "CaseReported": _done,
    "ResultReported": _result,
    "OrderIssued": _order,
    "OrderDone": _done,
    "GlassBroken": _glass,
}
