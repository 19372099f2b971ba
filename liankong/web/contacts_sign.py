"""Who waits to be signed? Proposals of the rules and of colleagues, signed one or many at a time."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from liankong.actions import Refused
from liankong.actions import tracing_contacts as verbs
from liankong.vocabulary.kinds import ContactState
from liankong.web import contacts_list as listing
from liankong.web.context import sight
from liankong.web.desk import needs
from liankong.web.live import position
from liankong.web.pages import paginate
from liankong.web.words import said

SHOWN = 100
# More than these are signed in several goes: somebody stands for each with their name.
AT_ONCE = 2000


@require_http_methods(["GET", "POST"])
@needs("tracing.sign")
def contacts_sign(request: HttpRequest) -> HttpResponse:
    seen, problem = sight(request), ""
    query = {**request.GET.dict(), "state": ContactState.PROPOSED.value}
    waiting = listing.select(query, seen)
    if request.method == "POST":
        chosen = [int(key) for key in request.POST.getlist("contact") if key.isdecimal()]
        if request.POST.get("way") == "all":
            chosen = list(waiting.order_by(*listing.ORDER).values_list("pk", flat=True)[:AT_ONCE])
        try:
            if request.POST.get("way") == "reject":
                reason = request.POST.get("reason", "")
                done = verbs.reject(contacts=chosen, reason=reason, by=seen.actor, at=seen.at)
                text = ngettext("%(n)s judged not a contact.", "%(n)s judged not contacts.", len(done))
            else:
                done = verbs.sign(contacts=chosen, by=seen.actor, at=seen.at)
                text = ngettext("%(n)s contact signed.", "%(n)s contacts signed.", len(done))
            if chosen:
                messages.success(request, text % {"n": len(done)})
                return redirect(request.get_full_path())
            problem = _("Choose at least one.")
        except Refused as error:
            problem = said(error)
    page = paginate(waiting, order=listing.ORDER, query=query, size=SHOWN)
    listing.with_strongest(page.rows)
    bar = [item for item in listing.filters(query, seen) if item.name in ("class", "division")]
    context = {
        "page": page,
        "filters": bar,
        "query": query,
        "problem": problem,
        "kept": set(request.POST.getlist("contact")),
        "narrowed": any(item.value for item in bar) or bool(query.get("case")),
        "live_after": position(),
    }
    return render(request, "contacts/sign.html", context, status=422 if problem else 200)


urlpatterns = [path("contacts/sign", contacts_sign, name="contacts-sign")]
