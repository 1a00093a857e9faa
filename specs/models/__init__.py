"""Tables of specs."""

from specs.models.architecture import ArchitectureDesign, ArchitectureVersion, DiagramPayload
from specs.models.artefact import Knowledge, Mockup
from specs.models.evidence import CardReport, ScenarioEvidence
from specs.models.item import Contract, Decision, ItemLink, ItemTask, Requirement, Rule, Scenario, SpecItem
from specs.models.pipeline import Ideation, Refinement, Snapshot, Spec
from specs.models.sprint import Sprint, SprintScope

__all__ = [
    "ArchitectureDesign",
    "ArchitectureVersion",
    "CardReport",
    "Contract",
    "Decision",
    "DiagramPayload",
    "Ideation",
    "ItemLink",
    "ItemTask",
    "Knowledge",
    "Mockup",
    "Refinement",
    "Requirement",
    "Rule",
    "Scenario",
    "ScenarioEvidence",
    "Snapshot",
    "Spec",
    "SpecItem",
    "Sprint",
    "SprintScope",
]
