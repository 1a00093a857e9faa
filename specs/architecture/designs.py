"""Writing designs: one version and one record of it for every change."""

from typing import Any, Literal

from boards.call import BoardCall
from boards.models import Entity
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from specs.architecture import payloads
from specs.architecture.validation import Draft
from specs.architecture.versions import PARTS, version_row
from specs.models import ArchitectureDesign, DiagramPayload

MAX_DESIGNS = 50  # of one object


def demand_room(entity: Entity, count: int) -> None:
    """Errors: LIMIT_EXCEEDED when the object would hold too many designs. The object is locked by the caller."""
    if count and ArchitectureDesign.objects.filter(entity=entity.pk).count() + count > MAX_DESIGNS:
        raise Failure(
            Code.LIMIT_EXCEEDED,
            f"An object holds at most {MAX_DESIGNS} designs. Delete one first.",
            limit=MAX_DESIGNS,
        )


def stored_payloads(design: ArchitectureDesign) -> dict[str, Any]:
    """The drawings of a design by the id of their diagram."""
    return dict(DiagramPayload.objects.filter(design=design).values_list("diagram_id", "payload"))


def add(call: BoardCall, entity: Entity, draft: Draft) -> ArchitectureDesign:
    """A stored design in its first version. Errors: LIMIT_EXCEEDED, CONTENT_TOO_LARGE."""
    demand_room(entity, 1)
    now = clock.now()
    design = ArchitectureDesign(entity=entity, created_by=call.person, created_at=now, updated_at=now)
    _fill(design, draft)
    design.save(force_insert=True)
    payloads.store(design, draft.payloads)
    design.save(update_fields=["diagrams"])
    version_row(design, call.person, "").save(force_insert=True)
    return design


def tell(call: BoardCall, verb: Literal["added", "deleted"], parent: Entity, design: ArchitectureDesign) -> None:
    """Append `architecture.<verb>` on the object that holds the design, or held it."""
    named = {"id": str(design.pk), "title": design.title}
    old, new = (None, named) if verb == "added" else (named, None)
    call.tell(
        f"architecture.{verb}",
        parent,
        changes=[{"field": "architecture_designs", "old": old, "new": new}],
        design_id=str(design.pk),
        design_title=design.title,
    )


def renew(call: BoardCall, design: ArchitectureDesign, parent: Entity, draft: Draft, change_summary: str) -> None:
    """Make the draft the next version of the design, and tell it. Errors: CONTENT_TOO_LARGE."""
    before = _seen(design)
    _fill(design, draft)
    payloads.store(design, draft.payloads)
    design.version += 1
    design.revision += 1
    design.updated_at = clock.now()
    design.save(update_fields=[*PARTS, "version", "revision", "updated_at"])
    version_row(design, call.person, change_summary).save(force_insert=True)
    after = _seen(design)
    call.tell(
        "architecture.updated",
        parent,
        changes=[
            {"field": f"architecture.{part}", "old": _short(before[part]), "new": _short(after[part])}
            for part in PARTS
            if before[part] != after[part]
        ],
        design_id=str(design.pk),
        design_title=design.title,
        design_version=design.version,
        change_summary=change_summary[:1000],
    )


def _fill(design: ArchitectureDesign, draft: Draft) -> None:
    design.title, design.global_description = draft.title, draft.global_description
    design.entities, design.interfaces, design.diagrams = draft.entities, draft.interfaces, draft.diagrams


def _seen(design: ArchitectureDesign) -> dict[str, Any]:
    return {part: getattr(design, part) for part in PARTS}


def _short(value: Any) -> Any:
    """Lists by the ids of their parts: the versions of the design hold the parts themselves."""
    return [part["id"] for part in value] if isinstance(value, list) else value
