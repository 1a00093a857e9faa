"""Objects and whole boards as Markdown, out of the admin."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from boards.models import Board, Entity
from pulse_project.core.admin.reading import MOST_FILES, File, ReadAction, Wanted, download

EXPORT_MARKDOWN = "okto_pulse_export_markdown"


def named(record: Entity, **more: Any) -> dict[str, Any]:
    """The arguments that name a record for an operation on any kind of object."""
    return {"board_id": str(record.board_id), "entity_type": record.kind, "entity_id": str(record.pk), **more}


def _files(entities: Sequence[Entity]) -> Iterator[Wanted]:
    """One document an object, in a folder of its board. Load `board` with them."""
    for entity in entities:
        yield Wanted(entity, named(entity), _document)


def _document(entity: Entity, answer: Any) -> File:
    return File(
        f"{entity.board.slug}/{answer['filename']}", answer["markdown"].encode(), "text/markdown; charset=utf-8"
    )


def _objects(model_admin: Any, request: HttpRequest, records: Sequence[Entity]) -> HttpResponse | None:
    name = model_admin.opts.verbose_name_plural.replace(" ", "-")
    return download(request, EXPORT_MARKDOWN, _files(records), archive=f"{name}.zip")


def _boards(model_admin: Any, request: HttpRequest, records: Sequence[Board]) -> HttpResponse | None:
    entities = Entity.objects.filter(board__in=records).select_related("board").order_by("board", "kind", "number")
    found = list(entities[: MOST_FILES + 1])
    if len(found) > MOST_FILES:
        messages.error(
            request,
            f"These boards hold more than {MOST_FILES} objects. Export one board at a time, or from its lists.",
        )
        return None
    name = records[0].slug if len(records) == 1 else "boards"
    return download(request, EXPORT_MARKDOWN, _files(found), archive=f"{name}.zip")


EXPORT = ReadAction("export", "Export Markdown", EXPORT_MARKDOWN, _objects, at_most=MOST_FILES)
EXPORT_BOARD = ReadAction("export", "Export Markdown", EXPORT_MARKDOWN, _boards)
