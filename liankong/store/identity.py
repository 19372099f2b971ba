"""Sealed personal values: AES-256-GCM for reading back, a keyed hash for finding.

Each value is bound to its person and field, so a sealed value moved to another row does not open.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE = 12
VERSION = b"\x01"


class SealBroken(ValueError):
    """A sealed value does not open: wrong key, changed bytes, or moved from another row or field."""


def seal(text: str, *, owner: int, field: str) -> bytes:
    """Encrypt `text` for one person (or household) and field; "" stays empty."""
    if not text:
        return b""
    nonce = os.urandom(NONCE)
    return VERSION + nonce + _cipher().encrypt(nonce, text.encode(), _bound(owner, field))


def unseal(sealed: bytes | memoryview, *, owner: int, field: str) -> str:
    data = bytes(sealed)
    if not data:
        return ""
    try:
        return _cipher().decrypt(data[1 : 1 + NONCE], data[1 + NONCE :], _bound(owner, field)).decode()
    except InvalidTag as error:
        raise SealBroken(f"the sealed {field} of record {owner} does not open") from error


def find_hash(value: str, *, field: str) -> bytes | None:
    """Keyed hash under which an exact value is found; the same text in two fields hashes differently."""
    if not value:
        return None
    return hmac.new(settings.LIANKONG_SECRETS.hash_key, f"{field}\0{value}".encode(), hashlib.sha256).digest()


def columns(
    person: int, *, name: str = "", id_number: str = "", phone: str = "", registered_address: str = ""
) -> dict[str, object]:
    """Everything that an `Identity` row of a person holds; values are normalised by the caller."""
    return {
        "person_id": person,
        "name_sealed": seal(name, owner=person, field="name"),
        "name_hash": find_hash(name, field="name"),
        "id_kind": "resident_id",
        "id_sealed": seal(id_number, owner=person, field="id_number"),
        "id_hash": find_hash(id_number, field="id_number"),
        "phone_sealed": seal(phone, owner=person, field="phone"),
        "phone_hash": find_hash(phone, field="phone"),
        "registered_address_sealed": seal(registered_address, owner=person, field="registered_address"),
    }


def _bound(owner: int, field: str) -> bytes:
    return f"{field}:{owner}".encode()


_CIPHERS: dict[bytes, AESGCM] = {}


def _cipher() -> AESGCM:
    key: bytes = settings.LIANKONG_SECRETS.identity_key
    if key not in _CIPHERS:
        _CIPHERS[key] = AESGCM(key)
    return _CIPHERS[key]
