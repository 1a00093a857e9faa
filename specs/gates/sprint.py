"""Conditions of a sprint's steps, and the facts that they look at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from boards.call import BoardCall
from boards.models import Card
from specs import moves
from specs.gates import Fix, Unmet, gate, subject_of
from specs.models import Sprint
from specs.moves import Move


@dataclass(frozen=True, slots=True)
class SprintFacts:
    """`live_cards`: the cards in the sprint that are neither archived nor cancelled."""

    live_cards: int


@moves.loads("sprint")
def sprint_facts(call: BoardCall, sprints: Sequence[Sprint]) -> Mapping[UUID, SprintFacts]:
    """The facts of sprints of one board. One statement."""
    pks = [sprint.pk for sprint in sprints]
    live = Card.objects.filter(sprint_id__in=pks, archived_at=None).exclude(status="cancelled")
    counts = dict(live.order_by().values_list("sprint_id").annotate(count=Count("pk")))
    return {pk: SprintFacts(counts.get(pk, 0)) for pk in pks}


@gate("sprint_cards")
def sprint_cards(move: Move) -> Iterable[Unmet]:
    """A sprint begins with something to do."""
    if move.facts.live_cards:
        return
    yield Unmet(
        "sprint_cards",
        "no_cards",
        f"{move.entity.ref} holds no card that is neither cancelled nor archived.",
        subject_of(move.entity),
        Fix(
            f"Put cards into {move.entity.ref}",
            "okto_pulse_assign_tasks_to_sprint",
            {"sprint_id": str(move.entity.pk)},
            needs=("card_ids",),
        ),
    )
