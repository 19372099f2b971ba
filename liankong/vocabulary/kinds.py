"""Closed lists of the field. Values are what is stored, exported and written in protocol files."""

from enum import StrEnum


class Sex(StrEnum):
    """GB/T 2261.1 as words; `unknown` is code 0, `unstated` is code 9."""

    UNKNOWN = "unknown"
    MALE = "male"
    FEMALE = "female"
    UNSTATED = "unstated"


class PersonKind(StrEnum):
    RESIDENT = "resident"  # 常住
    VISITOR = "visitor"  # 流动


class PersonClass(StrEnum):
    """What a person is to the response (人群分类). A protocol may retire some of them."""

    CONFIRMED = "confirmed"  # 确诊病例
    ASYMPTOMATIC = "asymptomatic"  # 无症状感染者
    SUSPECTED = "suspected"  # 疑似病例
    PENDING_REVIEW = "pending_review"  # 初筛阳性待核验
    CLOSE_CONTACT = "close_contact"  # 密切接触者
    SECONDARY_CONTACT = "secondary_contact"  # 密接的密接
    GENERAL_CONTACT = "general_contact"  # 一般接触者
    EXCLUDED = "excluded"  # 排除


CASE_CLASSES = (
    PersonClass.CONFIRMED,
    PersonClass.ASYMPTOMATIC,
    PersonClass.SUSPECTED,
    PersonClass.PENDING_REVIEW,
    PersonClass.EXCLUDED,
)


class Severity(StrEnum):
    """Clinical type (临床分型) of a confirmed case."""

    MILD = "mild"  # 轻型
    COMMON = "common"  # 普通型
    SEVERE = "severe"  # 重型
    CRITICAL = "critical"  # 危重型


class Origin(StrEnum):
    LOCAL = "local"  # 本土
    IMPORTED = "imported"  # 境外输入
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """Where a case's course stands; `in_care` is neither cured nor dead."""

    IN_CARE = "in_care"  # 在院 / 在观
    CURED = "cured"  # 治愈出院
    RELEASED = "released"  # 解除医学观察
    DEAD = "dead"  # 死亡
    UNKNOWN = "unknown"


class ResultValue(StrEnum):
    POSITIVE = "positive"
    NEGATIVE = "negative"
    INVALID = "invalid"


class TubeKind(StrEnum):
    SINGLE = "single"  # 单采单检
    HOUSEHOLD = "household"  # 一户一管
    POOL = "pool"  # 混采混检


class FoundBy(StrEnum):
    """How a case came to light (发现方式)."""

    FEVER_CLINIC = "fever_clinic"
    SCREENING = "screening"
    CONTACT = "contact"
    KEY_POPULATION = "key_population"
    INQUIRY = "inquiry"
    BORDER = "border"
    IMPORT_FILE = "import_file"
    OTHER = "other"


class OrderKind(StrEnum):
    REPORT = "report"  # 网络直报
    RESWAB = "reswab"  # 单管复采
    REVIEW = "review"  # 专家核验
    DIRECTIVE = "directive"
    TASK = "task"


class OrderState(StrEnum):
    ISSUED = "issued"
    RECEIVED = "received"
    STARTED = "started"
    DONE = "done"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Level(StrEnum):
    """Level of a division; the code's length tells it: 2, 4, 6, 9 or 12 digits."""

    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    STREET = "street"
    COMMUNITY = "community"


class OrganisationKind(StrEnum):
    HEADQUARTERS = "headquarters"  # 指挥部
    SUB_HEADQUARTERS = "sub_headquarters"  # 分指挥部
    OFFICE = "office"  # 办公室
    DEPARTMENT = "department"  # 部、组
    STREET = "street"  # 街镇
    CDC = "cdc"  # 疾控中心
    HOSPITAL = "hospital"
    LABORATORY = "laboratory"
    COMMISSION = "commission"  # 卫生健康委


class Role(StrEnum):
    """What a post is for; `rules.access` says what each may do."""

    COMMANDER = "commander"  # 指挥长
    DUTY_OFFICER = "duty_officer"  # 值班员
    EPIDEMIOLOGIST = "epidemiologist"  # 流调员
    LAB_OFFICER = "lab_officer"  # 检验员
    CLINICIAN = "clinician"  # 临床专家
    BULLETIN_OFFICER = "bulletin_officer"  # 信息员
    REGISTRY_CLERK = "registry_clerk"  # 登记员
    AUDITOR = "auditor"  # 审计员
    ADMINISTRATOR = "administrator"  # 管理员


class BulletinState(StrEnum):
    DRAFT = "draft"
    SIGNED = "signed"
    SUPERSEDED = "superseded"
