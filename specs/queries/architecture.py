"""Architecture designs of objects, as answers show them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from django.db.models import QuerySet

from boards.indexing import Document, describes
from boards.instants import iso
from specs.models import ArchitectureDesign, DiagramPayload

OLDEST_FIRST = ("created_at", "id")


class DesignHead(TypedDict):
    """A design without its parts. `stale`, `breaking_change_flag` and `requires_arch_review` are published and unused.

    `source_ref` is `architecture_design:<id>` of the design that it was copied from, at `source_version`.
    """

    id: str
    board_id: str
    parent_type: str
    parent_id: str
    parent_ref: str
    title: str
    global_description: str
    version: int
    revision: int
    source_ref: str | None
    source_version: int | None
    source_design_id: str | None
    stale: bool
    breaking_change_flag: bool
    requires_arch_review: bool
    created_by: str
    created_at: str | None
    updated_at: str | None


class DesignSummary(DesignHead):
    """A design with the number of its parts and the references of its drawings."""

    entities_count: int
    interfaces_count: int
    diagrams_count: int
    adapter_payload_refs: list[str]


class DiagramPayloadOut(TypedDict):
    """The drawing of one diagram. `content_hash` is the SHA-256 of its canonical JSON in hexadecimal."""

    diagram_id: str
    adapter_payload_ref: str
    format: str
    content_hash: str
    size_bytes: int
    payload: Any


class DesignParts(TypedDict):
    """What a design consists of; its drawings only where they were asked for."""

    entities: list[dict[str, Any]]
    interfaces: list[dict[str, Any]]
    diagrams: list[dict[str, Any]]
    diagram_payloads: NotRequired[list[DiagramPayloadOut]]


class DesignOut(DesignHead, DesignParts):
    """A whole design."""


def payload_ref(design_id: UUID, diagram_id: str) -> str:
    """The reference under which the drawing of a diagram is kept."""
    return f"architecture_diagram_payloads/{design_id}/{diagram_id}"


def _head(design: ArchitectureDesign) -> DesignHead:
    return {
        "id": str(design.pk),
        "board_id": str(design.entity.board_id),
        "parent_type": design.entity.kind,
        "parent_id": str(design.entity_id),
        "parent_ref": design.entity.ref,
        "title": design.title,
        "global_description": design.global_description,
        "version": design.version,
        "revision": design.revision,
        "source_ref": design.source_ref or None,
        "source_version": design.source_version,
        "source_design_id": str(design.source_design_id) if design.source_design_id else None,
        "stale": False,
        "breaking_change_flag": False,
        "requires_arch_review": False,
        "created_by": design.created_by,
        "created_at": iso(design.created_at),
        "updated_at": iso(design.updated_at),
    }


def summary_of(design: ArchitectureDesign) -> DesignSummary:
    """A design without its parts. Touches no store when `entity` is loaded."""
    return {
        **_head(design),
        "entities_count": len(design.entities),
        "interfaces_count": len(design.interfaces),
        "diagrams_count": len(design.diagrams),
        "adapter_payload_refs": [payload_ref(design.pk, diagram["id"]) for diagram in design.diagrams],
    }


def design_of(design: ArchitectureDesign, payloads: Iterable[DiagramPayload] | None = None) -> DesignOut:
    """A design with its parts, and with its drawings when they are given."""
    parts: DesignParts = {
        "entities": design.entities,
        "interfaces": design.interfaces,
        "diagrams": design.diagrams,
    }
    if payloads is not None:
        parts["diagram_payloads"] = [payload_of(row) for row in payloads]
    return {**_head(design), **parts}


def payload_of(row: DiagramPayload) -> DiagramPayloadOut:
    return {
        "diagram_id": row.diagram_id,
        "adapter_payload_ref": payload_ref(row.design_id, row.diagram_id),
        "format": row.format,
        "content_hash": row.content_hash,
        "size_bytes": row.size_bytes,
        "payload": row.payload,
    }


def designs_of(pks: Iterable[UUID]) -> "QuerySet[ArchitectureDesign]":
    """The designs of these objects with their parents."""
    return ArchitectureDesign.objects.filter(entity_id__in=list(pks)).select_related("entity")


def rows_of(pks: Iterable[UUID]) -> list[ArchitectureDesign]:
    """The designs of these objects with their parents, oldest first, in one query."""
    return list(designs_of(pks).order_by(*OLDEST_FIRST))


def by_entity(pks: Iterable[UUID]) -> dict[UUID, list[DesignSummary]]:
    """Summaries of the designs of these objects, oldest first, in one query."""
    found: dict[UUID, list[DesignSummary]] = defaultdict(list)
    for design in rows_of(pks):
        found[design.entity_id].append(summary_of(design))
    return found


def payloads_of(designs: Iterable[ArchitectureDesign]) -> dict[UUID, list[DiagramPayload]]:
    """The drawings of these designs in the order of their diagrams, in one query."""
    places = {design.pk: {diagram["id"]: place for place, diagram in enumerate(design.diagrams)} for design in designs}
    found: dict[UUID, list[DiagramPayload]] = {pk: [] for pk in places}
    for row in DiagramPayload.objects.filter(design_id__in=list(places)):
        found[row.design_id].append(row)
    return {pk: sorted(rows, key=lambda row: places[row.design_id][row.diagram_id]) for pk, rows in found.items()}


@describes("ideation", "refinement", "spec", "card", documents=["architecture"])
def documents(pks: Collection[UUID]) -> Iterable[Document]:
    """What search finds: one document a design, with the names of its parts."""
    for design in ArchitectureDesign.objects.filter(entity_id__in=pks):
        names = [part["name"] for part in (*design.entities, *design.interfaces)]
        names += [diagram["title"] for diagram in design.diagrams]
        body = "\n".join(text for text in (design.global_description, *names) if text)
        yield Document(design.entity_id, "architecture", str(design.pk), design.title, body)
