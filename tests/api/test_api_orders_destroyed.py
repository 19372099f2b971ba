"""Programs are told that a proof was destroyed, when and under which certificate, and get 410 for its content."""

from collections.abc import Callable
from datetime import datetime, timedelta

from liankong.actions import orders as verbs
from liankong.actions import retention
from liankong.actions.outbreaks import close_outbreak
from liankong.store.access import node_scope
from liankong.vocabulary.kinds import Role
from tests.support import rows_response
from tests.support.programs import Program, problem
from tests.support.town import COMMUNITY, JINNAN, Town, seat

MakeProgram = Callable[..., Program]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def test_a_destroyed_proof_is_listed_with_its_certificate_and_its_content_is_gone(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    with node_scope():
        order = rows_response.order(body=town.cdc, division=COMMUNITY, at=at)
        file = verbs.attach(order=order.pk, content=PNG, by=town[Role.EPIDEMIOLOGIST], at=at)
    commander = program(Role.COMMANDER)
    (held,) = commander.get(f"/orders/{order.pk}").json()["files"]
    assert (held["id"], held["destroyed"]) == (file.pk, None)
    with node_scope():
        close_outbreak(
            outbreak=town.outbreak.pk, reason="over", by=seat(Role.COMMANDER, town.city, at=at), at=at
        )
        administrator = town[Role.ADMINISTRATOR]
        made = list(retention.purge(division=JINNAN, by=administrator, at=at + timedelta(days=1)))
    certificate = next(one for one in made if one.retention == "order_files")
    (gone,) = commander.get(f"/orders/{order.pk}").json()["files"]
    assert gone["destroyed"]["certificate"] == certificate.pk
    assert datetime.fromisoformat(gone["destroyed"]["at"]) == certificate.issued_at
    told = problem(commander.post(f"/orders/{order.pk}/files/{file.pk}/read"), 410)
    assert told["type"] == "urn:liankong:problem:gone"
    assert f"certificate #{certificate.pk}" in told["detail"]
