"""What is archived answers reads and its restore only."""

from collections.abc import Callable

from boards.call import BoardCall
from boards.models import Entity

Refuse = Callable[[BoardCall, Entity, str], None]
_refusals: list[Refuse] = []


def refuses(function: Refuse) -> Refuse:
    """Declare the function that refuses an operation on an object when that is archived, in the shape of a gate.

    Gates are known further up, so that they are declared here and not imported.
    """
    _refusals.append(function)
    return function


def demand_live(call: BoardCall, entity: Entity, operation: str) -> None:
    """Refuse a change of an archived object. Errors: GATE_BLOCKED."""
    if entity.is_archived:
        for refuse in _refusals:
            refuse(call, entity, operation)
