"""Finding protocols: shipped ones and the user's own folder, by id, or by what was in force."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

from liankong.protocols.errors import Problem, ProtocolError, UnknownProtocolError
from liankong.protocols.protocol import Protocol
from liankong.protocols.reader import parse, read

SHIPPED = Path(__file__).parent
# Files at the top of the folder are not protocols (retention, statute).


def load(what: str | Path, *, folder: Path | None = None) -> Protocol:
    """A protocol by id, or from a file of your own. `folder` holds further protocols of yours.

    A file may extend another in its own folder or a shipped one. Raises `UnknownProtocolError` or
    `ProtocolError`.
    """
    if isinstance(what, Path):
        return _load_file(what, (what.parent, *([folder] if folder else [])))
    own = _files((folder,) if folder else ())
    if what in own:
        return _load_file(own[what], (folder,) if folder else ())
    return _shipped(what)


def available(*, folder: Path | None = None) -> tuple[Protocol, ...]:
    """All protocols, by pathogen and first day; one of your folder replaces a shipped one of the same id."""
    ids = _files((folder,) if folder else ()).keys() | _shipped_files().keys()
    protocols = [load(identifier, folder=folder) for identifier in ids]
    return tuple(sorted(protocols, key=lambda one: (one.pathogen, one.document.in_force.first_day, one.id)))


def in_force(*, pathogen: str, on: date, division: str | None = None, folder: Path | None = None) -> Protocol:
    """The protocol that held on a day in a division: a local one before a national one, the later one before
    the earlier.

    Raises `UnknownProtocolError` when none did.
    """
    held = [one for one in available(folder=folder) if one.pathogen == pathogen and one.holds(on, division)]
    if not held:
        where = f" in {division}" if division else ""
        raise UnknownProtocolError(f"no protocol for {pathogen} was in force on {on.isoformat()}{where}")
    return max(
        held, key=lambda one: (_closeness(one, division or ""), one.document.in_force.first_day, one.id)
    )


def _closeness(protocol: Protocol, division: str) -> int:
    return max((len(code) for code in protocol.divisions if division.startswith(code)), default=0)


def _load_file(path: Path, folders: Iterable[Path]) -> Protocol:
    near = {**_shipped_files(), **_files(folders)}
    document, digest = read(path, near.get)
    return Protocol(document, path, digest)


@cache
def _shipped(identifier: str) -> Protocol:
    path = _shipped_files().get(identifier)
    if path is None:
        known = ", ".join(sorted(_shipped_files()))
        raise UnknownProtocolError(f"no protocol is called {identifier!r}; there are {known}")
    return _load_file(path, ())


@cache
def _shipped_files() -> dict[str, Path]:
    return _files((SHIPPED,), depth="*/**/*.toml")


def _files(folders: Iterable[Path], depth: str = "**/*.toml") -> dict[str, Path]:
    """Files by the id that they give themselves. Two files of one id are an error, for neither could be
    meant.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob(depth)):
            identifier = parse(path).get("id")
            if not isinstance(identifier, str):
                raise ProtocolError((Problem(path, "id", "expected the protocol's id as text"),))
            if identifier in found:
                other = found[identifier].name
                raise ProtocolError(
                    (Problem(path, "id", f"expected an id of its own, {identifier!r} is {other}"),)
                )
            found[identifier] = path
    return found
