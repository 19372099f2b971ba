"""What is a stored value called, and how does it look? Words first; tone and icon only repeat them.

Closed lists share values (`unknown` is a sex and an origin), so labels are grouped by list.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from liankong.vocabulary.kinds import (
    BulletinState,
    FoundBy,
    OrderKind,
    OrderState,
    OrganisationKind,
    Origin,
    Outcome,
    PersonClass,
    PersonKind,
    ResultValue,
    Role,
    Severity,
    Sex,
    TubeKind,
)


@dataclass(frozen=True, slots=True)
class Label:
    """`tone` is one of danger, warn, good, info, violet, neutral; `icon` a name in vendor/tabler-icons."""

    text: str | Promise
    tone: str = "neutral"
    icon: str = ""


LABELS: dict[str, dict[str, Label]] = {
    "class": {
        PersonClass.CONFIRMED: Label(_("Confirmed case"), "danger", "virus"),
        PersonClass.ASYMPTOMATIC: Label(_("Asymptomatic infection"), "warn", "circle-dashed"),
        PersonClass.SUSPECTED: Label(_("Suspected case"), "info", "help"),
        PersonClass.PENDING_REVIEW: Label(_("Pending review"), "violet", "hourglass"),
        PersonClass.CLOSE_CONTACT: Label(_("Close contact"), "info", "users"),
        PersonClass.SECONDARY_CONTACT: Label(_("Contact of a contact"), "neutral", "users-group"),
        PersonClass.GENERAL_CONTACT: Label(_("General contact"), "neutral", "user"),
        PersonClass.EXCLUDED: Label(_("Excluded"), "neutral", "ban"),
    },
    "severity": {
        Severity.MILD: Label(_("Mild"), "neutral", "activity"),
        Severity.COMMON: Label(_p("severity", "Common"), "info", "activity"),
        Severity.SEVERE: Label(_("Severe"), "warn", "alert-triangle"),
        Severity.CRITICAL: Label(_("Critical"), "danger", "heartbeat"),
    },
    "origin": {
        Origin.LOCAL: Label(_("Local"), "neutral", "home"),
        Origin.IMPORTED: Label(_("Imported"), "info", "plane"),
        Origin.UNKNOWN: Label(_("Origin unknown"), "neutral", "help"),
    },
    "outcome": {
        Outcome.IN_CARE: Label(_("In care"), "info", "bed"),
        Outcome.CURED: Label(_("Cured, discharged"), "good", "circle-check"),
        Outcome.RELEASED: Label(_("Released from observation"), "good", "circle-check"),
        Outcome.DEAD: Label(_("Died"), "neutral", "cross"),
        Outcome.UNKNOWN: Label(_("Outcome unknown"), "neutral", "help"),
    },
    "result": {
        ResultValue.POSITIVE: Label(_("Positive"), "danger", "plus"),
        ResultValue.NEGATIVE: Label(_("Negative"), "good", "minus"),
        ResultValue.INVALID: Label(_("Invalid"), "neutral", "x"),
    },
    "tube": {
        TubeKind.SINGLE: Label(_("Single tube"), "neutral", "test-pipe"),
        TubeKind.HOUSEHOLD: Label(_("Household tube"), "neutral", "test-pipe"),
        TubeKind.POOL: Label(_("Pooled tube"), "neutral", "test-pipe"),
    },
    "order": {
        OrderState.ISSUED: Label(_("Issued"), "info", "send"),
        OrderState.RECEIVED: Label(_("Received"), "info", "check"),
        OrderState.STARTED: Label(_("In progress"), "warn", "clock"),
        OrderState.DONE: Label(_("Done"), "good", "circle-check"),
        OrderState.RETURNED: Label(_("Returned"), "warn", "arrow-back-up"),
        OrderState.CANCELLED: Label(_("Cancelled"), "neutral", "ban"),
    },
    "orderkind": {
        OrderKind.REPORT: Label(_("Statutory report"), "neutral", "report-medical"),
        OrderKind.RESWAB: Label(_("Single re-swab"), "neutral", "test-pipe"),
        OrderKind.REVIEW: Label(_("Expert review"), "neutral", "stethoscope"),
        OrderKind.DIRECTIVE: Label(_("Directive"), "neutral", "flag"),
        OrderKind.TASK: Label(_("Task"), "neutral", "checklist"),
    },
    "bulletin": {
        BulletinState.DRAFT: Label(_("Draft"), "warn", "pencil"),
        BulletinState.SIGNED: Label(_("Signed"), "good", "signature"),
        BulletinState.SUPERSEDED: Label(_("Superseded"), "neutral", "history"),
    },
    "sex": {
        Sex.MALE: Label(_("Male")),
        Sex.FEMALE: Label(_("Female")),
        Sex.UNKNOWN: Label(_p("sex", "Unknown")),
        Sex.UNSTATED: Label(_p("sex", "Not stated")),
    },
    "person": {
        PersonKind.RESIDENT: Label(_("Resident"), "neutral", "home"),
        PersonKind.VISITOR: Label(_("Visitor"), "neutral", "plane"),
    },
    "found": {
        FoundBy.FEVER_CLINIC: Label(_("Fever clinic"), "neutral", "stethoscope"),
        FoundBy.SCREENING: Label(_("Screening"), "neutral", "test-pipe"),
        FoundBy.CONTACT: Label(_("Contact tracing"), "neutral", "users"),
        FoundBy.KEY_POPULATION: Label(_("Key population"), "neutral", "users-group"),
        FoundBy.INQUIRY: Label(_("Inquiry from elsewhere"), "neutral", "send"),
        FoundBy.BORDER: Label(_("Border"), "neutral", "plane"),
        FoundBy.IMPORT_FILE: Label(_("Line list"), "neutral", "file-import"),
        FoundBy.OTHER: Label(_p("found by", "Other"), "neutral", "dots"),
    },
    "organisation": {
        OrganisationKind.HEADQUARTERS: Label(_("Headquarters"), "danger", "flag"),
        OrganisationKind.SUB_HEADQUARTERS: Label(_("Sub-headquarters"), "warn", "flag"),
        OrganisationKind.OFFICE: Label(_p("organisation", "Office"), "info", "building-community"),
        OrganisationKind.DEPARTMENT: Label(_("Department"), "info", "sitemap"),
        OrganisationKind.STREET: Label(_("Street"), "neutral", "map-pin"),
        OrganisationKind.CDC: Label(_("Disease control centre"), "neutral", "virus"),
        OrganisationKind.HOSPITAL: Label(_("Hospital"), "neutral", "building-hospital"),
        OrganisationKind.LABORATORY: Label(_("Laboratory"), "neutral", "test-pipe"),
        OrganisationKind.COMMISSION: Label(_("Health commission"), "neutral", "report-medical"),
    },
    "role": {
        Role.COMMANDER: Label(_("Commander"), "neutral", "flag"),
        Role.DUTY_OFFICER: Label(_("Duty officer"), "neutral", "clock"),
        Role.EPIDEMIOLOGIST: Label(_("Epidemiologist"), "neutral", "user-search"),
        Role.LAB_OFFICER: Label(_("Laboratory officer"), "neutral", "test-pipe"),
        Role.CLINICIAN: Label(_("Clinician"), "neutral", "stethoscope"),
        Role.BULLETIN_OFFICER: Label(_("Bulletin officer"), "neutral", "news"),
        Role.REGISTRY_CLERK: Label(_("Registry clerk"), "neutral", "address-book"),
        Role.AUDITOR: Label(_("Auditor"), "neutral", "shield-check"),
        Role.ADMINISTRATOR: Label(_("Administrator"), "neutral", "adjustments"),
    },
    "fact": {
        "OutbreakOpened": Label(_("Outbreak opened"), "info", "flag"),
        "OutbreakClosed": Label(_("Outbreak closed"), "neutral", "circle-check"),
        "ResultReported": Label(_("Result reported"), "info", "test-pipe"),
        "PoolRecalled": Label(_("Pool recalled"), "warn", "users-group"),
        "CaseOpened": Label(_("Case opened"), "danger", "virus"),
        "CaseClassified": Label(_("Case classified"), "violet", "stethoscope"),
        "CaseCourseRecorded": Label(_("Course recorded"), "info", "bed"),
        "CaseSourceSet": Label(_("Source set"), "info", "link"),
        "CaseReported": Label(_("Case reported"), "good", "report-medical"),
        "LineListImported": Label(_("Line list imported"), "info", "file-import"),
        "OrderIssued": Label(_("Order issued"), "info", "send"),
        "OrderReceived": Label(_("Order received"), "info", "check"),
        "OrderDone": Label(_("Order done"), "good", "circle-check"),
        "OrderOverdue": Label(_("Order overdue"), "danger", "clock-exclamation"),
        "BulletinDrafted": Label(_("Bulletin drafted"), "warn", "pencil"),
        "BulletinSigned": Label(_("Bulletin signed"), "good", "signature"),
        "BulletinSuperseded": Label(_("Bulletin superseded"), "neutral", "history"),
        "IdentityRead": Label(_("Identity read"), "warn", "eye"),
        "IdentitySearched": Label(_("Identity searched"), "warn", "search"),
        "GlassBroken": Label(_("Glass broken"), "danger", "lock-open"),
        "PurgeProposed": Label(_("Destruction proposed"), "warn", "trash"),
        "PurgeApproved": Label(_("Destruction approved"), "warn", "trash"),
        "PersonalDataPurged": Label(_("Personal data purged"), "neutral", "trash"),
        "OrganisationChanged": Label(_("Organisation changed"), "neutral", "sitemap"),
        "PostFilled": Label(_("Post filled"), "neutral", "user-check"),
        "UserChanged": Label(_("User changed"), "neutral", "user-check"),
        "TokenIssued": Label(_("Token issued"), "neutral", "key"),
        "TokenRevoked": Label(_("Token revoked"), "neutral", "ban"),
        "MessageTaken": Label(_("Message taken"), "neutral", "send"),
        "SignedIn": Label(_("Signed in"), "neutral", "lock-open"),
    },
    "field": {
        "name": Label(_("Name")),
        "id_number": Label(_("ID number")),
        "phone": Label(_("Phone")),
        "address": Label(_("Address")),
        "registered_address": Label(_("Registered address")),
    },
}


def label(group: str, value: str | None) -> Label:
    """The label of a value; an unknown value shows itself, so that nothing is hidden."""
    if not value:
        return Label("")
    return LABELS[group].get(value) or Label(str(value))


def options(group: str, values: tuple[str, ...] | None = None) -> list[tuple[str, str | Promise]]:
    """Choices for a form field, in the order of the list."""
    chosen = LABELS[group] if values is None else {value: label(group, value) for value in values}
    return [(str(value), item.text) for value, item in chosen.items()]
