"""What a design was at each of its versions, and what changed between two of them."""

from collections.abc import Mapping
from typing import Any, TypedDict

from pulse_project.core.errors import Code, Failure
from specs.models import ArchitectureDesign, ArchitectureVersion

PARTS = ("title", "global_description", "entities", "interfaces", "diagrams")
REFERENCE = ("id", "adapter_payload_ref", "content_hash", "format")


def version_row(design: ArchitectureDesign, person: str, change_summary: str) -> ArchitectureVersion:
    """The unsaved record of a design as it is now."""
    return ArchitectureVersion(
        design=design,
        version=design.version,
        envelope_snapshot={part: getattr(design, part) for part in PARTS},
        diagram_refs_snapshot=[{key: diagram.get(key) for key in REFERENCE} for diagram in design.diagrams],
        change_summary=change_summary,
        created_by=person,
        created_at=design.updated_at,
    )


class PartChange(TypedDict):
    """What happened to one part: `change` is added, removed or changed; `id` is null for the design's own texts."""

    field: str
    id: str | None
    change: str
    old: Any
    new: Any


class DesignDiff(TypedDict):
    """The changes between two versions. Everything but diagrams changes the meaning, diagrams only the layout."""

    design_id: str
    from_version: int
    to_version: int
    changed_fields: list[str]
    semantic_changes: list[PartChange]
    layout_changes: list[PartChange]


def diff(design: ArchitectureDesign, from_version: int, to_version: int) -> DesignDiff:
    """What changed between two stored versions. Errors: NOT_FOUND."""
    old, new = _stored(design, from_version, "from_version"), _stored(design, to_version, "to_version")
    semantic = [*_of_texts(old, new), *_of_lists(old, new, "entities"), *_of_lists(old, new, "interfaces")]
    layout = _of_lists(old, new, "diagrams")
    changed = {change["field"] for change in (*semantic, *layout)}
    return {
        "design_id": str(design.pk),
        "from_version": from_version,
        "to_version": to_version,
        "changed_fields": [part for part in PARTS if part in changed],
        "semantic_changes": semantic,
        "layout_changes": layout,
    }


def _stored(design: ArchitectureDesign, version: int, field: str) -> Mapping[str, Any]:
    found = ArchitectureVersion.objects.filter(design=design, version=version).first()
    if found is None:
        raise Failure(Code.NOT_FOUND, "The design has no such version.", field=field, latest=design.version)
    snapshot: Mapping[str, Any] = found.envelope_snapshot
    return snapshot


def _of_texts(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[PartChange]:
    return [
        {"field": part, "id": None, "change": "changed", "old": old[part], "new": new[part]}
        for part in ("title", "global_description")
        if old[part] != new[part]
    ]


def _of_lists(old: Mapping[str, Any], new: Mapping[str, Any], part: str) -> list[PartChange]:
    before = {item["id"]: item for item in old[part]}
    after = {item["id"]: item for item in new[part]}
    changes: list[PartChange] = []
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        change = "added" if was is None else "removed" if now is None else "changed"
        changes.append({"field": part, "id": key, "change": change, "old": was, "new": now})
    return changes
