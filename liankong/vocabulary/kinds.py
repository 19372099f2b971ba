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
    CORE_TRACK = "core_track"  # 核心流调：活动轨迹
    PRELIMINARY_REPORT = "preliminary_report"  # 初步流调报告
    INQUIRY = "inquiry"  # 协查
    TRANSFER = "transfer"  # 转运
    DOOR_KNOCK = "door_knock"  # 敲门
    DELIVERY = "delivery"  # 配送
    NEED = "need"  # 群众诉求、就医绿色通道
    INCIDENT = "incident"  # 拒诊等事件
    DISINFECTION = "disinfection"  # 消杀
    ENVIRONMENT_SAMPLE = "environment_sample"  # 环境采样
    INSPECTION = "inspection"  # 督导检查
    ZONE = "zone"  # 划定区域的落实
    DIRECTIVE = "directive"  # 指令
    TASK = "task"


class OrderState(StrEnum):
    DRAFT = "draft"  # proposed; binds nobody until a person signs it
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
    ISOLATION_SITE = "isolation_site"  # 集中隔离点
    TRANSPORT = "transport"  # 转运专班、车队
    COMMUNITY = "community"  # 社区（村）
    SUPPLY = "supply"  # 保供企业、物资组
    DISINFECTION = "disinfection"  # 消杀队
    EMERGENCY_CENTRE = "emergency_centre"  # 急救中心（120）


class Role(StrEnum):
    """What a post is for; `rules.access` says what each may do."""

    COMMANDER = "commander"  # 指挥长
    DUTY_OFFICER = "duty_officer"  # 值班员
    EPIDEMIOLOGIST = "epidemiologist"  # 流调员
    INQUIRY_OFFICER = "inquiry_officer"  # 协查专员
    DISPATCHER = "dispatcher"  # 转运调度员
    SITE_MANAGER = "site_manager"  # 隔离点负责人
    COMMUNITY_WORKER = "community_worker"  # 社区（网格）工作人员
    SECRETARY = "secretary"  # 秘书、会议记录
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


# --- the response -----------------------------------------------------------------------------------------


class StayMode(StrEnum):
    """What somebody did at a place, or how they moved."""

    HOME = "home"
    WORK = "work"
    SCHOOL = "school"
    SHOPPING = "shopping"
    DINING = "dining"
    LEISURE = "leisure"
    MEDICAL = "medical"
    VISIT = "visit"
    WALK = "walk"
    BICYCLE = "bicycle"
    CAR = "car"
    TAXI = "taxi"
    BUS = "bus"
    METRO = "metro"
    TRAIN = "train"
    FLIGHT = "flight"
    OTHER = "other"


class Protection(StrEnum):
    """Respiratory protection during a stay."""

    NONE = "none"
    MASK = "mask"
    RESPIRATOR = "respirator"
    FULL = "full"  # 防护服
    UNKNOWN = "unknown"


class FactSource(StrEnum):
    """Who says so: of a stay, an exposure, a need."""

    INTERVIEW = "interview"  # 流调询问
    HOUSEHOLD = "household"  # 同户
    WORKPLACE = "workplace"  # 单位名册
    SCHOOL_ROSTER = "school_roster"  # 班级名册
    SHARED_STAY = "shared_stay"  # 轨迹交集
    INQUIRY = "inquiry"  # 协查函
    HOTLINE = "hotline"  # 热线
    RECORD = "record"  # 票务、扫码、门禁
    DOOR = "door"  # 敲门


class ExposureKind(StrEnum):
    """How a contact was exposed; each protocol maps it to one of its numbered criteria."""

    HOUSEHOLD = "household"
    CARE = "care"
    AEROSOL = "aerosol"
    SAME_ROOM = "same_room"  # office, class, shop, lift, canteen
    SHARED_MEAL = "shared_meal"  # dining, entertainment
    VISIT = "visit"
    VEHICLE = "vehicle"
    ENVIRONMENT = "environment"
    OTHER = "other"


class ContactState(StrEnum):
    PROPOSED = "proposed"  # found by a rule, waits for a signature
    CONFIRMED = "confirmed"
    CONTROLLED = "controlled"  # 已管控
    RELEASED = "released"
    CASE = "case"  # became a case
    ELSEWHERE = "elsewhere"  # handed to another headquarters
    REJECTED = "rejected"  # judged not a contact


class CheckKind(StrEnum):
    TEST = "test"  # 核酸检测
    ANTIGEN = "antigen"
    TEMPERATURE = "temperature"
    SYMPTOMS = "symptoms"


class CheckState(StrEnum):
    DUE = "due"
    DONE = "done"
    MISSED = "missed"
    CANCELLED = "cancelled"  # the schedule was made anew


class InquirySubject(StrEnum):
    PERSON = "person"
    TRIP = "trip"
    PLACE = "place"
    GOODS = "goods"


class InquiryState(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"
    RECEIVED = "received"
    CONTROLLED = "controlled"
    VERIFIED = "verified"
    TRANSFERRED = "transferred"
    HOME = "home"
    RELEASED = "released"
    NOT_FOUND = "not_found"
    FORWARDED = "forwarded"
    FEEDBACK = "feedback"
    CLOSED = "closed"


class RoomState(StrEnum):
    READY = "ready"
    OCCUPIED = "occupied"
    CLEANING = "cleaning"  # 终末消毒
    CLOSED = "closed"


class SiteArea(StrEnum):
    """Three zones of a site, with two passages between them."""

    CLEAN = "clean"
    BUFFER = "buffer"
    CONTAMINATED = "contaminated"


class Mobility(StrEnum):
    WALKS = "walks"
    WHEELCHAIR = "wheelchair"
    STRETCHER = "stretcher"


class HomeGround(StrEnum):
    """Why somebody may isolate at home instead of at a site, after assessment."""

    MINOR = "minor"  # 未成年人
    PREGNANT = "pregnant"  # 孕产妇
    SERIOUSLY_ILL = "seriously_ill"  # 严重基础疾病
    CANNOT_CARE = "cannot_care"  # 生活不能自理


class ZoneState(StrEnum):
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    LIFTED = "lifted"
    REJECTED = "rejected"


class ZoneChange(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    ESCALATED = "escalated"
    CLOCK_RESTARTED = "clock_restarted"
    EXTENDED = "extended"
    LOWERED = "lowered"
    LIFTED = "lifted"
    EXPIRED = "expired"
    CORRECTED = "corrected"


class AppealState(StrEnum):
    OPEN = "open"
    UPHELD = "upheld"
    GRANTED = "granted"


class NeedKind(StrEnum):
    """What a household inside needs."""

    EMERGENCY = "emergency"  # 急救
    BIRTH = "birth"
    DIALYSIS = "dialysis"
    CANCER_CARE = "cancer_care"
    MEDICINE = "medicine"
    OXYGEN = "oxygen"
    CLINIC = "clinic"
    FOOD = "food"
    BABY = "baby"
    CARE = "care"  # alone, infirm
    UTILITIES = "utilities"
    OTHER = "other"
