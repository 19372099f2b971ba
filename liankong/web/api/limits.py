"""How often may one caller ask? Counted once for all processes of this machine.

Each caller has one number: when the next request would be due if requests came evenly (the generic cell rate
algorithm, ITU-T I.371 annex A). A request is let in while that number is no more than a burst ahead of now. The
numbers lie in a small file of the data folder, mapped into every web process and guarded by the system's file
locks, so two workers count together and a restart forgets nothing.

What it does not do: machines do not count together (each of n web machines lets in the full rate), and the file
holds 16,384 callers; when more are busy at once, the one nearest to idle is forgotten and starts afresh.
"""

import fcntl
import hashlib
import hmac
import math
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

FILE_NAME = "api-limits.bin"
CALLERS = 16_384
REACH = 8  # slots that a caller may use, from its own on
_SLOT = struct.Struct("<Qd")  # fingerprint of the caller, when its next even request is due (Unix seconds)


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_minute` requests in the long run, and up to `burst` at once after a pause."""

    per_minute: float
    burst: int

    @property
    def interval(self) -> float:
        return 60.0 / self.per_minute

    @property
    def tolerance(self) -> float:
        return self.interval * (self.burst - 1)


# One office may share an address, so an address may do more than a token; guessing tokens is no use at 256 bits,
# so the last one only keeps a broken program from filling the log.
RATES: dict[str, Rate] = {
    "token": Rate(per_minute=600, burst=120),
    "address": Rate(per_minute=1800, burst=360),
    "refused": Rate(per_minute=10, burst=20),
}


class Limiter:
    """The shared counters. `clock` is the wall's: the demo's own time says nothing about load."""

    def __init__(self, path: Path, *, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock
        # Locks of the system are a process's, not a thread's, on this file handle.
        self._threads = threading.Lock()
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        size = CALLERS * _SLOT.size
        with self._alone():
            if os.fstat(self._handle).st_size != size:
                os.ftruncate(self._handle, 0)
                os.ftruncate(self._handle, size)
        self._slots = mmap.mmap(self._handle, size)

    def close(self) -> None:
        """Let go of the file."""
        self._slots.close()
        os.close(self._handle)

    def hit(self, kind: str, who: str, rate: Rate) -> float:
        """Count one request; 0 lets it in, otherwise the seconds until the next would be let in.

        A request that is turned away is not counted, so whoever waits as told gets in.
        """
        return self._ask(kind, who, rate, count=True)

    def peek(self, kind: str, who: str, rate: Rate) -> float:
        """The same answer without counting."""
        return self._ask(kind, who, rate, count=False)

    def _ask(self, kind: str, who: str, rate: Rate, *, count: bool) -> float:
        fingerprint = self._fingerprint(kind, who)
        with self._alone():
            now = self._clock()
            offset, due = self._find(fingerprint, now)
            # Further ahead than this rate can lead means that the wall's clock was set back: start afresh.
            if due > now + rate.tolerance + rate.interval:
                due = now
            due = max(due, now)
            if due - now > rate.tolerance:
                return due - now - rate.tolerance
            if count:
                _SLOT.pack_into(self._slots, offset, fingerprint, due + rate.interval)
            return 0.0

    def _find(self, fingerprint: int, now: float) -> tuple[int, float]:
        """Where the caller stands, else the slot nearest to idle among those it may use."""
        best, idle = 0, math.inf
        for step in range(REACH):
            offset = ((fingerprint + step) % CALLERS) * _SLOT.size
            owner, due = _SLOT.unpack_from(self._slots, offset)
            if owner == fingerprint:
                return offset, due
            if due < idle:
                best, idle = offset, due
        return best, now

    def _fingerprint(self, kind: str, who: str) -> int:
        # Keyed, so that nobody can choose an address that shares its slots with somebody else's.
        hashed = hmac.new(self._key, f"{kind}\0{who}".encode(), hashlib.sha256).digest()
        return int.from_bytes(hashed[:8], "little") or 1

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._threads:
            fcntl.flock(self._handle, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._handle, fcntl.LOCK_UN)


@cache
def limiter() -> Limiter:
    """This process's view of the node's counters."""
    return Limiter(settings.LIANKONG_DATA / FILE_NAME, key=settings.LIANKONG_SECRETS.hash_key)


def rate(kind: str) -> Rate:
    """The rate in force; `LIANKONG_API_RATES` in the settings replaces single ones."""
    chosen: Rate = getattr(settings, "LIANKONG_API_RATES", {}).get(kind, RATES[kind])
    return chosen
