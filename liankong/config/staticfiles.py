"""Static files with a hash in their name, compressed once, and JavaScript modules that find each other by it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]  # ships no types
from whitenoise.storage import (  # type: ignore[import-untyped]  # ships no types
    CompressedManifestStaticFilesStorage,
)


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # its base is untyped
    """WhiteNoise's storage; imports inside JavaScript modules are rewritten to hashed names as well."""

    support_js_module_import_aggregation = True
    manifest_strict = True


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # its base is untyped
    """WhiteNoise as middleware of an asynchronous server.

    WhiteNoise answers with a synchronous stream, which Django, when it serves asynchronously, gathers in memory after a
    warning. Our files are small (the largest has about a megabyte), so they are answered whole from the start.
    """

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """The answer for one static file, with WhiteNoise's own headers."""
        answer = static_file.get_response(request.method, request.META)
        content = b""
        if answer.file is not None:
            with answer.file:
                content = answer.file.read()
        response = HttpResponse(content, status=int(answer.status))
        del response["Content-Type"]
        for key, value in answer.headers:
            response[key] = value
        return response
