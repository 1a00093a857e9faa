"""Snapshots of ideations and refinements, as answers show them."""

from typing import Any, TypedDict

from django.db.models import F, QuerySet

from boards.instants import iso
from boards.models import Entity
from pulse_project.core.errors import Code, Failure
from specs.models import Snapshot


class SnapshotSummary(TypedDict):
    """A version that was done. Versions that were only edited have none."""

    version: int
    title: str
    created_by: str
    created_at: str | None


def snapshots_of(entity: Entity) -> "QuerySet[Any]":
    """The snapshots of an object with their `title`, without their bodies."""
    return Snapshot.objects.filter(entity_id=entity.pk).annotate(title=F("body__title")).defer("body")


def summary_of(row: Any) -> SnapshotSummary:
    """`row` comes from `snapshots_of`."""
    return {
        "version": row.version,
        "title": row.title,
        "created_by": row.created_by,
        "created_at": iso(row.created_at),
    }


def body_of(entity: Entity, version: int) -> dict[str, Any]:
    """An object as it was at a version that was done. Errors: NOT_FOUND."""
    row = Snapshot.objects.filter(entity_id=entity.pk, version=version).first()
    if row is None:
        raise Failure(Code.NOT_FOUND, "No such snapshot.", field="version")
    return {**row.body, "version": row.version, "created_by": row.created_by, "created_at": iso(row.created_at)}
