"""What the pages of the line-list wizard share."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liankong.store.models import LineListImport
from liankong.web import imports_folder
from liankong.web.context import sight
from liankong.web.imports_folder import Gone, Upload
from liankong.web.imports_toml import parse

IMPORT = "cases.import"
MAPPINGS_REMEMBERED = 30
STEPS = (
    ("upload", gettext_lazy("Upload")),
    ("mapping", gettext_lazy("Map")),
    ("preview", gettext_lazy("Look")),
    ("commit", gettext_lazy("Commit")),
)


def upload_of(request: HttpRequest, token: str) -> Upload:
    """The user's own upload, or the page that says it is gone."""
    try:
        return imports_folder.find(token, user=sight(request).user.pk)
    except Gone as error:
        raise Http404(
            _("This upload is gone: it was committed, given up, or lay longer than a day.")
        ) from error


def known_mappings() -> list[tuple[str, str]]:
    """Mappings of earlier imports, the latest first: title -> text. One query."""
    rows = LineListImport.objects.order_by("-created_at").values_list("filename", "mapping")
    found: dict[str, str] = {}
    for filename, text in rows[:MAPPINGS_REMEMBERED]:
        try:
            title = str(parse(text).get("title") or filename)
        except ValueError:
            continue
        found.setdefault(title, text)
    return list(found.items())


def steps(current: str) -> list[tuple[str, str, str]]:
    """The wizard's steps as (name, words, past, here or ahead)."""
    at = [name for name, _words in STEPS].index(current)
    return [
        (name, str(words), "past" if place < at else "here" if place == at else "ahead")
        for place, (name, words) in enumerate(STEPS)
    ]


def toml_file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="application/toml; charset=utf-8")
    stem = "".join(
        character for character in name.rsplit(".", 1)[0] if character.isascii() and character.isalnum()
    )
    response["Content-Disposition"] = f'attachment; filename="{stem or "mapping"}.toml"'
    return response
