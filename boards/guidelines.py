"""Writing guidelines: in a board's name, or in one's own catalogue."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from boards import location
from boards.call import BoardCall, check_revision
from boards.models import Guideline
from boards.people import id_of
from boards.queries import guidelines as queries
from pulse_project.core import clock, outbox
from pulse_project.core.principals import Caller


@dataclass(frozen=True, slots=True)
class Shelf:
    """The guidelines that a call may name: an owner's catalogue, and on a board the inline ones beside it."""

    caller: Caller
    owner_id: str
    call: BoardCall | None = None

    def find(self, guideline_id: str, *, lock: bool = False) -> Guideline:
        """Errors: NOT_FOUND for what does not exist and for what is somebody else's."""
        pk = location.uuid_of(guideline_id)
        mine = Q(scope=Guideline.Scope.GLOBAL, owner_id=self.owner_id)
        if self.call is not None:
            mine |= Q(scope=Guideline.Scope.INLINE, board=self.call.board)
        rows = Guideline.objects.filter(mine, pk=pk) if pk else Guideline.objects.none()
        found = (rows.select_for_update() if lock else rows).first()
        if found is None:
            raise location.not_found("guideline", "guideline_id")
        return found

    def tell(self, event: str, guideline: Guideline, **payload: Any) -> None:
        """Append the event; of a board's call it belongs to the board's history too."""
        outbox.emit(
            event,
            caller=self.caller,
            board_id=self.call.board.pk if self.call else guideline.board_id,
            entity=("guideline", guideline.pk),
            revision=guideline.revision,
            person=id_of(self.caller),
            guideline_id=str(guideline.pk),
            title=guideline.title,
            **payload,
        )


def of_board(call: BoardCall) -> Shelf:
    return Shelf(call.caller, queries.owner_of(call.board), call)


def of_person(caller: Caller) -> Shelf:
    """The caller's own catalogue."""
    caller.demand_identity()
    return Shelf(caller, id_of(caller))


def create(shelf: Shelf, *, inline: bool, **texts: Any) -> Guideline:
    """A guideline with `title`, `content` and `tags`; inline ones need a shelf on a board. Event: guideline.created."""
    now = clock.now()
    guideline = Guideline.objects.create(
        scope=Guideline.Scope.INLINE if inline else Guideline.Scope.GLOBAL,
        board=shelf.call.board if inline and shelf.call else None,
        owner_id=shelf.owner_id,
        created_by=id_of(shelf.caller),
        created_at=now,
        updated_at=now,
        **texts,
    )
    shelf.tell("guideline.created", guideline, scope=guideline.scope)
    return guideline


def update(shelf: Shelf, guideline_id: str, changes: dict[str, Any], expected_version: int | None) -> Guideline:
    """Change what is given; a change of a global one counts its version. Event: guideline.updated.

    Errors: NOT_FOUND, VERSION_CONFLICT.
    """
    guideline = shelf.find(guideline_id, lock=True)
    check_revision(expected_version, guideline.revision, "guideline")
    differing = {name: value for name, value in changes.items() if getattr(guideline, name) != value}
    if not differing:
        return guideline
    told = [{"field": name, "old": getattr(guideline, name), "new": value} for name, value in differing.items()]
    for name, value in differing.items():
        setattr(guideline, name, value)
    guideline.version += guideline.scope == Guideline.Scope.GLOBAL
    guideline.revision += 1
    guideline.updated_at = clock.now()
    guideline.save(update_fields=[*differing, "version", "revision", "updated_at"])
    shelf.tell("guideline.updated", guideline, version=guideline.version, changes=told)
    return guideline


def delete(shelf: Shelf, guideline_id: str) -> None:
    """Delete a guideline with its links. Event: guideline.deleted. Errors: NOT_FOUND."""
    guideline = shelf.find(guideline_id, lock=True)
    shelf.tell("guideline.deleted", guideline)
    guideline.delete()
