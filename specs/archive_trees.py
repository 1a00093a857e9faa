"""Putting an object and everything below it out of sight, and bringing it back, in a constant number of statements.

Below an ideation lie its refinements and specs, below a refinement its specs, below a spec its sprints and cards, below
a sprint its cards, below a card the bugs that began with it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypedDict
from uuid import UUID

from django.db.models import Case, Count, F, Q, Value, When

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
    """The ids of objects and of everything below them, by kind."""

    ideations: set[UUID] = field(default_factory=set)
    refinements: set[UUID] = field(default_factory=set)
    specs: set[UUID] = field(default_factory=set)
    sprints: set[UUID] = field(default_factory=set)
    cards: set[UUID] = field(default_factory=set)

    def pks(self) -> set[UUID]:
        return self.ideations | self.refinements | self.specs | self.sprints | self.cards


def _below(roots: Collection[Entity]) -> Tree:
    """The roots and what lies below them. Five queries at most, however many there are."""
    of = {kind: {root.pk for root in roots if root.kind == kind} for kind in Entity.Kind}
    tree = Tree(**{f"{kind}s": set(pks) for kind, pks in of.items()})
    if tree.ideations:
        tree.refinements |= set(Refinement.objects.filter(ideation__in=tree.ideations).values_list("pk", flat=True))
    if tree.ideations or tree.refinements:
        above = Q(refinement__in=tree.refinements) | Q(ideation__in=tree.ideations)
        tree.specs |= set(Spec.objects.filter(above).values_list("pk", flat=True))
    if tree.specs:
        tree.sprints |= set(Sprint.objects.filter(spec__in=tree.specs).values_list("pk", flat=True))
    if tree.specs or tree.sprints:
        within = Q(spec__in=tree.specs) | Q(sprint__in=of[Entity.Kind.SPRINT])
        tree.cards |= set(Card.objects.filter(within).values_list("pk", flat=True))
    tree.cards |= set(Card.objects.filter(origin_task__in=tree.cards).values_list("pk", flat=True))
    return tree


def foreseen(roots: Collection[Entity], *, restores: bool = False) -> Counts:
    """How many objects archiving these would change, or restoring them; each counts once. Changes nothing."""
    there = Entity.objects.filter(pk__in=_below(roots).pks(), archived_at__isnull=not restores).order_by()
    found = dict(there.values_list("kind").annotate(Count("pk")))
    return _numbers({kind: found.get(kind, 0) for kind in Entity.Kind.values})


def _locked(call: BoardCall, root: Entity) -> list[Entity]:
    """The rows of the tree, locked in one order, so that two trees that overlap never wait for each other.

    Sprints come before cards and cards before specs, as wherever objects of several kinds are locked.
    """
    pks = _below([root]).pks()
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
    return _numbers({kind: kinds.count(kind) for kind in Entity.Kind.values})


def _numbers(by_kind: Mapping[str, int]) -> Counts:
    return {
        "ideations": by_kind["ideation"],
        "refinements": by_kind["refinement"],
        "specs": by_kind["spec"],
        "sprints": by_kind["sprint"],
        "cards": by_kind["card"],
    }
