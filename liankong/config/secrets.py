"""The node's keys and passwords: made once, kept in the data folder, readable by the owner alone.

`secrets.toml` is written at first start with mode 0600 in a folder of mode 0700. Losing it means that encrypted
identities cannot be read again and that signatures cannot be continued: back it up apart from the database.
"""

import base64
import contextlib
import os
import secrets as random
import stat
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from liankong.config.paths import data_folder, ensure_private

FILE_NAME = "secrets.toml"
KEY_BYTES = 32


class SecretsError(Exception):
    """The secrets file is missing a key, holds a malformed one, or can be read by others."""


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """All secrets of one node. Keys are 32 random bytes each; passwords are URL-safe text.

    Attributes:
        django: signs sessions and tokens.
        identity_key: AES-256 key that encrypts ID numbers and phones.
        hash_key: keyed hash (HMAC-SHA-256) by which an ID or phone is found.
        scope_key: signs a request's jurisdiction for the database's row-level security.
        seal_key: Ed25519 private key (raw seed) that seals log batches, bulletins and certificates.
        db_superuser: password of the embedded server's administrator.
        db_owner: password of the role that owns the tables.
        db_app: password of the role that web and workers use.
    """

    django: str
    identity_key: bytes
    hash_key: bytes
    scope_key: bytes
    seal_key: bytes
    db_superuser: str
    db_owner: str
    db_app: str


def secrets_path(folder: Path | None = None) -> Path:
    """Path of the secrets file in `folder` (default: the node's data folder)."""
    return (folder or data_folder()) / FILE_NAME


def load_secrets(folder: Path | None = None) -> Secrets:
    """Read the node's secrets, making them when there are none.

    Raises:
        SecretsError: when others can read the file, or when a key is missing or malformed.
    """
    path = secrets_path(folder)
    if not path.exists():
        _create(path)
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SecretsError(f"{path} can be read by other users: chmod 600 it, and change what it holds")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SecretsError(f"{path} is not valid TOML: {error}") from error
    return _parse(raw, path)


def _parse(raw: dict[str, object], path: Path) -> Secrets:
    values: dict[str, str | bytes] = {}
    for field in fields(Secrets):
        text = raw.get(field.name)
        if not isinstance(text, str) or not text:
            raise SecretsError(f"{path}: {field.name} is missing: expected text")
        if field.type is bytes:
            try:
                key = base64.b64decode(text, validate=True)
            except ValueError as error:
                raise SecretsError(f"{path}: {field.name} is not base64") from error
            if len(key) != KEY_BYTES:
                raise SecretsError(f"{path}: {field.name} has {len(key)} bytes, expected {KEY_BYTES}")
            values[field.name] = key
        else:
            values[field.name] = text
    return Secrets(**values)  # type: ignore[arg-type]  # each value was checked against its field above


def _create(path: Path) -> None:
    """Write fresh secrets so that a second process starting at the same time sees either none or all of them."""
    ensure_private(path.parent)
    lines = ["# Keys of this node. Never share, never commit; keep a copy apart from the database."]
    for field in fields(Secrets):
        if field.type is bytes:
            text = base64.b64encode(random.token_bytes(KEY_BYTES)).decode()
        else:
            text = random.token_urlsafe(48)
        lines.append(f'{field.name} = "{text}"')
    draft = path.with_name(f".{path.name}.{os.getpid()}.{random.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        # A link fails when the name is taken: whoever came first keeps its keys.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
