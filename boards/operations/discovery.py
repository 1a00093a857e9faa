"""Prepared questions: a list, and the tool behind each one asked with the caller's own rights."""

from typing import Annotated, Any, TypedDict

from pydantic import Field, JsonValue

from boards import discovery, location
from boards.catalog import everywhere_people
from boards.inputs import BoardId, BoardInput
from boards.models import DiscoveryIntent
from boards.paging import Following, Paged, page_of
from pulse_project.core import executor, toolsets
from pulse_project.core.operations import REGISTRY
from pulse_project.core.principals import IDENTITY, Caller


class IntentRow(TypedDict):
    id: str
    name: str
    label: str
    description: str
    category: str
    tool_binding: str
    params_schema: dict[str, Any] | None
    renderer: str


class Intents(Following):
    intents: list[IntentRow]


class Execution(TypedDict):
    intent: str
    execution: str
    tool: str
    result: Any


@everywhere_people.operation(needs=IDENTITY, rest="GET discovery/intents")
def list_discovery_intents(caller: Caller, data: Paged) -> Intents:
    """The prepared questions that can be asked here, by category.

    Errors: VALIDATION_ERROR, AUTH_REQUIRED.
    """
    rows = DiscoveryIntent.objects.filter(active=True, tool_binding__in=REGISTRY)
    found, cursor = page_of(rows, ("category", "name"), data)
    return {
        "intents": [
            {
                "id": str(row.pk), "name": row.name, "label": row.label, "description": row.description,
                "category": row.category, "tool_binding": row.tool_binding, "params_schema": row.params_schema,
                "renderer": row.renderer,
            }
            for row in found
        ],
        "next_cursor": cursor,
    }  # fmt: skip


class Ask(BoardInput):
    intent_id: Annotated[str, Field(min_length=1, max_length=100, description="Id or name of the question.")]
    board_id: BoardId
    params: dict[str, JsonValue] = Field(default={})


@everywhere_people.operation(needs=IDENTITY, rest="POST discovery/intents/<str:intent_id>/execute")
def execute_discovery_intent(caller: Caller, data: Ask) -> Execution:
    """Ask a prepared question: its tool answers, with your rights and with what you give as params.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    pk = location.uuid_of(data.intent_id)
    rows = DiscoveryIntent.objects.filter(active=True)
    intent = rows.filter(pk=pk).first() if pk else rows.filter(name=data.intent_id).first()
    operation = REGISTRY.get(intent.tool_binding) if intent else None
    if intent is None or operation is None or operation.writes or not toolsets.is_selected(operation, caller):
        raise location.not_found("question", "intent_id")
    given = {"board_id": data.board_id, **discovery.FIXED.get(intent.name, {}), **data.params}
    outcome = executor.call_sync(operation, given, caller)  # with every check of the tool itself
    if outcome.failure is not None:
        raise outcome.failure
    return {"intent": intent.name, "execution": "real_tool", "tool": operation.name, "result": outcome.result}
