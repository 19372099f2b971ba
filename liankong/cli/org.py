"""`liankong org`: bodies and posts as they stand at an hour."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from liankong.cli import Failure, console, emit_json, json_option
from liankong.cli.acting import looking
from liankong.vocabulary.spans import SHANGHAI

if TYPE_CHECKING:
    from liankong.store.models import OrganisationTerm

_at = click.option(
    "--at",
    "moment",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]),
    metavar="WHEN",
    help="Local day or hour.  [default: the node's present]",
)


@click.group("org")
def org() -> None:
    """Organisations: what they are called, whom they answer to, which posts they have.

    \b
    Examples:
      liankong org list --at 2022-01-08T14:00
      liankong org show hq-120112
    """


@org.command("list")
@_at
@click.option("--division", default="", metavar="CODE", help="Only those of this division and below.")
@json_option
def list_organisations(*, moment: datetime | None, division: str, as_json: bool) -> None:
    """The structure as it stands at an hour, as a tree of who answers to whom.

    \b
    Example:
      liankong org list --at 2022-01-08 --division 120112
    """
    with looking() as now:
        from liankong.store.organisations import terms

        at = _moment(moment, now)
        rows = list(
            terms(at)
            .filter(organisation__division__startswith=division)
            .order_by("organisation__division", "organisation__code")
        )
        if as_json:
            emit_json({"at": at.isoformat(), "organisations": [_line(row) for row in rows]})
        else:
            _print_tree(rows, at)


@org.command("show")
@click.argument("code")
@_at
@json_option
def show(*, code: str, moment: datetime | None, as_json: bool) -> None:
    """One organisation: its terms over time, and its posts with how many hold them.

    \b
    Example:
      liankong org show hq-120112 --at 2022-01-08
    """
    with looking() as now:
        from liankong.store.models import Holding, Organisation
        from liankong.store.organisations import in_force

        at = _moment(moment, now)
        row = Organisation.objects.filter(code=code).first()
        if row is None:
            raise Failure(f"there is no organisation {code!r}", hint="liankong org list")
        held = list(
            Holding.objects.filter(in_force(at), post__organisation=row).values_list(
                "post_id", "user__username"
            )
        )
        found = {
            "at": at.isoformat(),
            "code": row.code,
            "kind": row.kind,
            "division": row.division,
            "terms": [_term(term) for term in row.terms.select_related("parent").order_by("from_at")],
            "posts": [
                {
                    "id": post.pk,
                    "title": post.title,
                    "role": post.role,
                    "holders": sorted(name for key, name in held if key == post.pk),
                }
                for post in row.posts.order_by("pk")
            ],
        }
    if as_json:
        emit_json(found)
    else:
        _print_one(found)


def _moment(given: datetime | None, now: datetime) -> datetime:
    return now.astimezone(SHANGHAI) if given is None else given.replace(tzinfo=SHANGHAI)


def _line(row: "OrganisationTerm") -> dict[str, Any]:
    body = row.organisation
    return {"code": body.code, "kind": body.kind, "division": body.division, **_term(row)}


def _term(row: "OrganisationTerm") -> dict[str, Any]:
    return {
        "name": row.name,
        "english": row.english,
        "parent": row.parent.code if row.parent else None,
        "from": row.from_at.astimezone(SHANGHAI).isoformat(),
        "until": row.until_at.astimezone(SHANGHAI).isoformat() if row.until_at else None,
    }


def _print_tree(rows: "list[OrganisationTerm]", at: datetime) -> None:
    from rich.markup import escape
    from rich.tree import Tree

    tree = Tree(f"{len(rows)} organisations at {at:%Y-%m-%d %H:%M}")
    branches: dict[int, Tree] = {}
    waiting = {row.organisation_id: row for row in rows}

    def place(row: "OrganisationTerm") -> Tree:
        if row.organisation_id not in branches:
            above = waiting.get(row.parent_id) if row.parent_id is not None else None
            trunk = place(above) if above is not None else tree
            text = f"{escape(row.name)}  [dim]{row.organisation.code}, {row.organisation.division or 'node'}[/dim]"
            branches[row.organisation_id] = trunk.add(text)
        return branches[row.organisation_id]

    for row in rows:
        place(row)
    console().print(tree)


def _print_one(found: dict[str, Any]) -> None:
    from rich.table import Table

    screen = console()
    screen.print(
        f"{found['code']} ({found['kind']}, {found['division'] or 'node'})", style="bold", markup=False
    )
    terms = Table("Name", "English", "Answers to", "From", "Until", box=None)
    for term in found["terms"]:
        terms.add_row(term["name"], term["english"], term["parent"] or "", term["from"], term["until"] or "")
    screen.print(terms)
    posts = Table("Post", "Title", "Role", "Held by", box=None)
    for post in found["posts"]:
        posts.add_row(str(post["id"]), post["title"], post["role"], ", ".join(post["holders"]))
    screen.print(posts)
