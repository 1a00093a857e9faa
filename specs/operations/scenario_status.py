"""What is known of a scenario: its status, and the evidence for it. Open while the spec is locked."""

from typing import Annotated, Any, TypedDict

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from boards import board_settings
from boards.call import BoardCall, any_of, check_revision
from boards.inputs import MAX_TEXT, ExpectedVersion, Id, OnObject
from specs import gates, locks
from specs.catalog import specs
from specs.families import items as family
from specs.gates.content import UPDATE_STATUS, Claim, missing_proof
from specs.item_inputs import document_of
from specs.models import Scenario, ScenarioEvidence, Spec
from specs.operations.scenarios import ScenarioStatus
from specs.queries.content import Kind, content_of
from specs.queries.item_shapes import Evidence
from specs.queries.spec_content import wire_evidence


class Proof(BaseModel):
    """Where a test is, and what its last run said. `last_run_at` is kept as it is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    test_file_path: Annotated[str, Field(max_length=1000)] = ""
    test_function: Annotated[str, Field(max_length=500)] = ""
    last_run_at: Annotated[str, Field(max_length=64)] = ""
    test_run_id: Annotated[str, Field(max_length=255)] = ""
    output_snippet: Annotated[str, Field(max_length=MAX_TEXT)] = ""


class NewStatus(OnObject):
    spec_id: Id
    scenario_id: Id
    status: ScenarioStatus
    evidence: Annotated[
        Proof | None,
        BeforeValidator(document_of, json_schema_input_type=Proof | str | None),
        Field(description="automated: test_file_path, test_function; passed, failed: last_run_at and one of"
              " output_snippet, test_run_id."),
    ] = None  # fmt: skip
    expected_version: ExpectedVersion = None


class StatusChanged(TypedDict):
    """`evidence_gate_skipped`: the board asks for no evidence at all."""

    success: bool
    scenario_id: str
    ref: str
    old_status: str
    new_status: str
    evidence_provided: bool
    evidence_gate_skipped: bool
    evidence: Evidence | None
    revision: int


@specs.operation(
    needs=any_of("spec.tests.update_status", "card.tests.update_status"),
    writes=True,
    rest="POST specs/<str:spec_id>/scenarios/<str:scenario_id>/status",
    untrusted=("evidence",),
)
def update_test_scenario_status(call: BoardCall, data: NewStatus) -> StatusChanged:
    """Say how far a scenario is: draft, ready, automated, passed or failed, with evidence.

    Each call adds a row of evidence and the newest counts; it is never lost by later changes of the spec. Works while
    the spec is locked. A refusal for missing evidence names the keys in `required`.

    Gates: archived, evidence (not where the board sets skip_test_evidence_global).
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: test_scenario.status_changed.
    """
    spec = call.entity(Spec, data.spec_id, "spec_id", lock=True)
    locks.demand_live(call, spec, UPDATE_STATUS)
    content = content_of(spec)
    scenario = family.found(content, Scenario, Kind.SCENARIO, data.scenario_id, "scenario_id")
    check_revision(data.expected_version, scenario.revision, "scenario")
    given: dict[str, Any] = {name: value for name, value in (data.evidence or Proof()).model_dump().items() if value}
    is_skipped = board_settings.of(call.board).skip_test_evidence_global
    _demand_proof(call, Claim(scenario, data.status, given, is_skipped))
    was_skipped = is_skipped and bool(missing_proof(data.status, given))
    old, scenario.status = scenario.status, data.status
    family.save(scenario, "status")
    proof = ScenarioEvidence.objects.create(
        scenario=scenario, status=data.status, was_skipped=was_skipped, submitted_by=call.person, **given
    )
    family.tell(
        call, content, "status_changed", scenario,
        changes=[{"field": "status", "old": old, "new": data.status}], evidence=given, evidence_gate_skipped=is_skipped,
    )  # fmt: skip
    return {
        "success": True,
        "scenario_id": scenario.public_id,
        "ref": scenario.ref,
        "old_status": old,
        "new_status": data.status,
        "evidence_provided": bool(given),
        "evidence_gate_skipped": is_skipped,
        "evidence": wire_evidence(proof),
        "revision": scenario.revision,
    }


def _demand_proof(call: BoardCall, claim: Claim) -> None:
    """GATE_BLOCKED with the published keys `error`, `required` and `message` at the top."""
    unmet = gates.unmet_of(["evidence"], claim)
    if unmet:
        failure = gates.refusal(call, UPDATE_STATUS, unmet)
        failure.beside = {
            "error": "evidence_required",
            "required": missing_proof(claim.status, claim.evidence),
            "message": failure.message,
        }
        raise failure
