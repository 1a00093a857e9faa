"""The conditions of scenarios: proof of what is claimed, and how many of them one card may test."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from specs.gates.gate import Fix, Skip, Subject, Unmet, gate
from specs.models import Scenario

UPDATE_STATUS = "okto_pulse_update_test_scenario_status"
RUN = ("passed", "failed")


def missing_proof(status: str, evidence: Mapping[str, Any]) -> list[str]:
    """The keys that a scenario's status still needs; of two alternatives `"a or b"`. draft and ready need none."""
    if status == "automated":
        return [name for name in ("test_file_path", "test_function") if not evidence.get(name)]
    if status in RUN:
        missing = [] if evidence.get("last_run_at") else ["last_run_at"]
        shown = evidence.get("output_snippet") or evidence.get("test_run_id")
        return missing if shown else [*missing, "output_snippet or test_run_id"]
    return []


@dataclass(frozen=True, slots=True)
class Claim:
    """A status that somebody gives a scenario, with its proof. `is_skipped`: the board asks for none."""

    scenario: Scenario
    status: str
    evidence: Mapping[str, Any]
    is_skipped: bool


@gate("evidence")
def evidence(claim: Claim) -> Iterable[Unmet]:
    """Who says that a test is automated or was run shows where, or what it said."""
    missing = [] if claim.is_skipped else missing_proof(claim.status, claim.evidence)
    if not missing:
        return
    scenario = claim.scenario
    page = f"spec/{scenario.spec_id}#{scenario.ref}"
    params = {"spec_id": str(scenario.spec_id), "scenario_id": scenario.public_id, "status": claim.status}
    yield Unmet(
        "evidence",
        "required",
        f"A scenario becomes {claim.status} with evidence only. Send evidence with {', '.join(missing)}.",
        Subject("test_scenario", scenario.public_id, scenario.ref, scenario.title, page),
        Fix(f"Send the evidence: {', '.join(missing)}", UPDATE_STATUS, params, ("evidence",)),
        Skip("skip_test_evidence_global", "board", False, "board.manage.settings"),
    )


@dataclass(frozen=True, slots=True)
class ScenarioLoad:
    """A card, or the one that shall be made, and how many scenarios it would test."""

    subject: Subject
    wanted: int
    limit: int


@gate("scenario_cap")
def scenario_cap(load: ScenarioLoad) -> Iterable[Unmet]:
    """A card tests few scenarios, so that its result says something about each."""
    if load.wanted > load.limit:
        yield Unmet(
            "scenario_cap",
            "too_many",
            f"A card tests at most {load.limit} scenarios; this one would test {load.wanted}. Use another test card.",
            load.subject,
            Fix(f"At most {load.limit} scenarios a card (board setting max_scenarios_per_card)"),
        )
