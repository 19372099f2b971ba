"""Whatever a program sends, no answer is a fault of ours, and every answer is what the description says.

Schemathesis makes requests from the description: ones that fit it and ones that do not, over every operation, with
the token of somebody who may do it. The same requests at every run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from liankong.actions import bulletins, lab, registry, retention, zones_appeals
from liankong.store.access import node_scope
from liankong.store.models import (
    Batch,
    Case,
    Contact,
    Entry,
    Exposure,
    Handover,
    Holding,
    Inquiry,
    Investigation,
    Isolation,
    LineListImport,
    Order,
    OrderFile,
    Place,
    PurgeCertificate,
    Room,
    Shift,
    Site,
    SourceHypothesis,
    StaffTerm,
    StandingNeed,
    Stay,
    Trip,
    User,
    Vehicle,
    Zone,
)
from liankong.vocabulary.kinds import OrderKind, ResultValue, Role, TubeKind, ZoneState
from liankong.web.api.limits import Rate
from tests.support import programs, rows, rows_response
from tests.support.programs import Program
from tests.support.town import COMMUNITY, JINNAN, Town, build, seat, tube

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

EXAMPLES = 6  # requests an operation and kind; with some 210 operations they keep within two minutes
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
# Who may do it; anybody not named here is asked by the epidemiologist, who may look at everything in sight.
DOERS = {
    "open_outbreak": Role.COMMANDER,
    **dict.fromkeys(
        (
            "issue_order",
            "issue_orders",
            "sign_orders",
            "cancel_order",
            "issue_order_again",
            "remind_order",
            "remind_order_batch",
            "make_order_wait",
            "let_order_go_ahead",
            "hurry_order",
        ),
        Role.COMMANDER,
    ),
    # Zones are proposed by the epidemiologist, who is asked by default.
    **dict.fromkeys(
        (
            "approve_zone",
            "reject_zone",
            "escalate_zone",
            "lower_zone",
            "extend_zone",
            "lift_zone",
            "restart_zone_clock",
            "order_zone_round",
            "read_appeal",
            "answer_appeal",
        ),
        Role.COMMANDER,
    ),
    "make_appeal": Role.COMMUNITY_WORKER,
    **dict.fromkeys(
        (
            "send_inquiries",
            "receive_inquiries",
            "close_inquiries",
            "draft_inquiry",
            "preview_disclosure",
            "address_inquiry",
            "discard_inquiry",
            "ask_inquiry_again",
            "advance_inquiry",
            "answer_inquiry",
            "forward_inquiry",
            "register_inquiry_subject",
            "link_inquiry_subject",
            "reveal_inquiry",
            "preview_inquiry_list",
            "take_inquiry_list",
        ),
        Role.INQUIRY_OFFICER,
    ),
    **dict.fromkeys(
        (
            "propose_isolation",
            "assess_isolation",
            "person_at_door",
            "person_aboard",
            "person_arrived",
            "to_hospital",
            "plan_trips",
            "call_off_trip",
            "add_vehicle",
            "set_vehicle",
        ),
        Role.DISPATCHER,
    ),
    **dict.fromkeys(
        (
            "move_room",
            "release_person",
            "add_site",
            "set_site",
            "add_rooms",
            "join_staff",
            "staff_tested",
            "leave_loop",
            "set_room",
            "swab_room",
        ),
        Role.SITE_MANAGER,
    ),
    **dict.fromkeys(
        (
            "sign_isolations",
            "reject_isolation",
            "set_care_point",
            "deliver_to_zone",
            "deliver_to_household",
            "order_disinfection",
        ),
        Role.COMMANDER,
    ),
    **dict.fromkeys(
        (
            "take_need",
            "report_refusal",
            "put_on_list",
            "take_off_list",
            "plan_shift",
            "plan_pattern",
            "plan_list",
            "remove_shift",
            "hand_over",
            "take_over",
        ),
        Role.DUTY_OFFICER,
    ),
    **dict.fromkeys(("read_minutes", "draft_minutes"), Role.SECRETARY),
    "report_samples": Role.LAB_OFFICER,
    "break_glass": Role.COMMANDER,
    "register_tube": Role.LAB_OFFICER,
    "report_result": Role.LAB_OFFICER,
    "draft_bulletin": Role.BULLETIN_OFFICER,
    "sign_bulletin": Role.COMMANDER,
    "list_entries": Role.AUDITOR,
    "list_causes": Role.AUDITOR,
    "verify_log": Role.AUDITOR,
    "list_seals": Role.AUDITOR,
    **dict.fromkeys(
        (
            "found_organisation",
            "rearrange_organisation",
            "dissolve_organisation",
            "create_post",
            "fill_post",
            "vacate_post",
            "list_users",
            "create_user",
            "set_user_active",
            "list_holdings",
            "survey_retention",
            "propose_purge",
            "approve_purge",
        ),
        Role.ADMINISTRATOR,
    ),
}


@dataclass(frozen=True)
class Node:
    schema: Any
    programs: dict[Role, Program]
    known: dict[str, Any]

    def program(self, operation: str) -> Program:
        return self.programs[DOERS.get(operation, Role.EPIDEMIOLOGIST)]


@pytest.fixture
def node(settings: Any, at: datetime, client: Any) -> Node:
    """A district in an outbreak, with one of everything that an address can name."""
    settings.LIANKONG_API_RATES = {
        kind: Rate(per_minute=10**9, burst=10**6) for kind in ("token", "address", "refused")
    }
    with node_scope():
        town = build(at)
        callers = {role: programs.make(town[role], at=at) for role in Role}
        known = one_of_everything(town, at)
    known["token"] = programs.make(town[Role.EPIDEMIOLOGIST], at=at).token
    schema = schemathesis.openapi.from_dict(client.get("/api/v1/openapi.json").json())
    # A parameter that no operation knows is passed over, as everywhere on the web: sending one is no mistake.
    schema.config.generation.update(allow_extra_parameters=False)
    schema.app = get_wsgi_application()
    return Node(schema, callers, known)


def one_of_everything(town: Town, at: datetime) -> dict[str, Any]:
    case = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)
    person = registry.register(division=COMMUNITY, name="甲", by=town[Role.REGISTRY_CLERK], at=at)
    single = tube(town, at, kind=TubeKind.SINGLE, code="T-1")
    lab.report_result(tube=single.code, value=ResultValue.NEGATIVE, by=town[Role.LAB_OFFICER], at=at)
    order = Order.objects.create(
        kind=OrderKind.TASK,
        title="a task",
        division=JINNAN,
        issuer=town.district,
        addressee=town.cdc,
        issued_at=at,
        due_at=at + timedelta(hours=2),
    )
    bulletin = bulletins.draft(
        outbreak=town.outbreak.pk, division=JINNAN, day=at.date(), by=town[Role.BULLETIN_OFFICER], at=at
    )
    source = LineListImport.objects.create(
        outbreak=town.outbreak, division=JINNAN, filename="f", digest="d", mapping="", created_at=at
    )
    certificate = PurgeCertificate(
        division=JINNAN, retention="emergency", persons=0, issued_at=at, body={"persons": []}
    )
    certificate.digest = retention.certificate_digest(certificate)
    certificate.save()
    proposed, standing = (rows_response.zone(case=case, at=at) for _ in range(2))
    # One that binds, signed by somebody else than the commander who is asked, so that its appeal may be answered.
    Zone.objects.filter(pk=standing.pk).update(
        state=ZoneState.IN_FORCE,
        from_at=at,
        clock_from=at,
        review_on=at.date(),
        expires_at=at + timedelta(days=14),
        legal_basis="law",
        signed_by=seat(Role.COMMANDER, town.city, at=at).user,
    )
    appeal = zones_appeals.make_appeal(
        zone=standing.pk, text="own door", by=town[Role.COMMUNITY_WORKER], at=at
    )
    clerk = town[Role.REGISTRY_CLERK]
    return {
        "case": Case.objects.get(pk=case.pk).pk,
        "person": person.pk,
        "code": single.code,
        "order": order.pk,
        "batch": Batch.objects.create(division=JINNAN, title="b", created_at=at).pk,
        "bulletin": bulletin.pk,
        "outbreak": town.outbreak.pk,
        "line_list": source.pk,
        "certificate": certificate.pk,
        "organisation": town.cdc.pk,
        "post": clerk.post,
        "user": clerk.user,
        "holding": Holding.objects.get(user=clerk.user).pk,
        "entry": Entry.objects.order_by("pk").values_list("pk", flat=True)[0],
        "proposal": Entry.objects.order_by("pk").values_list("pk", flat=True)[0],
        "protocol": "CN-COV-v8",
        "zone": [proposed.pk, standing.pk],
        "appeal": appeal.pk,
        **response(case, town, at),
    }


def response(case: Case, town: Town, at: datetime) -> dict[str, Any]:
    """A row in every table of the response, and the newest of each by the name that addresses have for it."""
    place = Place.objects.create(name="p", kind="shop", division=COMMUNITY)
    user = User.objects.get(pk=town[Role.COMMANDER].user)
    rows_response.one_of_each(
        case,
        body=town.district,
        user=user,
        place=place,
        person=rows.person(division=COMMUNITY, at=at),
        at=at,
    )
    named = {
        "inquiry": Inquiry, "isolation": Isolation, "site": Site, "room": Room, "vehicle": Vehicle, "trip": Trip,
        "contact": Contact, "exposure": Exposure, "investigation": Investigation, "stay": Stay,
        "source": SourceHypothesis, "shift": Shift, "handover": Handover, "standing": StandingNeed,
        "file": OrderFile, "term": StaffTerm,
    }  # fmt: skip
    return {name: model._default_manager.latest("pk").pk for name, model in named.items()}


def operations(node: Node) -> Iterator[Any]:
    for found in node.schema.get_all_operations():
        yield found.ok()


def name_of(operation: Any) -> str:
    return str(operation.definition.raw["operationId"])


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_request_brings_the_node_down_and_every_answer_is_as_described(
    node: Node, mode: GenerationMode
) -> None:
    faults: list[str] = []
    asked = 0

    def check(operation: Any) -> None:
        program = node.program(name_of(operation))

        @seed(20220108)
        @hypothesis_settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans(), turn=st.integers(0, 1))
        def ask(case: Any, known: bool, turn: int) -> None:
            nonlocal asked
            if known:
                # A random number names nothing: half of the requests are about something that is there.
                case.path_parameters = {**case.path_parameters, **_named(case, node.known, turn)}
            asked += 1
            response = case.call(headers={"Authorization": f"Bearer {program.secret}"})
            checks = (
                [*CHECKS, negative_data_rejection]
                if mode is GenerationMode.NEGATIVE and not known
                else CHECKS
            )
            case.validate_response(response, checks=checks)

        try:
            ask()
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            faults.append(f"{operation.method.upper()} {operation.path}: {error}")

    for operation in operations(node):
        if (
            mode is GenerationMode.POSITIVE
            or operation.definition.raw.get("parameters")
            or _has_body(operation)
        ):
            check(operation)
    assert faults == [], "\n\n".join(faults)
    assert asked > 100


def _named(case: Any, known: dict[str, Any], turn: int) -> dict[str, Any]:
    return {name: _one(known[name], turn) for name in case.path_parameters if name in known}


def _one(value: Any, turn: int) -> Any:
    """A row that an address can name; of several that stand differently, now this one and now that."""
    return value[turn % len(value)] if isinstance(value, list) else value


def _has_body(operation: Any) -> bool:
    return "requestBody" in operation.definition.raw


def test_no_operation_answers_without_a_token(node: Node, client: Any) -> None:
    for operation in operations(node):
        path = operation.path
        for name, value in node.known.items():
            path = path.replace(f"{{{name}}}", str(_one(value, 0)))
        answer = client.generic(operation.method.upper(), path, data="{}", content_type="application/json")
        assert answer.status_code == 401, operation.path
