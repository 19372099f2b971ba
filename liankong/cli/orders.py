"""`liankong orders`: what was ordered, and the verbs of issuer and addressee, from a terminal."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from liankong.cli import Failure, console, emit_json, json_option
from liankong.cli.acting import Acting, acting, as_option
from liankong.rules.orders_issue import BY_HAND
from liankong.rules.orders_proof import Proof
from liankong.vocabulary.kinds import OrderKind, OrderState
from liankong.vocabulary.spans import SHANGHAI

if TYPE_CHECKING:
    from liankong.store.models import Order

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
WHEN = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])
LISTED = 1000


@click.group("orders")
def orders() -> None:
    """Orders: what was told to whom, by when, and what became of it.

    \b
    Examples:
      liankong orders list --late
      liankong orders issue "Report free beds" --to hq-120112 --due 2022-01-08T18:00
    """


@orders.command("list")
@click.option(
    "--whose",
    type=click.Choice(["mine", "ours", "all"]),
    default="mine",
    show_default=True,
    help="To the organisation of the acting post, from it, or all in its jurisdiction.",
)
@click.option("--state", type=click.Choice([one.value for one in OrderState]), help="Only in this state.")
@click.option("--kind", type=click.Choice([one.value for one in OrderKind]), help="Only of this kind.")
@click.option("--late", is_flag=True, help="Only those past their deadline and still open.")
@click.option("--limit", type=click.IntRange(1, LISTED), default=100, show_default=True)
@as_option
@json_option
def list_orders(
    *,
    whose: str,
    state: str | None,
    kind: str | None,
    late: bool,
    limit: int,
    username: str | None,
    as_json: bool,
) -> None:
    """Orders, the next due first.

    \b
    Examples:
      liankong orders list --as wang.duty
      liankong orders list --whose ours --state issued --json
    """
    with acting("look", username) as who:
        from liankong.rules.orders_clock import RUNNING
        from liankong.store.models import Order

        rows = Order.objects.all()
        if whose == "ours":
            rows = rows.filter(issuer=who.actor.organisation)
        elif whose == "mine":
            rows = rows.filter(addressee=who.actor.organisation).exclude(state=OrderState.DRAFT)
        else:
            rows = rows.exclude(state=OrderState.DRAFT)
        if state or kind:
            rows = rows.filter(**{k: v for k, v in (("state", state), ("kind", kind)) if v})
        if late:
            rows = rows.filter(state__in=RUNNING, due_at__lte=who.at)
        found = list(rows.select_related("issuer", "addressee").order_by("due_at", "pk")[: limit + 1])
        result = {
            "at": who.at.astimezone(SHANGHAI).isoformat(),
            "orders": [_line(row) for row in found[:limit]],
            "more": len(found) > limit,
        }
    if as_json:
        emit_json(result)
    else:
        _print_list(result)


@orders.command("show")
@click.argument("order", type=click.IntRange(min=1))
@as_option
@json_option
def show(*, order: int, username: str | None, as_json: bool) -> None:
    """One order: what it says, what it waits for, and its life from the log.

    \b
    Example:
      liankong orders show 412
    """
    with acting("look", username) as who:
        result = _full(_find(order, who))
    _tell(result, as_json=as_json)


@orders.command("issue")
@click.argument("title")
@click.option("--to", "codes", multiple=True, required=True, metavar="CODE", help="Organisation; repeatable.")
@click.option("--due", type=WHEN, required=True, metavar="WHEN", help="Local day and hour.")
@click.option("--kind", type=click.Choice([one.value for one in BY_HAND]), default="task", show_default=True)
@click.option("--text", default="", help="The order in full.")
@click.option("--division", default="", metavar="CODE", help="Only this part of where they answer.")
@click.option("--emergency", is_flag=True, help="It waits for nothing and goes up at its deadline.")
@click.option(
    "--asks", type=click.Choice([one.value for one in Proof]), multiple=True, help="Proof besides words."
)
@click.option("--unit", default="", help="Unit of the figure asked for.")
@click.option("--after", type=int, multiple=True, metavar="ORDER", help="Order that must be done first.")
@click.option("--draft", is_flag=True, help="Prepare it for a signature.")
@as_option
@json_option
def issue(
    *,
    title: str,
    codes: tuple[str, ...],
    due: datetime,
    kind: str,
    text: str,
    division: str,
    emergency: bool,
    asks: tuple[str, ...],
    unit: str,
    after: tuple[int, ...],
    draft: bool,
    username: str | None,
    as_json: bool,
) -> None:
    """Send an order to one organisation, or to many, all or none.

    \b
    Examples:
      liankong orders issue "Report free beds" --to hq-120112 --due 2022-01-08T18:00
      liankong orders issue "Knock on every door" --to a --to b --due 2022-01-09T08:00 --asks figure --unit doors
    """
    with acting("orders.draft" if draft else "orders.issue", username) as who:
        from liankong.actions import orders_issue as verbs
        from liankong.store.models import Order

        words = verbs.Words(
            kind=OrderKind(kind),
            title=title,
            text=text,
            due_at=due.replace(tzinfo=SHANGHAI),
            division=division,
            emergency=emergency,
            asks=[Proof(one) for one in asks],
            unit=unit,
            waits_for=after,
        )
        keys = _organisations(codes)
        if len(keys) == 1:
            verb = verbs.draft if draft else verbs.issue
            made = [verb(words=words, addressee=keys[0], by=who.actor, at=who.at)]
            batch = None
        else:
            together = verbs.draft_many if draft else verbs.issue_many
            batch = together(words=words, addressees=keys, by=who.actor, at=who.at).pk
            made = list(Order.objects.filter(batch=batch).order_by("pk"))
        result = {"batch": batch, "orders": [_line(row) for row in made], "by": who.username}
    if as_json:
        emit_json(result)
    else:
        _print_list(result)


@orders.command("receive")
@click.argument("order", type=click.IntRange(min=1))
@as_option
@json_option
def receive(*, order: int, username: str | None, as_json: bool) -> None:
    """Acknowledge an order to one's own organisation. Receiving twice changes nothing.

    \b
    Example:
      liankong orders receive 412 --as wang.duty
    """
    with acting("orders.handle", username) as who:
        from liankong.actions import orders as verbs

        result = _full(verbs.receive(order=order, by=who.actor, at=who.at))
    _tell(result, as_json=as_json)


@orders.command("finish")
@click.argument("order", type=click.IntRange(min=1))
@click.option("--proof", required=True, help="How it was done: a number, a document, what was found.")
@click.option("--figure", type=float, help="The figure that it asks for.")
@click.option(
    "--at-place", type=(float, float), metavar="EAST NORTH", help="Longitude and latitude, degrees."
)
@click.option("--file", "files", type=FILE, multiple=True, help="Picture, PDF, Word or Excel; it is sealed.")
@as_option
@json_option
def finish(
    *,
    order: int,
    proof: str,
    figure: float | None,
    at_place: tuple[float, float] | None,
    files: tuple[Path, ...],
    username: str | None,
    as_json: bool,
) -> None:
    """Report an order done, with its proof.

    \b
    Example:
      liankong orders finish 412 --proof "all doors" --figure 118 --file doors.xlsx
    """
    with acting("orders.handle", username) as who:
        from liankong.actions import orders as verbs

        east, north = at_place or (None, None)
        done = verbs.finish(
            order=order,
            proof=proof,
            figure=figure,
            longitude=east,
            latitude=north,
            files=[path.read_bytes() for path in files],
            by=who.actor,
            at=who.at,
        )
        result = _full(done)
    _tell(result, as_json=as_json)


def _find(order: int, who: Acting) -> "Order":
    from liankong.store.models import Order

    row = Order.objects.select_related("issuer", "addressee").filter(pk=order).first()
    hidden = row is not None and row.state == OrderState.DRAFT
    if row is None or (hidden and not row.issuer.division.startswith(who.actor.division)):
        raise Failure(f"there is no order {order} in your jurisdiction", hint="liankong orders list")
    return row


def _organisations(codes: tuple[str, ...]) -> list[int]:
    from liankong.store.models import Organisation

    known = dict(Organisation.objects.filter(code__in=codes).values_list("code", "pk"))
    for code in codes:
        if code not in known:
            raise Failure(f"there is no organisation {code!r}", hint="liankong org list")
    return list(dict.fromkeys(known[code] for code in codes))


def _when(moment: datetime | None) -> str | None:
    return moment.astimezone(SHANGHAI).isoformat() if moment else None


def _line(row: "Order") -> dict[str, Any]:
    return {
        "order": row.pk,
        "kind": row.kind,
        "title": row.title,
        "state": row.state,
        "issuer": row.issuer.code,
        "addressee": row.addressee.code,
        "division": row.division,
        "emergency": row.emergency,
        "issued": _when(row.issued_at),
        "due": _when(row.due_at),
        "done": _when(row.done_at),
    }


def _full(row: "Order") -> dict[str, Any]:
    from liankong.store.models import Entry

    entries = Entry.objects.filter(subject_kind="order", subject=row.pk).order_by("pk")[:200]
    waits = row.waits.filter(released_at__isnull=True).values_list("until_done_id", flat=True)
    return _line(row) | {
        "text": row.text,
        "basis": row.basis,
        "batch": row.batch_id,
        "follows": row.follows_id,
        "reason": row.reason,
        "proof": row.proof,
        "figure": row.proof_figure,
        "files": row.files.count(),
        "waits_for": list(waits.order_by("until_done_id")),
        "life": [
            {"entry": one.pk, "fact": one.kind, "at": _when(one.occurred_at), "by": one.by, "rule": one.rule}
            for one in entries
        ],
    }


def _print_list(result: dict[str, Any]) -> None:
    from rich.table import Table

    rows = Table("Order", "Due", "State", "Kind", "To", "What", box=None)
    for one in result["orders"]:
        due = datetime.fromisoformat(one["due"]).strftime("%m-%d %H:%M")
        state = f"{one['state']}!" if one["emergency"] else one["state"]
        rows.add_row(str(one["order"]), due, state, one["kind"], one["addressee"], one["title"])
    console().print(rows)
    if result.get("more"):
        console().print("There are more: --limit shows them.", markup=False)


def _tell(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit_json(result)
        return
    screen = console()
    head = f"{result['order']} {result['title']} ({result['kind']}, {result['state']})"
    screen.print(head, style="bold", markup=False)
    screen.print(f"from {result['issuer']} to {result['addressee']}, due {result['due']}", markup=False)
    if result["waits_for"]:
        screen.print(f"waits for {', '.join(map(str, result['waits_for']))}", markup=False)
    if result["proof"]:
        screen.print(f"proof: {result['proof']}", markup=False)
    for step in result["life"]:
        who = step["rule"] or f"user {step['by']}"
        screen.print(f"  {step['at']}  {step['fact']}  {who}", markup=False)
