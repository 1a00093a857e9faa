"""Admin actions that change nothing: they answer a file or a page. Who only watches may use them too."""

import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from pulse_project.core import clock, executor
from pulse_project.core.admin.choosing import MOST_AT_ONCE, chosen
from pulse_project.core.operations import REGISTRY
from pulse_project.core.page_caller import caller_of

MOST_FILES = 500
MOST_BYTES = 20_000_000


@dataclass(frozen=True)
class ReadAction:
    """An action whose `answer` gets admin, request and records, and gives a response, or None for the list again."""

    name: str
    label: str
    operation: str
    answer: Callable[[Any, HttpRequest, list[Any]], HttpResponse | None]
    at_most: int = MOST_AT_ONCE
    applies: Callable[[Any], bool] = field(default=lambda record: True)
    danger: bool = False

    def run(self, model_admin: Any, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
        """Django's protocol for an action."""
        found = chosen(self, request, queryset)
        return None if found is None else self.answer(model_admin, request, found.records)


@dataclass(frozen=True, slots=True)
class File:
    """One file of a download; `path` is its place in an archive, its last part the name it has alone."""

    path: str
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One call of a reading operation for a record; `file` makes a file of the record and the answer."""

    record: Any
    arguments: dict[str, Any]
    file: Callable[[Any, Any], File]


def ask(request: HttpRequest, operation: str, arguments: dict[str, Any]) -> executor.Outcome:
    """Call an operation as the user behind the request."""
    return executor.call_sync(REGISTRY[operation], arguments, caller_of(request))


def download(request: HttpRequest, operation: str, wanted: Iterable[Wanted], *, archive: str) -> HttpResponse | None:
    """One file as it is, several as a zip called `archive`. None once the visitor was told why there is none.

    Bounded: `MOST_FILES` calls are the caller's to keep, `MOST_BYTES` of content are kept here.
    """
    files: list[File] = []
    size = 0
    for item in wanted:
        outcome = ask(request, operation, item.arguments)
        if outcome.failure is not None:
            messages.error(request, f"{item.record}: {outcome.failure.message} ({outcome.failure.code})")
            return None
        files.append(item.file(item.record, outcome.result))
        size += len(files[-1].content)
        if size > MOST_BYTES:
            messages.error(request, f"More than {MOST_BYTES // 1_000_000} MB. Export fewer records at once.")
            return None
    if not files:
        messages.error(request, "There is nothing to export.")
        return None
    return _attached(files[0]) if len(files) == 1 else _attached(File(archive, _zipped(files), "application/zip"))


def _zipped(files: list[File]) -> bytes:
    packed = BytesIO()
    made = clock.now().timetuple()[:6]
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.path, made)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.content)
    return packed.getvalue()


def _attached(file: File) -> HttpResponse:
    """A file that no browser opens as a page."""
    response = HttpResponse(file.content, content_type=file.content_type)
    response["Content-Disposition"] = f'attachment; filename="{file.path.rsplit("/", 1)[-1]}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
