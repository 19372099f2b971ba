"""What does an address answer at which there is nothing? The same refusals as everywhere, in the same order."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError

from liankong.web.api.door import Token, within


def nowhere(api: NinjaAPI) -> Callable[[HttpRequest], HttpResponse]:
    """A view for what no operation serves. It asks for the token first, and counts it like any other request.

    So whoever has none cannot tell an address that leads somewhere from one that does not.
    """
    token = Token()

    @csrf_exempt
    @within
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            if token(request) is None:
                raise AuthenticationError
            raise Http404("there is nothing at this address: openapi.json lists the operations")
        except Exception as error:
            # Raised again, and so a fault of ours, unless it is a refusal that the API has an answer for.
            return api.on_exception(request, error)

    return answer
