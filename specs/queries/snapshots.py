"""Snapshots of ideations and refinements, as answers show them."""

from typing import Any, TypedDict

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


def summaries_of(entity: Entity) -> list[SnapshotSummary]:
    """The snapshots of an object, newest version first."""
    rows = Snapshot.objects.filter(entity_id=entity.pk).order_by("-version")
    return [
        {"version": version, "title": title, "created_by": created_by, "created_at": iso(created_at)}
        for version, title, created_by, created_at in rows.values_list(
            "version", "body__title", "created_by", "created_at"
        )
    ]


def body_of(entity: Entity, version: int) -> dict[str, Any]:
    """An object as it was at a version that was done. Errors: NOT_FOUND."""
    row = Snapshot.objects.filter(entity_id=entity.pk, version=version).first()
    if row is None:
        raise Failure(Code.NOT_FOUND, "No such snapshot.", field="version")
    return {**row.body, "version": row.version, "created_by": row.created_by, "created_at": iso(row.created_at)}
