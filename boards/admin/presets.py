"""Cloning presets of board flags, and what differs between presets, agents and grants, in the admin."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from boards.flags import ON_BOARDS, PUBLISHED
from boards.models import BoardGrant
from boards.presets import MAX_NAME
from boards.rights import granted_to
from pulse_project.core import flags
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.choosing import add_actions
from pulse_project.core.admin.reading import ReadAction
from pulse_project.core.models import Agent, PermissionPreset

LIST_PRESETS = "okto_pulse_list_presets"
BUS = frozenset(f"{group}.{flag}" for group, names in flags.BUS_FLAGS.items() for flag in names)
EVERYTHING = "everything published"


class CloneName(forms.Form):
    """What the copy is called."""

    name = forms.CharField(max_length=MAX_NAME, help_text="No other preset of board flags may have it.")


class Other(forms.Form):
    """The preset to compare with."""

    other = forms.ModelChoiceField(PermissionPreset.objects.none(), label="Compare with", to_field_name="preset_id")

    def __init__(self, preset: PermissionPreset, data: Any = None) -> None:
        super().__init__(data)
        others = PermissionPreset.objects.filter(scope=preset.scope).exclude(pk=preset.pk)
        self.fields["other"].queryset = others  # type: ignore[attr-defined]  # the field is declared above


@dataclass(frozen=True, slots=True)
class Row:
    """A flag that one side grants and the other does not."""

    flag: str
    left: bool
    right: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The flags in which two sides differ, among `known`."""

    title: str
    left: str
    right: str
    rows: Sequence[Row]
    known: int


def compared(title: str, left: tuple[str, Iterable[str]], right: tuple[str, Iterable[str]], known: int) -> Comparison:
    """Each side is a name with the flags that it grants."""
    held, other = frozenset(left[1]), frozenset(right[1])
    rows = [Row(flag, flag in held, flag in other) for flag in sorted(held ^ other)]
    return Comparison(title, left[0], right[0], rows, known)


def _granted(preset: PermissionPreset) -> frozenset[str]:
    if preset.scope == PermissionPreset.Scope.BUS:
        return flags.bus_flags_of(preset.flags)
    return frozenset(preset.flags)


def _of_presets(left: PermissionPreset, right: PermissionPreset) -> Comparison:
    known = len(BUS if left.scope == PermissionPreset.Scope.BUS else ON_BOARDS)
    names = (f"{left.name} ({left.preset_id})", f"{right.name} ({right.preset_id})")
    return compared(f"{left.name} and {right.name}", (names[0], _granted(left)), (names[1], _granted(right)), known)


def _board_preset(agent: Agent) -> tuple[str, Iterable[str]]:
    preset = agent.board_preset
    return (f"preset {preset.name}", preset.flags) if preset else (EVERYTHING, PUBLISHED)


def _of_agent(agent: Agent) -> list[Comparison]:
    preset = agent.bus_preset
    stands_for: tuple[str, Iterable[str]] = (f"preset {preset.name}", _granted(preset)) if preset else (EVERYTHING, BUS)
    held = flags.bus_flags_of(agent.bus_permissions)
    return [
        compared(
            f"{agent.agent_id} on boards", (agent.agent_id, granted_to(agent)), _board_preset(agent), len(ON_BOARDS)
        ),
        compared(f"{agent.agent_id} on the bus", (agent.agent_id, held), stands_for, len(BUS)),
    ]


def _of_grant(grant: BoardGrant) -> Comparison:
    held = granted_to(grant.agent) - frozenset(grant.overrides)
    return compared(str(grant), (f"on {grant.board}", held), _board_preset(grant.agent), len(ON_BOARDS))


def _page(model_admin: Any, request: HttpRequest, comparisons: Sequence[Comparison], **more: Any) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Differences",
        "comparisons": comparisons,
        "opts": model_admin.model._meta,
        **more,
    }
    return TemplateResponse(request, "admin/flag_differences.html", context)


def _preset_page(model_admin: Any, request: HttpRequest, records: Sequence[Any]) -> HttpResponse | None:
    """Two presets side by side; with one, the page asks for the other."""
    if len({preset.scope for preset in records}) > 1:
        messages.error(request, "A preset of the bus and one of boards have no flags in common.")
        return None
    if len(records) == 2:
        return _page(model_admin, request, [_of_presets(*records)])
    form = Other(records[0], request.POST if "other" in request.POST else None)
    found = [_of_presets(records[0], form.cleaned_data["other"])] if form.is_valid() else []
    return _page(model_admin, request, found, others=form, record=records[0], action=DIFF_PRESETS)


def _agent_page(model_admin: Any, request: HttpRequest, records: Sequence[Any]) -> HttpResponse:
    return _page(model_admin, request, [found for agent in records for found in _of_agent(agent)])


def _grant_page(model_admin: Any, request: HttpRequest, records: Sequence[Any]) -> HttpResponse:
    return _page(model_admin, request, [_of_grant(grant) for grant in records])


CLONE = OperationAction(
    "clone",
    "Clone",
    "okto_pulse_clone_preset",
    lambda record, answers: {"preset_id": record.preset_id, "name": answers["name"]},
    form=CloneName,
    applies=lambda record: record.scope == PermissionPreset.Scope.BOARD,
    at_most=1,
    consequence="A preset of your own begins with the same flags; no agent changes.",
)
DIFF_PRESETS = ReadAction("diff", "Compare flags", LIST_PRESETS, _preset_page, at_most=2)
DIFF_AGENTS = ReadAction("diff", "Compare with preset", LIST_PRESETS, _agent_page, at_most=20)
DIFF_GRANTS = ReadAction("diff", "Compare with preset", LIST_PRESETS, _grant_page, at_most=20)

add_actions(PermissionPreset, CLONE, DIFF_PRESETS)
add_actions(Agent, DIFF_AGENTS)
