"""Gates: conditions of a step, each a pure function over facts that are loaded for many subjects at once."""

from specs.gates.gate import (
    Fix,
    Gate,
    Skip,
    Subject,
    Unmet,
    demand,
    gate,
    is_registered,
    refusal,
    subject_of,
    unmet_of,
)

__all__ = [
    "Fix",
    "Gate",
    "Skip",
    "Subject",
    "Unmet",
    "demand",
    "gate",
    "is_registered",
    "refusal",
    "subject_of",
    "unmet_of",
]
