"""The prepared questions that come with Pulse. One whose tool is not offered here stays inactive."""

from collections.abc import Mapping
from typing import Any

from boards.models import DiscoveryIntent
from pulse_project.core.operations import REGISTRY

TEXT: Mapping[str, Any] = {"type": "string"}


def _params(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": dict.fromkeys(names, TEXT), "required": list(names)}


# name: (label, category, tool, parameters that the person gives)
SEEDS: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    "scenarios_without_tasks": (
        "Which scenarios of a spec has no card taken up?",
        "coverage_tracing",
        "okto_pulse_list_test_scenarios",
        ("spec_id",),
    ),
    "coverage_for_fr": (
        "What covers the requirements of a spec?",
        "coverage_tracing",
        "okto_pulse_list_business_rules",
        ("spec_id",),
    ),
    "uncovered_requirements": (
        "Which requirements of a spec does nothing cover?",
        "coverage_tracing",
        "okto_pulse_get_spec_context",
        ("spec_id",),
    ),
    "dependencies_of_card": (
        "What does a card wait for?",
        "dependencies_blockers",
        "okto_pulse_get_card_dependencies",
        ("card_id",),
    ),
    "blockers_current_sprint": (
        "What is stuck on this board?",
        "dependencies_blockers",
        "okto_pulse_list_blockers",
        (),
    ),
    "recent_activity": ("What happened lately?", "activity_recency", "okto_pulse_get_activity_log", ()),
    "my_mentions": ("Where am I named?", "activity_recency", "okto_pulse_list_my_mentions", ()),
    "decisions_by_topic": (
        "What was decided about a topic?",
        "decisions_history",
        "okto_pulse_kg_get_decision_history",
        ("topic",),
    ),
    "contradictions_in_kg": (
        "Which decisions contradict each other?",
        "decisions_history",
        "okto_pulse_kg_find_contradictions",
        (),
    ),
    "decisions_superseded": (
        "What did a decision replace?",
        "decisions_history",
        "okto_pulse_kg_get_supersedence_chain",
        ("decision_id",),
    ),
    "similar_nodes_to_text": (
        "What resembles a text?",
        "similarity_reuse",
        "okto_pulse_kg_query_natural",
        ("nl_query",),
    ),
    "learning_from_bugs": (
        "What did bugs of an area teach?",
        "similarity_reuse",
        "okto_pulse_kg_get_learning_from_bugs",
        ("area",),
    ),
}
FIXED: Mapping[str, Mapping[str, Any]] = {"scenarios_without_tasks": {"linked": "unlinked"}}


def ensure_intents() -> None:
    """Make the built-in questions or bring them up to date; after every migrate."""
    for name, (label, category, tool, given) in SEEDS.items():
        DiscoveryIntent.objects.update_or_create(
            name=name,
            defaults={
                "label": label,
                "category": category,
                "tool_binding": tool,
                "params_schema": _params(*given),
                "active": tool in REGISTRY,
                "is_seed": True,
            },
        )
