"""Putting an object and everything below it out of sight, and bringing it back, in a constant number of statements.

Below an ideation lie its refinements and specs, below a refinement its specs, below a spec its sprints and cards, below
a sprint its cards, below a card the bugs that began with it.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TypedDict
from uuid import UUID

from django.db.models import Case, F, Q, Value, When

from boards.call import BoardCall
from boards.models import Card, Entity
from pulse_project.core import clock
from specs.cards.withdrawal import withdrawn
from specs.models import Refinement, Spec, Sprint

LOCK_ORDER = ("ideation", "refinement", "sprint", "card", "spec")


class Counts(TypedDict):
    """How many objects of each kind were changed; what was archived, or live, before is not counted."""

    ideations: int
    refinements: int
    specs: int
    sprints: int
    cards: int


@dataclass(slots=True)
class Tree:
    """The ids of an object and of everything below it, by kind."""

    refinements: set[UUID] = field(default_factory=set)
    specs: set[UUID] = field(default_factory=set)
    sprints: set[UUID] = field(default_factory=set)
    cards: set[UUID] = field(default_factory=set)


def _below(root: Entity) -> Tree:
    """Five queries at most, whatever lies below."""
    tree = Tree()
    if root.kind == Entity.Kind.IDEATION:
        tree.refinements = set(Refinement.objects.filter(ideation=root.pk).values_list("pk", flat=True))
    if root.kind in {Entity.Kind.IDEATION, Entity.Kind.REFINEMENT}:
        from_refinements = Q(refinement__in=tree.refinements | {root.pk})
        tree.specs = set(Spec.objects.filter(from_refinements | Q(ideation=root.pk)).values_list("pk", flat=True))
    elif root.kind == Entity.Kind.SPEC:
        tree.specs = {root.pk}
    if tree.specs:
        tree.sprints = set(Sprint.objects.filter(spec__in=tree.specs).values_list("pk", flat=True))
    elif root.kind == Entity.Kind.SPRINT:
        tree.sprints = {root.pk}
    tree.cards = _cards(root, tree)
    return tree


def _cards(root: Entity, tree: Tree) -> set[UUID]:
    if root.kind == Entity.Kind.CARD:
        cards = {root.pk}
    elif tree.specs:
        cards = set(Card.objects.filter(spec__in=tree.specs).values_list("pk", flat=True))
    else:
        cards = set(Card.objects.filter(sprint__in=tree.sprints).values_list("pk", flat=True))
    return cards | set(Card.objects.filter(origin_task__in=cards).values_list("pk", flat=True))


def _locked(call: BoardCall, root: Entity) -> list[Entity]:
    """The rows of the tree, locked in one order, so that two trees that overlap never wait for each other.

    Sprints come before cards and cards before specs, as wherever objects of several kinds are locked.
    """
    tree = _below(root)
    pks = {root.pk} | tree.refinements | tree.specs | tree.sprints | tree.cards
    turn = Case(*(When(kind=kind, then=Value(place)) for place, kind in enumerate(LOCK_ORDER)))
    return list(Entity.objects.filter(board=call.board, pk__in=pks).select_for_update().order_by(turn, "pk"))


def archive(call: BoardCall, root: Entity) -> Counts:
    """Archive what is live in the tree; each object remembers its status. Told once, on the root.

    A validated spec that keeps its own place but loses a card that counts goes back to approved.
    """
    live = [entity for entity in _locked(call, root) if not entity.is_archived]
    pks = [entity.pk for entity in live]
    now = clock.now()
    Entity.objects.filter(pk__in=pks).update(
        archived_at=now, pre_archive_status=F("status"), revision=F("revision") + 1, updated_at=now
    )
    counting = [entity.pk for entity in live if entity.kind == Entity.Kind.CARD and entity.status != "cancelled"]
    if counting:
        withdrawn(call, list(Card.objects.filter(pk__in=counting)))
    return _told(call, "tree.archived", root, live)


def restore(call: BoardCall, root: Entity) -> Counts:
    """Bring back what is archived in the tree, each object with the status that it had. Told once, on the root."""
    gone = [entity for entity in _locked(call, root) if entity.is_archived]
    Entity.objects.filter(pk__in=[entity.pk for entity in gone]).update(
        status=Case(When(pre_archive_status="", then=F("status")), default=F("pre_archive_status")),
        archived_at=None,
        pre_archive_status="",
        revision=F("revision") + 1,
        updated_at=clock.now(),
    )
    return _told(call, "tree.restored", root, gone)


def _told(call: BoardCall, event: str, root: Entity, changed: Collection[Entity]) -> Counts:
    counts = _counts(changed)
    if changed:
        root.refresh_from_db(fields=["revision", "status"])
        ids = {f"{kind}s": [str(entity.pk) for entity in changed if entity.kind == kind] for kind in Entity.Kind.values}
        call.tell(event, root, counts=counts, ids={name: found for name, found in ids.items() if found})
    return counts


def _counts(changed: Collection[Entity]) -> Counts:
    kinds = [entity.kind for entity in changed]
    return {
        "ideations": kinds.count("ideation"),
        "refinements": kinds.count("refinement"),
        "specs": kinds.count("spec"),
        "sprints": kinds.count("sprint"),
        "cards": kinds.count("card"),
    }
