"""The same verbs from a terminal: `liankong COMMAND`.

`main` is lazy: the table below names every command and the module that holds it, so that
`liankong summarise` starts fast and imports no web frame. A module in this package offers a command either
as a `click.Command` with the command's name, or through `register(group)`, which adds commands to the group.

Helpers for all: `json_option`, `emit_json`, `console`, `complain`, `Failure`, `ExitCode`, `progress`.
"""

import difflib
import importlib
import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

import click

from liankong import __version__

if TYPE_CHECKING:
    from rich.console import Console

F = TypeVar("F", bound=Callable[..., Any])


class ExitCode(IntEnum):
    """What a script may rely on."""

    DONE = 0
    FAULT = 1  # something went wrong that is not the caller's doing
    USAGE = 2  # wrong arguments, a broken mapping, a file that cannot be read
    INCOMPLETE = 3  # done, but some rows were rejected or some checks failed
    INTERRUPTED = 130


# command -> (module, what it does in one line). Help reads this table and imports nothing.
COMMANDS: dict[str, tuple[str, str]] = {
    "summarise": ("liankong.cli.linelist", "Counts, curve, delays, links and checks of a line list."),
    "chains": ("liankong.cli.linelist", "Who infected whom: chains, clusters, doubtful links."),
    "map": ("liankong.cli.linelist", "Mapping files: guess one, list and show those shipped."),
    "import": ("liankong.cli.cases", "Import a line list into an outbreak of the platform."),
    "contacts": ("liankong.cli.tracing", "Contacts: list them, and say why."),
    "bulletin": ("liankong.cli.bulletin_files", "Draft, sign, read and check bulletins."),
    "investigation": ("liankong.cli.investigation", "Itineraries: read one from a text, show one of a case."),
    "minutes": ("liankong.cli.minutes", "Read the text of a meeting into directives."),
    "protocol": ("liankong.cli.protocols", "List, show and check issued protocols."),
    "serve": ("liankong.cli.serve", "Start the platform: database, web, worker and clocks."),
    "demo": ("liankong.cli.demo", "Load the generated demo city."),
    "orders": ("liankong.cli.orders", "Orders: list, show, issue, receive, finish."),
    "duty": ("liankong.cli.duty", "Who is on duty now, the roster, and a calendar of it."),
    "needs": ("liankong.cli.needs", "Needs of people inside: list them, take a call."),
    "org": ("liankong.cli.org", "Organisations and posts, as they stand on a day."),
    "inquiries": ("liankong.cli.inquiries", "What headquarters ask each other, and what they answer."),
    "sites": ("liankong.cli.isolation", "Isolation sites: rooms, boards, the reserve against the norm."),
    "transfers": ("liankong.cli.isolation", "Transfers: who must move, where, by when."),
    "purge": ("liankong.cli.purge", "Delete personal data past its date and issue the certificate."),
    "token": ("liankong.cli.tokens", "Tokens for programs that use the API."),
    "zones": ("liankong.cli.zones", "Zones: propose, sign, lift, notices; replay published lists."),
    "audit": ("liankong.cli.audit", "Verify that no log entry was changed, removed or inserted."),
}

_SERVER_PACKAGES = {
    "csp",
    "cryptography",
    "django",
    "docx",
    "duckdb",
    "ibis",
    "icalendar",
    "ninja",
    "platformdirs",
    "procrastinate",
    "psutil",
    "psycopg",
    "typst",
    "uvicorn",
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [name for name, (module, _) in COMMANDS.items() if importlib.util.find_spec(module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        if cmd_name not in self.commands:
            self._load(cmd_name)
        return self.commands.get(cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; where the library alone is installed, say what a server command needs."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            if (error.name or "").split(".")[0] not in _SERVER_PACKAGES:
                raise
            raise Failure(
                f"this command needs the server, of which {error.name} is missing",
                hint="pip install 'liankong[server]'",
            ) from error

    def _load(self, name: str) -> None:
        module = importlib.import_module(COMMANDS[name][0])
        if hasattr(module, "register"):
            module.register(self)
            return
        for value in vars(module).values():
            if isinstance(value, click.Command) and value.name == name:
                self.add_command(value)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            close = difflib.get_close_matches(name, self.list_commands(ctx), n=1)
            meant = f" Did you mean '{close[0]}'?" if close else ""
            ctx.fail(f"There is no command '{name}'.{meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


class Failure(click.ClickException):
    """An error for people: what is wrong, and what to do about it."""

    def __init__(self, message: str, *, hint: str = "", code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(message)
        self.hint = hint
        self.exit_code = int(code)  # type: ignore[misc]  # click declares it for the class, reads it here

    def show(self, file: Any = None) -> None:  # noqa: ARG002 - click's signature
        click.echo(f"{click.style('Error:', fg='red', bold=True)} {self.message}", err=True)
        if self.hint:
            click.echo(f"{click.style('Try:', bold=True)}   {self.hint}", err=True)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Every command explains itself with --help. Those that print figures take --json.",
)
@click.version_option(__version__, prog_name="liankong")
def main() -> None:
    """Liankong 联控: from the first positive to the last order closed.

    \b
    A first look, without server or database:
      liankong map guess cases.csv -o cases.toml
      liankong summarise cases.csv --map cases.toml
    """


json_option = click.option("--json", "as_json", is_flag=True, help="Print the complete result as JSON.")


def emit_json(data: Mapping[str, Any]) -> None:
    """The complete result on standard output: UTF-8, Chinese left readable."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False))


def console(*, stderr: bool = False) -> "Console":
    """A rich console; plain text when the output is not a terminal."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False)


def complain(lines: list[str], *, title: str) -> None:
    """Warnings and rejected rows go to standard error, so that piped results stay clean."""
    click.echo(click.style(title, fg="yellow", bold=True), err=True)
    for line in lines:
        click.echo(f"  {line}", err=True)


@contextmanager
def progress(label: str, *, show: bool = True) -> Iterator[Callable[[int, float | None], None]]:
    """A progress bar on standard error for callbacks `(rows done, share done or None)`.

    Nothing is drawn when standard error is not a terminal, so logs stay readable.
    """
    screen = console(stderr=True)
    if not (show and screen.is_terminal):
        yield lambda _done, _share: None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task(label, total=None, rows=0)

        def advance(done: int, share: float | None) -> None:
            bar.update(task, rows=done, total=None if share is None else 1.0, completed=share or 0.0)

        yield advance
