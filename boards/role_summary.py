"""One line that says what somebody may do: `Role: … | Owns: … | Cannot: … | KG: …`, empty parts left out."""

from collections.abc import Collection, Mapping

from boards.flags import PRESETS
from boards.rights import granted_to
from pulse_project.core.models import Agent

# What is worth saying, and the flags that it takes. The order is that of the pipeline.
WORK: Mapping[str, tuple[str, ...]] = {
    "ideations": ("ideation.entity.create", "ideation.entity.edit_fields"),
    "refinements": ("refinement.entity.create", "refinement.entity.edit_fields"),
    "specs": ("spec.entity.create", "spec.entity.edit_fields"),
    "sprints": ("sprint.entity.create", "sprint.move.draft_to_active"),
    "cards": ("card.entity.create",),
    "test cards": ("card.entity.create_test",),
    "card work": ("card.move.started_to_in_progress", "card.conclusion.write"),
    "scenario results": ("card.tests.update_status",),
    "spec validation": ("spec.validation.submit",),
    "spec evaluation": ("spec.evaluations.submit",),
    "task validation": ("card.validation.submit",),
    "sprint evaluation": ("sprint.evaluations.submit",),
    "answers": ("card.qa.answer",),
    "card deletion": ("card.entity.delete",),
    "guidelines": ("guidelines.create", "guidelines.edit"),
}
# Said only of who has it: nobody is told that it lacks what no preset gives.
RARE: Mapping[str, tuple[str, ...]] = {
    "waivers": ("governance.waive",),
    "review overrides": ("governance.override_review",),
    "board settings": ("board.manage.settings",),
    "access": ("board.manage.share",),
}
GRAPH: Mapping[str, str] = {
    "queries": "kg.query.decision_history",
    "power queries": "kg.power.cypher",
    "sessions": "kg.session.begin",
    "commits": "kg.session.commit",
    "administration": "kg.admin.settings_write",
}


def summary_of(role: str, held: Collection[str]) -> str:
    """The line for a role by that name that holds these flags."""
    owned = [what for what, needed in {**WORK, **RARE}.items() if set(needed) <= set(held)]
    lacking = [what for what in WORK if what not in owned]
    graph = [what for what, flag in GRAPH.items() if flag in held]
    parts = {"Role": [role], "Owns": owned, "Cannot": lacking, "KG": graph}
    return " | ".join(f"{name}: {', '.join(words)}" for name, words in parts.items() if words)


def of_agent(agent: Agent, taken_away: Collection[str] = ()) -> str:
    """The line of an agent with its `board_preset` loaded; `taken_away` are the flags that a board switches off."""
    return summary_of(role_of(agent), granted_to(agent) - frozenset(taken_away))


def role_of(agent: Agent) -> str:
    """The name of the preset that the agent's flags are; `Custom` when they are none."""
    granted = granted_to(agent)
    preset = agent.board_preset
    if preset is not None and granted == frozenset(preset.flags):
        return preset.name
    return next((name for name, flags in PRESETS.items() if flags == granted), "Custom")
