"""Copies of designs on other objects: each knows its source, and is brought up to date by copying again."""

from collections.abc import Collection
from typing import Any

from boards.call import BoardCall
from boards.models import Entity
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from specs.architecture.designs import demand_room
from specs.architecture.versions import PARTS, version_row
from specs.models import ArchitectureDesign, ArchitectureVersion, DiagramPayload
from specs.queries.architecture import payload_ref, payloads_of, rows_of

COPYING = frozenset({"copy", "derive"})
MODES = ("copy", "derive", "reference_only", "none")


def source_ref(design: ArchitectureDesign) -> str:
    """How a copy names its source."""
    return f"architecture_design:{design.pk}"


def copy_designs(
    call: BoardCall,
    source: Entity,
    target: Entity,
    design_ids: Collection[str] = (),
    mode: str = "copy",
    field: str = "architecture_design_ids",
) -> list[ArchitectureDesign]:
    """Copy designs of one object to another; no ids = all. Answers the copies that are new or were brought up to date.

    A design that was copied before keeps its copy: it gets a new version when the source has one, else stays as it is.
    The modes `reference_only` and `none` copy nothing. A constant number of queries; the caller tells the event.
    Errors: VALIDATION_ERROR (mode, ids that are no designs of the source), LIMIT_EXCEEDED.
    """
    if mode not in MODES:
        raise Failure(
            Code.VALIDATION_ERROR,
            f"architecture_propagation_mode takes one of {', '.join(MODES)}.",
            field="architecture_propagation_mode",
            known=list(MODES),
        )
    if mode not in COPYING:
        return []
    designs = chosen(rows_of([source.pk]), design_ids, field)
    known = {copy.source_ref: copy for copy in rows_of([target.pk]) if copy.source_ref}
    pending = [
        design
        for design in designs
        if source_ref(design) not in known or known[source_ref(design)].source_version != design.version
    ]
    if not pending:
        return []
    demand_room(target, sum(source_ref(design) not in known for design in pending))
    return _written(call, pending, known, target)


def chosen(designs: list[ArchitectureDesign], ids: Collection[str], field: str) -> list[ArchitectureDesign]:
    """The designs with these ids; no ids = all of them. Errors: VALIDATION_ERROR naming the unknown ones."""
    if not ids:
        return designs
    wanted = set(ids)
    unknown = sorted(wanted - {str(design.pk) for design in designs})
    if unknown:
        raise Failure(
            Code.VALIDATION_ERROR,
            f"{field} takes ids of designs of the object that is copied from.",
            field=field,
            unknown=[text[:80] for text in unknown[:10]],
        )
    return [design for design in designs if str(design.pk) in wanted]


def _written(
    call: BoardCall, sources: list[ArchitectureDesign], known: dict[str, ArchitectureDesign], target: Entity
) -> list[ArchitectureDesign]:
    copies = {source.pk: _filled(known.get(source_ref(source)) or _blank(call, target), source) for source in sources}
    renewed = [copy for copy in copies.values() if copy.version > 1]
    ArchitectureDesign.objects.bulk_create(copy for copy in copies.values() if copy.version == 1)
    ArchitectureDesign.objects.bulk_update(
        renewed,
        [*PARTS, "version", "revision", "source_version", "updated_at"],
    )
    ArchitectureVersion.objects.bulk_create(
        version_row(copy, call.person, f"Copied from version {copy.source_version} of its source.")
        for copy in copies.values()
    )
    DiagramPayload.objects.filter(design__in=renewed).delete()
    DiagramPayload.objects.bulk_create(
        DiagramPayload(design=copies[pk], **_drawing(row)) for pk, rows in payloads_of(sources).items() for row in rows
    )
    return list(copies.values())


def _blank(call: BoardCall, target: Entity) -> ArchitectureDesign:
    return ArchitectureDesign(entity=target, version=0, revision=0, created_by=call.person, created_at=clock.now())


def _filled(copy: ArchitectureDesign, source: ArchitectureDesign) -> ArchitectureDesign:
    copy.title, copy.global_description = source.title, source.global_description
    copy.entities, copy.interfaces = source.entities, source.interfaces
    copy.diagrams = [_referring(copy, source, diagram) for diagram in source.diagrams]
    copy.source_ref, copy.source_version, copy.source_design = source_ref(source), source.version, source
    copy.version += 1
    copy.revision += 1
    copy.updated_at = clock.now()
    return copy


def _referring(copy: ArchitectureDesign, source: ArchitectureDesign, diagram: dict[str, Any]) -> dict[str, Any]:
    return {
        **diagram,
        "adapter_payload_ref": payload_ref(copy.pk, diagram["id"]),
        "source_diagram_id": diagram["id"],
        "source_payload_ref": payload_ref(source.pk, diagram["id"]),
    }


def _drawing(row: DiagramPayload) -> dict[str, Any]:
    now = clock.now()
    kept = ("diagram_id", "format", "payload", "content_hash", "size_bytes")
    return {**{name: getattr(row, name) for name in kept}, "created_at": now, "updated_at": now}
