"""Programs of a town's people: tokens and a client that sends them."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.test import Client

from liankong.actions import tokens
from liankong.store.access import scope
from liankong.store.log import Actor

_clients = count(1)


@dataclass(frozen=True)
class Program:
    """A program with a token: each call gives status and body."""

    secret: str
    token: int
    actor: Actor
    client: Client
    address: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.generic(
            method,
            f"/api/v1{path}",
            data="" if body is None else _json(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.secret}", **headers},
            REMOTE_ADDR=self.address,
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, {} if body is None else body, **headers)

    def upload(self, path: str, data: dict[str, Any], **headers: str) -> Any:
        return self.client.post(
            f"/api/v1{path}",
            data,
            headers={"Authorization": f"Bearer {self.secret}", **headers},
            REMOTE_ADDR=self.address,
        )


def _json(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)


def problem(answer: Any, status: int) -> dict[str, Any]:
    """The body of a refusal."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    return told


def make(actor: Actor, *scopes: str, at: datetime, days: int = 30) -> Program:
    """A token of the actor's user, with some or all of the actor's rights."""
    assert actor.user is not None
    with scope(actor.division, actor.user):
        issued = tokens.create(
            user=actor.user,
            name="a test's program",
            scopes=scopes or sorted(actor.permissions),
            expires_at=at + timedelta(days=days),
            by=actor,
            at=at,
        )
    address = f"10.0.0.{next(_clients) % 250}"
    return Program(issued.secret, issued.token.pk, actor, Client(), address)
