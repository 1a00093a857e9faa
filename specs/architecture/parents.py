"""The objects that hold designs, and finding a design together with the one that holds it."""

from typing import Literal

from boards import location
from boards.call import BoardCall, work_in
from boards.models import Card, Entity
from specs.models import ArchitectureDesign, Ideation, Refinement, Spec

ParentType = Literal["ideation", "refinement", "spec", "card"]
PARENTS: dict[str, type[Entity]] = {"ideation": Ideation, "refinement": Refinement, "spec": Spec, "card": Card}

location.LOCATORS.setdefault("design_id", location.of_child(ArchitectureDesign))


def flags(*verbs: str) -> tuple[str, ...]:
    """The flags of these verbs on every kind of parent."""
    return tuple(f"{kind}.architecture.{verb}" for kind in PARENTS for verb in verbs)


def writing(verb: str) -> tuple[str, ...]:
    """The flags that a change of designs may ask for."""
    return (*flags(verb), *(name for kind in PARENTS for name in work_in(kind)))


def flag(parent: Entity, verb: str) -> str:
    return f"{parent.kind}.architecture.{verb}"


def parent_at(call: BoardCall, kind: str, text: str, *, lock: bool = False) -> Entity:
    """The object that holds designs, or shall. Errors: NOT_FOUND."""
    return call.entity(PARENTS[kind], text, "parent_id", lock=lock)


def design_at(call: BoardCall, text: str, *verbs: str) -> ArchitectureDesign:
    """A design, for a caller who may do that with designs of its parent. Errors: NOT_FOUND, PERMISSION_DENIED."""
    design = call.child(ArchitectureDesign, text, "design_id")
    call.demand(*(flag(design.entity, verb) for verb in verbs))
    return design


def lock_design(call: BoardCall, text: str, verb: str) -> tuple[ArchitectureDesign, Entity]:
    """A design to be changed and its parent, which is locked first: all writers of its designs wait there.

    Errors: NOT_FOUND, PERMISSION_DENIED.
    """
    held = call.child(ArchitectureDesign, text, "design_id").entity
    parent = call.entity(PARENTS[held.kind], str(held.pk), "design_id", lock=True)
    call.demand_in(parent, flag(parent, verb))
    return call.child(ArchitectureDesign, text, "design_id", lock=True), parent
