"""A process that adds dependencies. Reads one JSON task from stdin, writes the code of each answer ("ok" = added).

`{"board": id, "pairs": [[card id, depends_on id], ...]}`.
"""

import json
import sys

import django


def main() -> None:
    django.setup()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    task = json.loads(sys.stdin.readline())
    sys.stdout.write(json.dumps([_add(task["board"], *pair) for pair in task["pairs"]]) + "\n")


def _add(board: str, card: str, depends_on: str) -> str:
    from pulse_project.core import executor
    from pulse_project.core.operations import REGISTRY
    from pulse_project.core.principals import Caller, Kind

    arguments = {"board_id": board, "card_id": card, "depends_on_id": depends_on}
    while True:
        operation = REGISTRY["okto_pulse_add_card_dependency"]
        failure = executor.call_sync(operation, arguments, Caller(Kind.SYSTEM, "system")).failure
        if failure is None:
            return "ok"
        if not failure.details.get("retryable"):
            return str(failure.code.value)


if __name__ == "__main__":
    main()
