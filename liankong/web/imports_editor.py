"""The mapping's page: which column is what, and how its values read."""

from importlib.resources import files
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liankong.exchange import linelist, mapping
from liankong.exchange.linelist_values import KINDS
from liankong.exchange.mapping_model import DAYS, DIRECTIONS, FIELDS, PERSONAL, MappingError
from liankong.exchange.tables import Table, TableError
from liankong.web import imports_work, labels
from liankong.web.desk import needs
from liankong.web.faults import say
from liankong.web.imports_common import IMPORT, known_mappings, steps, toml_file, upload_of
from liankong.web.imports_folder import Upload
from liankong.web.imports_form import from_form
from liankong.web.imports_mapping import Column, Line, columns_of, explain, lines, matches, sample
from liankong.web.imports_toml import checked, field_of, fits, options_of, parse, to_toml
from liankong.web.imports_words import KIND_GROUPS, field_words

MATCHES_SHOWN = 12
LONGEST_MAPPING = 200_000


def _field_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """All fields in groups, for the selects of the table."""
    days = [name for name in FIELDS if name in DAYS]
    codes = [name for name in FIELDS if name in KINDS]
    rest = [name for name in FIELDS if name not in days and name not in codes]
    groups = (
        (_("The case"), rest),
        (_("Codes"), codes),
        (_("Days"), days),
        (_("For the registry alone, sealed"), [f"personal.{name}" for name in PERSONAL]),
    )
    return [(title, [(name, field_words(name)) for name in names]) for title, names in groups]


@never_cache
@require_http_methods(["GET", "POST"])
@needs(IMPORT)
def editor(request: HttpRequest, token: str) -> HttpResponse:
    upload = upload_of(request, token)
    if upload.state.get("stage") == "done":
        return redirect("import", number=upload.state["import"])
    fault = ""
    if request.method == "POST":
        try:
            _post(request, upload)
        except (TableError, MappingError) as error:
            fault = say(str(error))
        if not fault and request.POST.get("do") == "next" and _blocking(upload) is None:
            imports_work.start(upload, "read")
            return redirect("import-preview", token=token)
    context = _context(request, upload, fault)
    status = 422 if request.method == "POST" and (fault or request.POST.get("do") == "next") else 200
    return render(request, "imports/mapping.html", context, status=status)


def _post(request: HttpRequest, upload: Upload) -> None:
    """Take what one button of the page means into the mapping's text."""
    do = request.POST.get("do", "")
    if do == "use":
        _use(request, upload)
    elif do == "toml":
        text = request.POST.get("toml", "")[:LONGEST_MAPPING].replace("\r\n", "\n")
        _replace(upload, text)
    elif do == "file":
        file = request.FILES.get("toml_file")
        if file is not None:
            try:
                _replace(upload, file.read(LONGEST_MAPPING).decode("utf-8-sig"))
            except UnicodeDecodeError as error:
                raise MappingError("mapping", "file", "is not UTF-8 text", "a TOML file") from error
    elif "title" in request.POST:
        data = parse(upload.mapping)
        changed = from_form(request.POST.dict(), data, lines(data, columns_of(upload.read("columns"))))
        _replace(upload, to_toml(changed))
    upload.write("progress", {})


def _use(request: HttpRequest, upload: Upload) -> None:
    wanted = request.POST.get("mapping", "")
    if wanted == "guess":
        _replace(upload, upload.state["guess"])
        upload.update(used="")
    elif wanted.startswith("shipped:") and wanted.removeprefix("shipped:") in mapping.shipped():
        _replace(upload, shipped_text(wanted.removeprefix("shipped:")))
    else:
        text = dict(known_mappings()).get(wanted)
        if text is not None:
            _replace(upload, text)
            upload.update(used=wanted)


def shipped_text(name: str) -> str:
    return (files("liankong.exchange") / "maps" / f"{name}.toml").read_text("utf-8")


def _replace(upload: Upload, text: str) -> None:
    """Put another mapping in place; when it opens the file another way, look at the file again."""
    after = parse(text)
    before = options_of(parse(upload.mapping))
    if options_of(after) != before:
        upload.write("columns", sample(Table(upload.file, options_of(after))))
    upload.set_mapping(text)


def _blocking(upload: Upload) -> MappingError | None:
    """What keeps the mapping from being used, found without reading the whole file."""
    form, error = checked(upload.mapping, "mapping")
    if form is None or not upload.small:
        return error
    try:
        linelist.read(upload.file, form, links=upload.links, limit=1)
    except MappingError as found:
        return found
    except TableError:
        return None
    return None


def _context(request: HttpRequest, upload: Upload, fault: str) -> dict[str, Any]:
    sampled = upload.read("columns")
    columns = columns_of(sampled)
    data = parse(upload.mapping)
    found = lines(data, columns)
    explain(found, columns, data)
    error = _blocking(upload)
    failed = upload.read("progress").get("mapping")
    if error is None and failed:
        error = MappingError("mapping", failed["key"], failed["problem"], failed["expected"])
    general = _attach(error, found)
    by_name = {column.name: column for column in columns}
    missing = [word for word in data.get("file", {}).get("missing", [""]) if word]
    return {
        "upload": upload,
        "state": upload.state,
        "data": data,
        "file": data.get("file", {}),
        "missing": ", ".join(f'"{word}"' if "," in word else word for word in missing),
        "sampled": sampled,
        "lines": [(line, by_name.get(line.column)) for line in found],
        "fields": _field_choices(),
        "kinds": {
            name: labels.options(KIND_GROUPS[name], tuple(kind.value for kind in KINDS[name]))
            for name in KINDS
        },
        "directions": [(name, _direction_words(name)) for name in DIRECTIONS],
        "links": {
            line.number: _matches_of(line, by_name.get(line.column)) for line in found if line.kind == "links"
        },
        "columns": columns,
        "toml": upload.mapping,
        "fault": fault or general,
        "ready": error is None and not fault,
        "mappings": _offered(columns),
        "steps": steps("mapping"),
        "opened_toml": request.POST.get("do") == "toml" and bool(fault),
    }


def _attach(error: MappingError | None, found: list[Line]) -> str:
    """Put a fault at the line that it is about; returns it when it is about the file."""
    if error is None:
        return ""
    text = _("%(problem)s; expected %(expected)s") % {
        "problem": say(error.problem),
        "expected": say(error.expected),
    }
    name = field_of(error)
    for line in found:
        if line.field == name and name:
            line.fault = text
            return ""
    return f"{field_words(name) if name else error.key}: {text}"


def _direction_words(name: str) -> str:
    return {
        "infector": _("the case's infector"),
        "infectee": _("cases that it infected"),
        "related": _("related cases, directed by onset"),
    }[name]


def _matches_of(line: Line, column: Column | None) -> dict[str, Any]:
    texts = [value for value, _count in column.values[:MATCHES_SHOWN]] if column else []
    found, fault = matches(str(line.entry.get("pattern", "")), str(line.entry.get("key", "{key}")), texts)
    return {"found": found, "fault": fault, "texts": texts if not found and not fault else []}


def _offered(columns: list[Column]) -> list[tuple[str, str, bool]]:
    """Saved mappings as (value, words, whether it fits this file)."""
    headers = [column.name for column in columns]
    own = [(title, title, fits(parse(text), headers)) for title, text in known_mappings()]
    shipped = [
        (f"shipped:{name}", name, fits(parse(shipped_text(name)), headers)) for name in mapping.shipped()
    ]
    return sorted([*own, *shipped], key=lambda item: not item[2])


@never_cache
@require_POST
@needs(IMPORT)
def link_matches(request: HttpRequest, token: str) -> HttpResponse:
    """What the pattern finds, while it is being written."""
    upload = upload_of(request, token)
    number = request.POST.get("line", "")
    columns = columns_of(upload.read("columns"))
    found = lines(parse(upload.mapping), columns)
    if not number.isdecimal() or int(number) >= len(found):
        return HttpResponse("")
    line = found[int(number)]
    line.entry |= {
        "pattern": request.POST.get(f"line-{number}-pattern", ""),
        "key": request.POST.get(f"line-{number}-key", "") or "{key}",
    }
    by_name = {column.name: column for column in columns}
    return render(request, "imports/matches.html", {"links": _matches_of(line, by_name.get(line.column))})


@never_cache
@require_GET
@needs(IMPORT)
def mapping_file(request: HttpRequest, token: str) -> HttpResponse:
    upload = upload_of(request, token)
    return toml_file(upload.mapping, upload.state["name"])


urlpatterns = [
    path("imports/new/<str:token>/mapping", editor, name="import-mapping"),
    path("imports/new/<str:token>/matches", link_matches, name="import-matches"),
    path("imports/new/<str:token>/mapping.toml", mapping_file, name="import-mapping-file"),
]
