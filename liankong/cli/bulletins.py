"""`liankong bulletin draft` and `sign`: figures from the stored cases, checked, and signed by a named person."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from liankong.cli import ExitCode, Failure, complain, emit_json, json_option
from liankong.cli.acting import acting, as_option, outbreak_by_code

if TYPE_CHECKING:
    from liankong.store.models import Bulletin

OUT = click.Path(dir_okay=False, writable=True, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])


@click.command("draft")
@click.option("--outbreak", required=True, metavar="CODE")
@click.option("--division", required=True, metavar="CODE", help="Whose bulletin, e.g. 120112.")
@click.option("--day", type=DAY, required=True, metavar="YYYY-MM-DD", help="The day reported, 0 to 24 h.")
@click.option(
    "--since", type=DAY, multiple=True, metavar="YYYY-MM-DD", help="Baseline of totals; may be repeated."
)
@click.option(
    "--entered",
    type=FILE,
    metavar="JSON",
    help="Figures and adjustments that no case tells, as a bulletin's JSON.",
)
@click.option("--protect-below", type=click.IntRange(0, 100), default=0, show_default=True)
@click.option("--reason", default="", help="Why a day that was signed is revised.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--pdf", type=OUT, metavar="OUT", help="Write the document, marked as a draft.")
@as_option
@json_option
@click.pass_context
def draft(
    ctx: click.Context,
    *,
    outbreak: str,
    division: str,
    day: datetime,
    since: tuple[datetime, ...],
    entered: Path | None,
    protect_below: int,
    reason: str,
    language: str,
    pdf: Path | None,
    username: str | None,
    as_json: bool,
) -> None:
    """Count a day from the stored cases, check what must balance, write the text. Nothing is published.

    \b
    Examples:
      liankong bulletin draft --outbreak jinnan-2022 --division 120112 --day 2022-01-12
      liankong bulletin draft --outbreak jinnan-2022 --division 12 --day 2022-01-12 --since 2022-01-08 --json

    Ends with 0, or 3 when an identity fails and the draft may not be signed.
    """
    with acting("bulletins.draft", username) as who:
        from liankong.actions import bulletins
        from liankong.rules.bulletins import Window

        stated = _entered(entered, division, day.date())
        row = bulletins.draft(
            outbreak=outbreak_by_code(outbreak).pk,
            division=division,
            day=day.date(),
            windows=[Window.since(one.date()) for one in since],
            entered=stated.figures,
            adjustments=stated.adjustments,
            protect_below=protect_below,
            reason=reason,
            by=who.actor,
            at=who.at,
        )
        _answer(ctx, row, language=language, pdf=pdf, as_json=as_json)


@click.command("sign")
@click.argument("number", type=click.IntRange(1))
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--pdf", type=OUT, metavar="OUT", help="Write the signed document.")
@as_option
@json_option
@click.pass_context
def sign(
    ctx: click.Context, *, number: int, language: str, pdf: Path | None, username: str | None, as_json: bool
) -> None:
    """Sign and publish a draft by its number. A signed bulletin never changes; a correction is a new revision.

    \b
    Example:
      liankong bulletin sign 17 --as chen.commander --pdf 2022-01-12.pdf

    Ends with 0, or 2 when an identity fails that no adjustment explains.
    """
    with acting("bulletins.sign", username) as who:
        from liankong.actions import bulletins

        row = bulletins.sign(bulletin=number, by=who.actor, at=who.at)
        _answer(ctx, row, language=language, pdf=pdf, as_json=as_json)


def _entered(file: Path | None, division: str, day: date) -> Any:
    from liankong.exchange import bulletin_json
    from liankong.exchange.bulletin_words import NATION

    empty = {"place": division or NATION, "day": day.isoformat()}
    try:
        data = json.loads(file.read_text("utf-8")) if file else {}
        if not isinstance(data, dict):
            raise bulletin_json.BulletinFormError("the file: expected an object")
        return bulletin_json.from_json({**empty, **data})
    except (ValueError, bulletin_json.BulletinFormError) as error:
        raise Failure(f"{file.name if file else ''}: {error}") from error


def _answer(ctx: click.Context, row: "Bulletin", *, language: str, pdf: Path | None, as_json: bool) -> None:
    if pdf is not None:
        _write(row, language, pdf)
    states = [finding["state"] for finding in row.findings]
    failed = [finding for finding in row.findings if finding["state"] == "failed"]
    if as_json:
        emit_json(
            {
                "bulletin": row.pk,
                "outbreak": row.outbreak.code,
                "division": row.division,
                "day": row.day.isoformat(),
                "revision": row.revision,
                "state": row.state,
                "may_sign": not failed,
                "counts": {
                    state: states.count(state) for state in ("ok", "explained", "failed", "not_applicable")
                },
                "failed": [finding["arithmetic"] or finding["formula"] for finding in failed],
                "figures": row.figures["figures"],
                "text_zh": row.text_zh,
                "text_en": row.text_en,
                "digest": row.digest,
                "signature": row.signature,
            }
        )
    else:
        click.echo(row.text_en if language == "en" else row.text_zh)
        done = "signed" if row.digest else "draft"
        click.echo(f"Bulletin {row.pk}: {row.day}, revision {row.revision}, {done}.", err=True)
        if failed:
            complain(
                [f"{one['identity']}: {one['arithmetic'] or one['formula']}" for one in failed],
                title="This does not balance; no adjustment explains it:",
            )
    ctx.exit(ExitCode.INCOMPLETE if failed else ExitCode.DONE)


def _write(row: "Bulletin", language: str, out: Path) -> None:
    from liankong.web.api.papers import PdfUnavailableError, UnprintableError, paper

    try:
        out.write_bytes(paper(row, language="en" if language == "en" else "zh"))
    except (PdfUnavailableError, UnprintableError) as error:
        raise Failure(str(error), code=ExitCode.FAULT) from error
