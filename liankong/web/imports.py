"""From a file of unknown shape to cases in an outbreak: upload, map, look, commit, and what came of it."""

import json
from itertools import islice
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.base import File
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liankong.actions import Refused
from liankong.exchange.mapping_guess import guess
from liankong.exchange.tables import Table, TableError, file_digest
from liankong.store.models import LineListImport, Outbreak, RejectedRow
from liankong.web import imports_folder, imports_work
from liankong.web.context import sight
from liankong.web.desk import needs, refuse, status_of, user_names
from liankong.web.faults import say
from liankong.web.imports_common import IMPORT, known_mappings, steps, toml_file, upload_of
from liankong.web.imports_folder import Gone, Upload
from liankong.web.imports_mapping import sample
from liankong.web.imports_summary import summary
from liankong.web.imports_toml import fits, parse
from liankong.web.outbreaks import OutbreakForm
from liankong.web.pages import paginate
from liankong.web.templatetags.lk import outbreak_name
from liankong.web.words import said

REJECTED_PAGE = 50


# --- the list, and a new file --------------------------------------------------------------------------------------


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Line list"),
        help_text=gettext_lazy("CSV or Excel (.xlsx), one case a row, up to 64 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )
    links = forms.FileField(
        label=gettext_lazy("File of links"),
        required=False,
        help_text=gettext_lazy("Only when who infected whom stands in a file of its own."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )

    def clean(self) -> None:
        for name in ("file", "links"):
            file = self.cleaned_data.get(name)
            if file is not None and (file.size or 0) > imports_folder.LARGEST:
                self.add_error(name, _("This file is too large for the page: use the command line."))


@never_cache
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    form = UploadForm()
    if request.method == "POST" and seen.may(IMPORT):
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            upload = _take(request, form)
            if upload is not None:
                return redirect("import-mapping", token=upload.token)
    rows = LineListImport.objects.select_related("outbreak")
    page = paginate(rows, order=("-created_at", "-pk"), query=request.GET)
    context = {
        "form": form,
        "page": page,
        "names": user_names(row.created_by_id for row in page.rows),
        "begun": [(one.token, one.state) for one in imports_folder.of_user(seen.user.pk)],
    }
    return render(request, "imports/imports.html", context, status=status_of(request))


def _take(request: HttpRequest, form: UploadForm) -> Upload | None:
    """Keep the file, look at it, and start with a mapping that fits or a guess."""
    seen = sight(request)
    file: File[bytes] = form.cleaned_data["file"]
    post = seen.seat.post if seen.seat else None
    upload = imports_folder.keep(file, form.cleaned_data["links"], user=seen.user.pk, post=post)
    try:
        table = Table(upload.file)
        upload.write("columns", sample(table))
        found = guess(upload.file, title=upload.file.stem)
    except TableError as error:
        upload.remove()
        form.add_error("file", say(str(error)))
        return None
    upload.set_mapping(found.toml)
    fitting = next((name for name, text in known_mappings() if fits(parse(text), table.headers)), None)
    if fitting is not None:
        upload.set_mapping(dict(known_mappings())[fitting])
    upload.update(
        digest=file_digest(upload.file),
        at=seen.at.isoformat(),
        guess=found.toml,
        used=fitting or "",
        questions=[],
    )
    return upload


# --- reading and looking -------------------------------------------------------------------------------------------


@never_cache
@require_GET
@needs(IMPORT)
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """The file as it was understood: account, first rows, rejected rows, and where it shall go."""
    return _preview(request, upload_of(request, token))


def _preview(request: HttpRequest, upload: Upload, form: "CommitForm | None" = None) -> HttpResponse:
    progress, state = upload.read("progress"), upload.state
    if progress.get("state") in ("waiting", "running"):
        return render(request, "imports/progress.html", _working(upload))
    if state.get("stage") == "done":
        return redirect("import", number=state["import"])
    if progress.get("state") != "done":
        return _stopped(request, upload, progress)
    account = upload.read("account")
    start = request.GET.get("from", "0")
    first = int(start) if start.isdecimal() else 0
    rejected = _rejected(upload, first)
    before = (
        LineListImport.objects.filter(digest=state["digest"])
        .select_related("outbreak")
        .order_by("-pk")
        .first()
    )
    context = {
        "upload": upload,
        "state": state,
        "account": account,
        "rows": [[row["row"], *(row[name] for name in account["used"])] for row in account["shown"]],
        "notices": [{**one, "what": say(one["what"])} for one in account["notices"]],
        "rejected": rejected,
        "rejected_from": first,
        "rejected_to": first + len(rejected),
        "rejected_next": first + REJECTED_PAGE
        if first + len(rejected) < account["counts"]["rejected"]
        else None,
        "rejected_before": max(0, first - REJECTED_PAGE) if first else None,
        "before": before,
        "form": form or CommitForm(seen=sight(request)),
        "steps": steps("preview"),
    }
    return render(request, "imports/preview.html", context, status=422 if form else 200)


def _rejected(upload: Upload, first: int) -> list[dict[str, Any]]:
    with (upload.folder / "rejected.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, first, first + REJECTED_PAGE)]
    for row in rows:
        for error in row["errors"]:
            error["problem"], error["expected"] = say(error["problem"]), say(error["expected"])
    return rows


def _working(upload: Upload) -> dict[str, Any]:
    progress = upload.read("progress")
    share = progress.get("share")
    return {
        "upload": upload,
        "progress": progress,
        "percent": None if share is None else round(100 * share),
        "steps": steps("commit" if progress.get("step") in ("write", "commit") else "preview"),
    }


def _stopped(request: HttpRequest, upload: Upload, progress: dict[str, Any]) -> HttpResponse:
    """Why there is nothing to look at: back to the mapping with its fault, or to the start."""
    if "mapping" in progress:
        return redirect("import-mapping", token=upload.token)
    if progress.get("state") == "cancelled":
        messages.info(request, _("Interrupted. Nothing was imported."))
    elif "refused" in progress:
        template, values = progress["refused"]
        messages.error(request, said(Refused(template, **values)))
    elif "message" in progress:
        messages.error(request, say(progress["message"]))
    if progress.get("state") in ("failed", "cancelled") and upload.read("account"):
        upload.write("progress", {"state": "done", "step": "read"})
        return redirect("import-preview", token=upload.token)
    upload.write("progress", {})
    return redirect("import-mapping", token=upload.token)


@never_cache
@require_GET
@needs(IMPORT)
def progress(request: HttpRequest, token: str) -> HttpResponse:
    """The state of a running step, asked for by its page; when it has ended, the page goes on."""
    try:
        upload = imports_folder.find(token, user=sight(request).user.pk)
    except Gone:
        return HttpResponse(status=204, headers={"HX-Redirect": "/imports"})
    if upload.read("progress").get("state") in ("waiting", "running"):
        return render(request, "imports/bar.html", _working(upload))
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})


@never_cache
@require_POST
@needs(IMPORT)
def interrupt(request: HttpRequest, token: str) -> HttpResponse:
    """Stop a running step at its next report."""
    upload = upload_of(request, token)
    upload.cancel()
    if upload.read("progress").get("state") == "waiting":
        upload.write("progress", {"state": "cancelled"})
    return redirect("import-preview", token=token)


@never_cache
@require_POST
@needs(IMPORT)
def give_up(request: HttpRequest, token: str) -> HttpResponse:
    upload = upload_of(request, token)
    upload.cancel()
    upload.remove()
    messages.success(request, _("The file is deleted. Nothing was imported."))
    return redirect("imports")


@never_cache
@require_GET
@needs(IMPORT)
def rejected_file(request: HttpRequest, token: str) -> HttpResponse:
    """The rejected rows with their reasons, to mend and import again."""
    upload = upload_of(request, token)
    file = upload.folder / "rejected.csv"
    if not file.exists():
        raise Http404
    stem = upload.state["name"].rsplit(".", 1)[0]
    response = HttpResponse(file.read_bytes(), content_type="text/csv")
    disposition = content_disposition_header(as_attachment=True, filename=f"{stem}-rejected.csv")
    response["Content-Disposition"] = disposition or "attachment"
    return response


# --- committing ----------------------------------------------------------------------------------------------------


class CommitForm(forms.Form):
    """An outbreak that stands, or a new study for this list."""

    outbreak = forms.ChoiceField(label=gettext_lazy("Take the accepted rows into"))

    def __init__(self, *args: Any, seen: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(row.code, _outbreak_words(row)) for row in seen.outbreaks if row.closed_at is None]
        new = [("new", _("a new study or outbreak…"))]
        self.fields["outbreak"].choices = [*rows, *new]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["outbreak"].initial = next((code for code, _words in rows if _is_study(code, seen)), None)


def _is_study(code: str, seen: Any) -> bool:
    return any(row.code == code and row.study for row in seen.outbreaks)


def _outbreak_words(row: Outbreak) -> str:
    kind = _("study") if row.study else _("exercise") if row.exercise else _("real")
    return f"{outbreak_name(row)} ({row.code}, {kind})"


@never_cache
@require_POST
@needs(IMPORT)
def commit(request: HttpRequest, token: str) -> HttpResponse:
    upload = upload_of(request, token)
    if upload.state.get("stage") == "done" or upload.read("progress").get("state") in ("waiting", "running"):
        return redirect("import-preview", token=token)
    form = CommitForm(request.POST, seen=sight(request))
    if not form.is_valid():
        return _preview(request, upload, form)
    if form.cleaned_data["outbreak"] == "new":
        return redirect("import-study", token=token)
    upload.update(outbreak=form.cleaned_data["outbreak"])
    imports_work.start(upload, "commit")
    return redirect("import-preview", token=token)


@never_cache
@require_http_methods(["GET", "POST"])
@needs("cases.import")
def study(request: HttpRequest, token: str) -> HttpResponse:
    """Open an outbreak for this list, then go on."""
    upload, seen = upload_of(request, token), sight(request)
    title = str(parse(upload.mapping).get("title") or upload.file.stem)
    initial = {"name": title[:80], "purpose": "study", "division": seen.division}
    form = OutbreakForm(request.POST or None, seen=seen, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = form.opened(seen)
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(
                request, _("%(name)s is open; the list can go into it now.") % {"name": outbreak_name(made)}
            )
            return redirect("import-preview", token=token)
    context = {"form": form, "upload": upload, "steps": steps("commit")}
    return render(request, "imports/study.html", context, status=status_of(request))


# --- what came of it -----------------------------------------------------------------------------------------------


@never_cache
@require_GET
def imported(request: HttpRequest, number: int) -> HttpResponse:
    """The account of one import, with every rejected row."""
    row = get_object_or_404(LineListImport.objects.select_related("outbreak", "created_by"), pk=number)
    page = paginate(RejectedRow.objects.filter(source=row), order=("row", "pk"), query=request.GET)
    for item in page.rows:
        item.reason_said, item.expected_said = say(item.reason), say(item.expected)  # type: ignore[attr-defined]  # for the template alone
    mine = imports_folder.of_import(row.pk, user=sight(request).user.pk)
    context = {
        "row": row,
        "page": page,
        "mending": mine.token if mine else "",
        "demo": settings.LIANKONG_DEMO,
    }
    return render(request, "imports/import.html", context)


@require_GET
def imported_summary(request: HttpRequest, number: int) -> HttpResponse:
    """The outbreak's figures as they stand with this list in it."""
    row = get_object_or_404(LineListImport.objects.select_related("outbreak"), pk=number)
    return render(request, "imports/summary.html", {"row": row, "summary": summary(row.outbreak)})


@require_GET
def imported_mapping(_request: HttpRequest, number: int) -> HttpResponse:
    row = get_object_or_404(LineListImport, pk=number)
    return toml_file(row.mapping, row.filename)


urlpatterns = [
    path("imports", imports, name="imports"),
    path("imports/new/<str:token>/preview", preview, name="import-preview"),
    path("imports/new/<str:token>/progress", progress, name="import-progress"),
    path("imports/new/<str:token>/interrupt", interrupt, name="import-interrupt"),
    path("imports/new/<str:token>/give-up", give_up, name="import-give-up"),
    path("imports/new/<str:token>/rejected.csv", rejected_file, name="import-rejected"),
    path("imports/new/<str:token>/commit", commit, name="import-commit"),
    path("imports/new/<str:token>/study", study, name="import-study"),
    path("imports/<int:number>", imported, name="import"),
    path("imports/<int:number>/summary", imported_summary, name="import-summary"),
    path("imports/<int:number>/mapping.toml", imported_mapping, name="import-used-mapping"),
]
