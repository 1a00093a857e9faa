"""Specs with content, written through the operations."""

from typing import Any

from specs.models import Spec
from tests.conftest import run

LISTS = {
    "functional_requirements": ["F0", "F1"],
    "technical_requirements": ["T0", "T1"],
    "acceptance_criteria": ["A0", "A1"],
}
RULE = {"title": "Rule", "rule": "It holds.", "when": "Always", "then": "It follows."}
SCENARIO = {"title": "Scenario", "given": "A user", "when": "she asks", "then": "she hears"}
CONTRACT = {"method": "post", "path": "/things"}
DECISION = {"title": "Decide", "rationale": "Because."}
AUTOMATED = {"test_file_path": "t.py", "test_function": "test_x"}
RUN = {"last_run_at": "2026-01-01T00:00:00Z", "output_snippet": "1 passed"}


def written(board: Any, caller: Any, **over: Any) -> dict[str, Any]:
    """A spec in draft with two requirements of each kind: the answer of create_spec."""
    made: dict[str, Any] = run(
        "okto_pulse_create_spec", caller, board_id=str(board.pk), **{"title": "Spec", **LISTS, **over}
    )
    found: dict[str, Any] = made["spec"]
    return found


def add(what: str, caller: Any, spec: dict[str, Any], **over: Any) -> dict[str, Any]:
    """An item of a spec: `what` is test_scenario, business_rule, api_contract or decision."""
    base = {
        "test_scenario": SCENARIO, "business_rule": RULE, "api_contract": CONTRACT, "decision": DECISION,
    }[what]  # fmt: skip
    answer = run(f"okto_pulse_add_{what}", caller, spec_id=spec["id"], **{**base, **over})
    assert "error" not in answer, answer
    found: dict[str, Any] = answer["scenario" if what == "test_scenario" else what]
    return found


def context(caller: Any, spec: dict[str, Any], **over: Any) -> dict[str, Any]:
    return run("okto_pulse_get_spec_context", caller, spec_id=spec["id"], **over)


def put(spec: dict[str, Any], status: str) -> Spec:
    """The row of a spec, brought to a status without asking anybody."""
    row = Spec.objects.get(pk=spec["id"])
    row.status = status
    row.save(update_fields=["status"])
    return row
