"""What may not be changed now: the content of a validated spec, a finished plan, anything archived."""

from collections.abc import Iterable

from boards.call import BoardCall
from boards.instants import iso
from boards.models import Card, Entity
from pulse_project.core import clock
from specs import gates
from specs.gates import Fix, Unmet, gate, subject_of
from specs.models import Refinement, Spec, Sprint
from specs.states import LOCKED, next_hop, path

LOCK_FIELDS = ("locked_at", "locked_by")


def _parent_of(entity: Entity) -> Entity | None:
    """What an object belongs to in the tree that is archived as a whole."""
    match entity:
        case Card() | Sprint():
            return entity.spec
        case Spec():
            return entity.refinement or entity.ideation
        case Refinement():
            return entity.ideation
    return None


def _archived_root(entity: Entity) -> Entity:
    """The topmost archived object of an archived one's line: restoring it brings back the whole.

    Asked for refusals only; the line has at most four objects.
    """
    root, above = entity, _parent_of(entity)
    while above is not None:
        root = above if above.is_archived else root
        above = _parent_of(above)
    return root


@gate("archived")
def archived(entity: Entity) -> Iterable[Unmet]:
    """An archived object takes no change."""
    if not entity.is_archived:
        return
    root = _archived_root(entity)
    yield Unmet(
        "archived",
        "archived",
        f"{entity.ref} is archived and takes no change. Restore it first.",
        subject_of(entity),
        Fix(f"Restore {root.ref}", "okto_pulse_restore_tree", {"entity_type": root.kind, "entity_id": str(root.pk)}),
    )


def way_open(spec: Spec) -> list[str]:
    """The statuses that a locked spec goes through until its content is open; of an open one nothing.

    A done spec opens in draft, a locked one before that in approved.
    """
    if spec.status not in LOCKED:
        return []
    return path("spec", spec.status, "draft" if spec.status == "done" else "approved")[1:]


@gate("content_lock")
def content_lock(spec: Spec) -> Iterable[Unmet]:
    """The content of a spec is closed from its validation on."""
    way = way_open(spec)
    if not way:
        return
    params = [{"spec_id": str(spec.pk), "status": status} for status in way]
    yield Unmet(
        "content_lock",
        "locked",
        f"The content of {spec.ref} is locked in {spec.status}. Move it to {way[-1]} to change it.",
        subject_of(spec),
        Fix(
            f"Move {spec.ref} to {' and then to '.join(way)}",
            "okto_pulse_move_spec",
            params[0],
            then=tuple({"operation": "okto_pulse_move_spec", "params": step, "needs": []} for step in params[1:]),
        ),
        facts={"status": spec.status, "since": iso(spec.locked_at), "by": spec.locked_by},
    )


@gate("editable")
def editable(entity: Entity) -> Iterable[Unmet]:
    """Ideations and refinements are written in draft only."""
    if entity.status == "draft":
        return
    hop = next_hop(entity.kind, entity.status, "draft")
    if hop is None:
        fix = Fix(f"Nothing reopens {entity.ref}: a cancelled {entity.kind} is final. Begin a new one.")
    else:
        params = {f"{entity.kind}_id": str(entity.pk), "status": hop}
        fix = Fix(f"Move {entity.ref} to {hop}", f"okto_pulse_move_{entity.kind}", params)
    yield Unmet(
        "editable",
        "not_draft",
        f"{entity.ref} is in {entity.status}; its content is changed in draft only.",
        subject_of(entity),
        fix,
    )


def demand_live(call: BoardCall, entity: Entity, operation: str) -> None:
    """Errors: GATE_BLOCKED (archived)."""
    gates.demand(call, operation, ["archived"], entity)


def demand_unlocked(call: BoardCall, spec: Spec, operation: str) -> None:
    """Errors: GATE_BLOCKED (archived, content_lock)."""
    gates.demand(call, operation, ["archived", "content_lock"], spec)


def demand_editable(call: BoardCall, entity: Entity, operation: str) -> None:
    """What each kind asks for before its content or attached artefacts change.

    Errors: GATE_BLOCKED (archived; content_lock of a spec; editable of an ideation or refinement).
    """
    rule = {"spec": ["content_lock"], "ideation": ["editable"], "refinement": ["editable"]}
    gates.demand(call, operation, ["archived", *rule.get(entity.kind, [])], entity)


def follow(spec: Spec, to: str, person: str) -> tuple[str, ...]:
    """Bring the lock in line with the status that a spec gets; answers the fields to save."""
    if to in LOCKED:
        spec.locked_at = spec.locked_at or clock.now()
        spec.locked_by = spec.locked_by or person
    else:
        spec.locked_at, spec.locked_by = None, ""
    return LOCK_FIELDS
