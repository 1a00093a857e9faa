"""A spec that was validated with certain cards is validated no more once one of them is taken away."""

from collections.abc import Collection

from boards.call import BoardCall
from boards.models import Card
from specs.models import Spec

REASON = "card_withdrawn"


def withdrawn(call: BoardCall, cards: Collection[Card]) -> list[Spec]:
    """Put the validated specs of these cards back to approved and unlock them; answers those specs.

    For cards that are cancelled, deleted, archived or moved to another spec: called while they still name their spec.
    A spec that is archived itself keeps its status, as its whole tree does.
    """
    names = {card.spec_id for card in cards if card.spec_id}
    if not names:
        return []
    rows = Spec.objects.filter(pk__in=names, board=call.board, status="validated", archived_at=None)
    specs = list(rows.select_for_update().order_by("pk"))
    for spec in specs:
        spec.status, spec.locked_at, spec.locked_by = "approved", None, ""
        call.save(spec, "status", "locked_at", "locked_by")
        call.tell(
            "spec.moved",
            spec,
            moved=("validated", "approved"),
            reindexes=False,
            reason=REASON,
            card_ids=[str(card.pk) for card in cards if card.spec_id == spec.pk],
        )
    return specs
