"""A process that adds rules to one spec. Reads one JSON task from stdin, writes how many it could add.

`{"spec": id, "rounds": n, "careful": true}`; with `careful` false the spec is read once, before all transactions.
"""

import json
import sys

import django


def main() -> None:
    django.setup()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    task = json.loads(sys.stdin.readline())
    if not task["careful"]:
        _read_ahead(task["spec"])
    sys.stdout.write(json.dumps(sum(_add(task["spec"]) for _ in range(task["rounds"]))) + "\n")


def _add(spec: str) -> bool:
    """Whether a rule was added; what may be repeated is."""
    from pulse_project.core import executor
    from pulse_project.core.operations import REGISTRY
    from pulse_project.core.principals import Caller, Kind

    texts = dict.fromkeys(("title", "rule", "when", "then"), "x")
    caller = Caller(Kind.SYSTEM, "system")
    while True:
        arguments = {"spec_id": spec, **texts}
        failure = executor.call_sync(REGISTRY["okto_pulse_add_business_rule"], arguments, caller).failure
        if failure is None or not failure.details.get("retryable"):
            return failure is None


def _read_ahead(spec: str) -> None:
    """As if every rule had a process of its own, and all of them read the spec before the first one wrote."""
    from copy import deepcopy

    from specs.families import items
    from specs.models import Spec
    from specs.queries.content import content_of

    found = content_of(Spec.objects.get(pk=spec))
    items.content_of = lambda _spec: deepcopy(found)


if __name__ == "__main__":
    main()
