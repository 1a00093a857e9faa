"""A process that moves cards of one column. Reads one JSON task from stdin, writes how many moves succeeded.

`{"board": id, "cards": [id, ...], "places": [index, ...], "careful": true}`: every card goes to every place in turn.
With `careful` false the places of all cards are looked up before the transactions that take them.
"""

import json
import sys
from uuid import UUID

import django


def main() -> None:
    django.setup()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    task = json.loads(sys.stdin.readline())
    move = _move_each if task["careful"] else _look_then_move
    moved = sum(move(task["board"], task["cards"], place) for place in task["places"])
    sys.stdout.write(json.dumps(moved) + "\n")


def _move(board: str, card: str, place: int) -> bool:
    """Whether the move succeeded; what may be repeated is. Anything else is a fault of the test."""
    from pulse_project.core import executor
    from pulse_project.core.operations import REGISTRY
    from pulse_project.core.principals import Caller, Kind

    arguments = {"board_id": board, "card_id": card, "status": "not_started", "position": place}
    caller = Caller(Kind.SYSTEM, "system")
    while True:
        failure = executor.call_sync(REGISTRY["okto_pulse_move_card"], arguments, caller).failure
        if failure is None:
            return True
        if not failure.details.get("retryable"):
            raise AssertionError(f"{failure} {failure.details}")


def _move_each(board: str, cards: list[str], place: int) -> int:
    return sum(_move(board, card, place) for card in cards)


def _look_then_move(board: str, cards: list[str], place: int) -> int:
    """As if every card had a process of its own, and all of them looked before the first one moved."""
    from boards.models import Board
    from specs.cards import columns

    look, on = columns.rank_at, Board.objects.get(pk=board)
    found = iter([look(on, "not_started", place, moving=UUID(card)) for card in cards])
    columns.rank_at = lambda *_place, **_moving: next(found)
    try:
        return _move_each(board, cards, place)
    finally:
        columns.rank_at = look


if __name__ == "__main__":
    main()
