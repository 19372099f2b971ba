"""`liankong token`: keys for programs that use the API."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from liankong.cli import console, emit_json, json_option
from liankong.cli.acting import acting, as_option

if TYPE_CHECKING:
    from liankong.store.models import ApiToken


@click.group("token")
def token() -> None:
    """Tokens for programs: some of a user's rights, until a date.

    \b
    Examples:
      liankong token create "laboratory machine" --scope lab.report --days 90 --as wu.lab
      liankong token list --as wu.lab
      liankong token revoke 3 --as wu.lab
    """


@token.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help="A right, e.g. look or lab.report; may be repeated.",
)
@click.option("--days", type=click.IntRange(1, 365), default=90, show_default=True, help="How long it holds.")
@as_option
@json_option
def create(*, name: str, scopes: tuple[str, ...], days: int, username: str | None, as_json: bool) -> None:
    """Make a token for oneself. The secret is shown once and kept nowhere: store it where the program reads it.

    \b
    Example:
      liankong token create "ward screen" --scope look --days 30 --as wang.clinic
    """
    with acting("look", username) as who:
        from liankong.actions import tokens

        issued = tokens.create(
            user=who.actor.user or 0,
            name=name,
            scopes=scopes,
            expires_at=who.at + timedelta(days=days),
            by=who.actor,
            at=who.at,
        )
    if as_json:
        emit_json({**_line(issued.token), "secret": issued.secret})
        return
    click.echo(f"Token {issued.token.pk} until {issued.token.expires_at:%Y-%m-%d}; shown only now:", err=True)
    click.echo(issued.secret)


@token.command("list")
@as_option
@json_option
def list_tokens(*, username: str | None, as_json: bool) -> None:
    """The user's own tokens, newest first.

    \b
    Example:
      liankong token list --as wu.lab --json
    """
    with acting("look", username) as who:
        from liankong.store.models import ApiToken

        rows = [_line(row) for row in ApiToken.objects.filter(user=who.actor.user).order_by("-pk")]
    if as_json:
        emit_json({"tokens": rows})
        return
    from rich.table import Table

    table = Table("Token", "Name", "Scopes", "Until", "Revoked", "Last used", box=None)
    for row in rows:
        table.add_row(
            str(row["id"]),
            row["name"],
            ", ".join(row["scopes"]),
            row["expires_at"],
            row["revoked_at"] or "",
            row["last_used_at"] or "",
        )
    console().print(table)


@token.command("revoke")
@click.argument("number", type=click.IntRange(1))
@as_option
@json_option
def revoke(*, number: int, username: str | None, as_json: bool) -> None:
    """End a token at once.

    \b
    Example:
      liankong token revoke 3 --as wu.lab
    """
    with acting("look", username) as who:
        from liankong.actions import tokens

        row = _line(tokens.revoke(token=number, by=who.actor, at=who.at))
    if as_json:
        emit_json(row)
    else:
        click.echo(f"Token {number} is revoked.")


def _line(row: "ApiToken") -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "scopes": list(row.scopes),
        "expires_at": row.expires_at.isoformat(),
        "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
        "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
    }
