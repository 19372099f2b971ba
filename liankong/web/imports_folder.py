"""Where an uploaded line list lies between its upload and its commit: a folder of its own, seen by its owner alone.

The folder's name is random, it and its files are closed to other users of the machine, and it is removed when the
list is committed or given up, or a day later. Web and worker share it; each file in it has one writer.
"""

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.utils.text import get_valid_filename

KEPT = timedelta(days=1)
LARGEST = 64 * 1024 * 1024
# Smaller files are read while the browser waits; larger ones by a worker, with progress.
AT_ONCE = 512 * 1024
NAME_LENGTH = 100
TOKEN = re.compile(r"[A-Za-z0-9_-]{20,40}")


class Gone(LookupError):
    """There is no such upload, or it is somebody else's."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload. `state.json` is the pages', `progress.json` the worker's."""

    folder: Path

    @property
    def token(self) -> str:
        return self.folder.name

    @property
    def file(self) -> Path:
        return self.folder / "file" / str(self.state["name"])

    @property
    def links(self) -> Path | None:
        name = self.state.get("links")
        return self.folder / "file" / str(name) if name else None

    @property
    def small(self) -> bool:
        return int(self.state["size"]) <= AT_ONCE

    @property
    def state(self) -> dict[str, Any]:
        return self.read("state")

    def update(self, **values: Any) -> None:
        self.write("state", {**self.state, **values})

    # --- small files -----------------------------------------------------------------------------------------

    def read(self, name: str) -> dict[str, Any]:
        """A JSON file of the folder; {} when it is not there (yet)."""
        try:
            found: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def write(self, name: str, values: dict[str, Any]) -> None:
        """Replace a JSON file in one step: a reader sees the old one or the new one."""
        self.put(f"{name}.json", json.dumps(values, ensure_ascii=False).encode())

    def put(self, name: str, content: bytes) -> None:
        draft = self.folder / f".{name}.{secrets.token_hex(4)}"
        draft.touch(mode=0o600)
        draft.write_bytes(content)
        draft.replace(self.folder / name)

    @property
    def mapping(self) -> str:
        return (self.folder / "mapping.toml").read_text("utf-8")

    def set_mapping(self, text: str) -> None:
        self.put("mapping.toml", text.encode())

    # --- the worker's side -----------------------------------------------------------------------------------

    @property
    def cancelled(self) -> bool:
        return (self.folder / "cancel").exists()

    def cancel(self) -> None:
        (self.folder / "cancel").touch(mode=0o600)

    def begin(self) -> None:
        """Forget an earlier run."""
        (self.folder / "cancel").unlink(missing_ok=True)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def forget_file(self) -> None:
        """The list itself goes; what was rejected of it stays for its owner to mend, a day at most."""
        shutil.rmtree(self.folder / "file", ignore_errors=True)
        (self.folder / "columns.json").unlink(missing_ok=True)


def root() -> Path:
    folder: Path = settings.LIANKONG_DATA / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def keep(file: "File[bytes]", links: "File[bytes] | None", *, user: int, post: int | None) -> Upload:
    """Put an uploaded file, and its optional file of links, into a folder of their own."""
    sweep()
    folder = root() / secrets.token_urlsafe(18)
    folder.mkdir(mode=0o700)
    (folder / "file").mkdir(mode=0o700)
    upload = Upload(folder)
    name = _name(file)
    beside = _name(links) if links is not None else ""
    if beside == name:
        beside = f"links-{beside}"
    _write(folder / "file" / name, file)
    if links is not None:
        _write(folder / "file" / beside, links)
    state = {"name": name, "links": beside, "size": file.size, "user": user, "post": post, "stage": "mapping"}
    upload.write("state", state)
    return upload


def _name(file: "File[bytes]") -> str:
    """The file's own name, made harmless; its ending stays at the end."""
    return get_valid_filename(str(file.name or "list").lstrip("."))[-NAME_LENGTH:].lstrip(".-_") or "list"


def _write(target: Path, file: "File[bytes]") -> None:
    target.touch(mode=0o600)
    with target.open("wb") as out:
        for chunk in file.chunks():
            out.write(chunk)


def find(token: str, *, user: int) -> Upload:
    """An upload of this user's. Raises Gone."""
    upload = by_token(token)
    if upload.state.get("user") != user:
        raise Gone(token)
    return upload


def by_token(token: str) -> Upload:
    """An upload, for the worker. Raises Gone."""
    folder = root() / token
    if not TOKEN.fullmatch(token) or not (folder / "state.json").is_file():
        raise Gone("no such upload")
    return Upload(folder)


def of_user(user: int) -> Iterator[Upload]:
    """Uploads that a user has begun and not finished, the newest first."""
    folders = sorted(root().iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in folders:
        upload = Upload(folder)
        state = upload.state
        if state.get("user") == user and state.get("stage") != "done":
            yield upload


def of_import(number: int, *, user: int) -> Upload | None:
    """What is left of the upload that became an import, while it is left."""
    for folder in root().iterdir():
        upload = Upload(folder)
        state = upload.state
        if state.get("import") == number and state.get("user") == user:
            return upload
    return None


def sweep() -> int:
    """Remove what has lain longer than a day; returns how many."""
    limit, count = time.time() - KEPT.total_seconds(), 0
    for folder in root().iterdir():
        with suppress(FileNotFoundError):
            begun = folder / "file"
            if (begun if begun.exists() else folder).stat().st_mtime < limit:
                Upload(folder).remove()
                count += 1
    return count
