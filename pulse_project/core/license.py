"""The licence as plain text, for whoever asks the running server."""

from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def text() -> str:
    """The LICENSE file; inside the package in a wheel, beside it in a checkout."""
    inside = _PACKAGE / "LICENSE"
    return (inside if inside.is_file() else _PACKAGE.parent / "LICENSE").read_text(encoding="utf-8")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(text(), content_type="text/plain; charset=utf-8")
