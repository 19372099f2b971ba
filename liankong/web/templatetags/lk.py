"""Template tags of the console. `{% load lk %}`; the parts with markup of their own live in templates/components."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, Select
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from liankong.protocols.inside import inside
from liankong.store.models import Outbreak
from liankong.web import context as seeing
from liankong.web import labels, protocols_words, words
from liankong.web.faults import say
from liankong.web.faults_rules import quoted
from liankong.web.places import division_name, division_path, post_title, short_path
from liankong.web.preferences import THEME_COOKIE

register = template.Library()

ICONS = Path(__file__).resolve().parent.parent / "static" / "vendor" / "tabler-icons"
OVERDUE = "is-overdue is-danger"
# Chinese, with the figures and marks that stand between its characters.
HAN = re.compile(r"[\u3400-\u9fff](?:[\d\s·（）()，、。：“”《》#-]*[\u3400-\u9fff）》”])*")


@cache
def _icon(name: str) -> SafeString:
    text = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    paths = "".join(line.strip() for line in text.splitlines() if line.strip().startswith("<path"))
    # The first path of every icon is an invisible square.
    paths = paths.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "")
    return mark_safe(  # noqa: S308 - our own files, no input  # nosec B308 B703
        f'<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" '
        f'stroke-linejoin="round" aria-hidden="true" focusable="false">{paths}</svg>'
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of vendor/tabler-icons, drawn in the colour of the text around it. Always beside words."""
    return _icon(name)


@register.simple_tag
def badge(group: str, value: str | None) -> SafeString:
    """A value of a closed list as words and a picture: `{% badge "class" case.classification %}`."""
    if not value:
        return SafeString("")
    item = labels.label(group, value)
    picture = _icon(item.icon) if item.icon else ""
    return format_html(
        '<span class="lk-badge is-{}">{}{}</span>',
        item.tone,
        picture,
        item.text,
    )


@register.simple_tag
def word(group: str, value: str | None) -> str:
    """Only the words of a value of a closed list."""
    return str(labels.label(group, value).text)


@register.simple_tag
def tone(group: str, value: str | None) -> str:
    return labels.label(group, value).tone


@register.inclusion_tag("components/deadline.html", takes_context=True)
def deadline(context: RequestContext, due_at: datetime, done_at: datetime | None = None) -> dict[str, Any]:
    """A clock: time left (counts down), overdue by how much, or done, late or in time."""
    at = seeing.sight(context["request"]).at
    return {
        "due_at": due_at,
        "done_at": done_at,
        "late": bool(done_at and done_at > due_at),
        "overdue": done_at is None and due_at <= at,
        "soon": done_at is None and at < due_at <= at + seeing.SOON,
        "soon_seconds": int(seeing.SOON.total_seconds()),
        "span": duration(abs((done_at or at) - due_at).total_seconds()),
    }


@register.filter
def duration(seconds: float) -> str:
    """Seconds as the two largest units: `1 d 4 h`, `3 h 20 min`, `8 min`."""
    minutes = int(seconds // 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    day, hour, minute = pgettext("duration", "d"), pgettext("duration", "h"), pgettext("duration", "min")
    if days:
        return f"{days} {day} {hours} {hour}"
    return f"{hours} {hour} {rest} {minute}" if hours else f"{rest} {minute}"


@register.filter
def moment(value: datetime | str | None) -> SafeString:
    """A moment in the field's time, readable by machines as well. Facts that were kept as text give theirs as text."""
    if not value:
        return SafeString("")
    local = timezone.localtime(datetime.fromisoformat(value) if isinstance(value, str) else value)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), local.strftime("%Y-%m-%d %H:%M"))


@register.filter
def day(value: date | datetime | None) -> SafeString:
    if value is None:
        return SafeString("")
    plain = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return format_html('<time datetime="{}">{}</time>', plain.isoformat(), plain.isoformat())


@register.filter
def division(code: str | None) -> str:
    """The name of a division code, as the reader's language has it."""
    return division_name(code or "")


@register.filter
def place(code: str | None) -> str:
    """County and street of a code, short enough for a column."""
    return short_path(code or "")


@register.filter
def outbreak_name(outbreak: Outbreak | None) -> str:
    """What an outbreak is called in the reader's language."""
    if outbreak is None:
        return ""
    return outbreak.english if outbreak.english and get_language() == "en" else outbreak.name


@register.filter
def spoken(value: Any, around: str = "") -> Any:
    """A name as a screen reader must pronounce it: what is Chinese of it says so on a page in English.

    For names that have no English, such as those of streets and people; for text, not for attributes. Comes last
    among filters. `around` is the language of the text around, where that is not the page's.
    """
    if value is None or (around or get_language() or "")[:2] != "en":
        return value
    text = conditional_escape(value)
    if "<" in text or not HAN.search(text):
        return value
    return mark_safe(HAN.sub(r'<span lang="zh-CN">\g<0></span>', text))  # noqa: S308 - escaped above  # nosec B308 B703


@register.filter
def street(code: str | None) -> str:
    """The street alone, or the smallest larger division that the code names: for narrow columns."""
    return division_name((code or "")[:9])


@register.filter
def full_place(code: str | None) -> str:
    """All names from the county down."""
    return division_path(code or "")


@register.filter
def brief(value: datetime | None) -> SafeString:
    """Month, day, hour: for lists whose year is plain."""
    if value is None:
        return SafeString("")
    local = timezone.localtime(value)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), local.strftime("%m-%d %H:%M"))


@register.simple_tag(takes_context=True)
def may(context: RequestContext, permission: str) -> bool:
    """Whether the seat in use carries a permission: `{% may "cases.classify" as can %}`."""
    return seeing.sight(context["request"]).may(permission)


@register.simple_tag(takes_context=True)
def navigation(context: RequestContext) -> list[tuple[Any, list[seeing.Door]]]:
    return seeing.navigation(context["request"])


@register.simple_tag(takes_context=True)
def theme(context: RequestContext) -> str:
    """The reader's choice of light, dark or the system's. The page of last resort is drawn without a request."""
    request = context.get("request")
    chosen = request.COOKIES.get(THEME_COOKIE, "auto") if request else "auto"
    return chosen if chosen in ("light", "dark") else "auto"


@register.simple_tag
def node_is_demo() -> bool:
    return bool(settings.LIANKONG_DEMO)


@register.simple_tag
def clock() -> str:
    """The node's present moment, from which the page's clocks run on."""
    return seeing.now().isoformat()


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """A form field with label, hint and errors tied to it for screen readers."""
    widget = bound.field.widget
    kind = "form-select" if isinstance(widget, Select) else "form-control"
    if isinstance(widget, CheckboxInput):
        kind = "form-check-input"
    notes = [f"{bound.id_for_label}_hint"] if hint or bound.help_text else []
    notes += [f"{bound.id_for_label}_error"] if bound.errors else []
    attrs: dict[str, str | bool] = {"class": f"{widget.attrs.get('class', '')} {kind}".strip()}
    if notes:
        attrs["aria-describedby"] = " ".join(notes)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {
        "field": bound,
        "control": bound.as_widget(attrs=attrs),
        "hint": hint or bound.help_text,
        "check": isinstance(widget, CheckboxInput),
    }


@register.inclusion_tag("components/stat.html")
def stat(
    label: str,
    value: Any,
    href: str = "",
    tone: str = "neutral",
    icon: str = "",
    note: str = "",
) -> dict[str, Any]:
    """A figure that opens the list behind it."""
    return {"label": label, "value": value, "href": href, "tone": tone, "icon": icon, "note": note}


@register.inclusion_tag("components/empty.html")
def empty(
    title: str, text: str = "", icon: str = "inbox", href: str = "", link: str = "", tone: str = ""
) -> dict[str, Any]:
    """What stands where a list would: why it is empty and what to do about it."""
    return {"title": title, "text": text, "icon": icon, "href": href, "link": link, "tone": tone}


@register.simple_tag(takes_context=True)
def sortable(context: RequestContext, key: str, text: str, numeric: bool = False) -> SafeString:
    """A table's head cell that sorts by `key`. The page says its order in `sort` (`key` or `-key`)."""
    current = str(context.get("sort", ""))
    direction = {key: "ascending", f"-{key}": "descending"}.get(current, "none")
    query = context["request"].GET.copy()
    query["sort"] = f"-{key}" if direction == "ascending" or (direction == "none" and numeric) else key
    for name in ("after", "before"):
        query.pop(name, None)
    picture = {"ascending": "chevron-up", "descending": "chevron-down", "none": "selector"}[direction]
    return format_html(
        '<th scope="col" aria-sort="{}"{}><a href="?{}">{}{}</a></th>',
        direction,
        SafeString(' class="lk-num"') if numeric else "",
        query.urlencode(),
        text,
        _icon(picture),
    )


@register.filter
def thousands(value: float | None) -> str:
    """12,406; a missing figure is a dash, never 0."""
    return "–" if value is None else f"{value:,}"


@register.filter
def permille(share: float | None) -> str:
    """A small share in thousandths, which is how positivity is spoken of: 1.3‰."""
    return "–" if share is None else f"{share * 1000:.1f}‰"


@register.filter
def as_json(value: Any) -> str:
    """Figures for a `data-figures` attribute: blocks of script do not survive a swapped fragment."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@register.filter
def item(mapping: Mapping[str, Any], key: str) -> Any:
    return mapping.get(key)


@register.simple_tag
def percent(part: float, whole: float) -> int:
    return round(100 * part / whole) if whole else 0


@register.filter
def rule_words(text: str) -> str:
    """What a rule wrote, such as an order's title, in the reader's language; what a person wrote stays as it is."""
    return say(text)


@register.filter
def cited(text: Any) -> str:
    """The value of a number that a decision rests on, in the reader's language."""
    return protocols_words.cited(str(text))


@register.filter
def basket_name(code: str) -> str:
    """What a basket of supply is called."""
    return next((quoted(one.english) for one in inside().supply.baskets if one.code == code), code)


@register.filter
def place_kind(code: str) -> str:
    """What places of a kind are called."""
    return words.place_kind(code)


@register.filter
def proof_words(text: str) -> str:
    """The proof of an order: a rule's names a result or a class, a person's stays as it is."""
    head, _space, value = text.partition(" ")
    if head == "classified" and value in labels.LABELS["class"]:
        return str(labels.label("class", value).text)
    head, _colon, value = text.partition(": ")
    if head.startswith("result ") and value in labels.LABELS["result"]:
        return str(labels.label("result", value).text)
    return say(text)


@register.filter
def post_name(post: Any) -> str:
    """What a post, or the seat in it, is called in the reader's language."""
    return post_title(post.title, post.role)


@register.filter
def role_name(value: str) -> str:
    return str(labels.label("role", value).text)


@register.simple_tag
def yes_no(value: bool) -> str:
    return _("yes") if value else _("no")
