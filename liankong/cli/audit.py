"""`liankong audit verify`: is the log as it was written?"""

from typing import TYPE_CHECKING, Any

import click

from liankong.cli import ExitCode, complain, emit_json, json_option
from liankong.cli.acting import looking

if TYPE_CHECKING:
    from liankong.store.seals import Verdict


@click.group("audit")
def audit() -> None:
    """The log and the seals over it."""


@audit.command("verify")
@json_option
@click.pass_context
def verify(ctx: click.Context, *, as_json: bool) -> None:
    """Recompute every seal and find any entry that was changed, removed or inserted.

    \b
    Example:
      liankong audit verify --json

    Ends with 0 when the log is intact, else with 3.
    """
    with looking() as now:
        from liankong.actions import audit as verbs
        from liankong.store.log import Actor

        verdict = verbs.verify(by=Actor(rule="command:audit verify"), at=now)
    if as_json:
        emit_json(_plain(verdict))
    elif verdict.intact:
        click.echo(
            f"The log is intact: {verdict.entries:,} entries under {verdict.seals:,} seals;"
            f" {verdict.unsealed:,} entries are not sealed yet."
        )
    else:
        complain([str(flaw) for flaw in verdict.flaws], title="The log is not as it was written:")
    ctx.exit(ExitCode.DONE if verdict.intact else ExitCode.INCOMPLETE)


def _plain(verdict: "Verdict") -> dict[str, Any]:
    return {
        "intact": verdict.intact,
        "seals": verdict.seals,
        "entries": verdict.entries,
        "unsealed": verdict.unsealed,
        "flaws": [{"kind": flaw.kind, "seal": flaw.seal, "entry": flaw.entry} for flaw in verdict.flaws],
    }
