"""Making an object of a board: its number, its author and its first event."""

from typing import Any, TypeVar

from boards import numbering
from boards.call import BoardCall
from boards.models import Entity
from pulse_project.core import clock

E = TypeVar("E", bound=Entity)


def create(call: BoardCall, model: type[E], kind: str, **fields: Any) -> E:
    """A stored object with the next number of its kind on the board, in the caller's name. The event follows."""
    now = clock.now()
    entity = model(
        board=call.board,
        kind=kind,
        number=numbering.take(call.board, kind),
        created_by=call.person,
        created_at=now,
        updated_at=now,
        **fields,
    )
    entity.save(force_insert=True)
    return entity
