"""The switches of a board: names, defaults and bounds. Stored is what differs from the defaults."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from boards.models import Board
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import problems_of


class LlmConfig(BaseModel):
    """How an optional language model is reached; the key itself stays in the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str = Field(max_length=60)
    model: str = Field(max_length=120)
    api_key_env: str = Field("", max_length=120)
    max_tokens: int = Field(1024, ge=1, le=100_000)
    timeout_s: int = Field(30, ge=1, le=600)


class BoardSettings(BaseModel):
    """Every switch of a board with its default. Scores and thresholds are 0 to 100."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    max_scenarios_per_card: int = Field(3, ge=1, le=100)
    skip_test_coverage_global: bool = False
    skip_rules_coverage_global: bool = False
    skip_trs_coverage_global: bool = False
    skip_contract_coverage_global: bool = False
    skip_decisions_coverage_global: bool = False
    skip_test_evidence_global: bool = False
    require_task_validation: bool = False
    min_confidence: int = Field(70, ge=0, le=100)
    min_completeness: int = Field(80, ge=0, le=100)
    max_drift: int = Field(50, ge=0, le=100)
    require_spec_validation: bool = False
    min_spec_completeness: int = Field(80, ge=0, le=100)
    min_spec_assertiveness: int = Field(80, ge=0, le=100)
    max_spec_ambiguity: int = Field(30, ge=0, le=100)
    require_test_task_for_bug: bool = True
    bug_test_gate_min_severity: Literal["minor", "major", "critical"] = "minor"
    auto_validate: bool = False
    validation_threshold_global: int = Field(70, ge=0, le=100)
    reviewer_separation: Literal["enforce", "warn", "off"] = "enforce"
    solo_review: bool = True
    require_ideation_evaluation: bool = False
    require_answers: bool = False
    cognitive_llm_config: LlmConfig | None = None


LIGHT: Mapping[str, Any] = {
    "skip_test_coverage_global": True,
    "skip_rules_coverage_global": True,
    "skip_trs_coverage_global": True,
    "skip_contract_coverage_global": True,
    "skip_decisions_coverage_global": True,
    "skip_test_evidence_global": True,
    "require_test_task_for_bug": False,
    "reviewer_separation": "off",
}
STANDARD: Mapping[str, Any] = {"require_task_validation": True, "require_spec_validation": True}
STRICT: Mapping[str, Any] = {
    **STANDARD,
    "require_ideation_evaluation": True,
    "require_answers": True,
    "solo_review": False,
}
PRESETS: Mapping[str, Mapping[str, Any]] = {"light": LIGHT, "standard": STANDARD, "strict": STRICT}
DEFAULTS = BoardSettings()


def preset(name: str) -> Mapping[str, Any]:
    """The switches of a preset; the empty name is the published defaults. Errors: VALIDATION_ERROR."""
    if name and name not in PRESETS:
        raise Failure(
            Code.VALIDATION_ERROR, f"preset takes one of {', '.join(PRESETS)}.", field="preset", known=list(PRESETS)
        )
    return PRESETS[name] if name else {}


def of(board: Board) -> BoardSettings:
    """The switches of a board."""
    return BoardSettings.model_validate(board.settings) if board.settings else DEFAULTS


def merged(stored: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """What a board stores after a change: null gives a key back its default, what is absent stays.

    Errors: VALIDATION_ERROR naming the key.
    """
    wanted = {name: value for name, value in {**stored, **change}.items() if value is not None}
    try:
        checked = BoardSettings.model_validate(wanted)
    except ValidationError as error:
        raise problems_of(BoardSettings, error) from error
    return checked.model_dump(exclude_defaults=True)
