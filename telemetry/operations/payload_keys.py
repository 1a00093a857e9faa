"""Payload keys that events can be filtered by, as operators declare them."""

from typing import TypedDict

from pydantic import Field

from pulse_project.core.inputs import Input, NoInput, NonEmpty
from pulse_project.core.principals import Caller
from telemetry import payload_index
from telemetry.catalog import operators
from telemetry.fields import RowId
from telemetry.models import PayloadKey

FLAG = "operator.telemetry"


class KeyRow(TypedDict):
    """`is_complete`: every event can be found by it; `indexed_to`: how far the indexing of earlier ones has come."""

    key_id: int
    name: str
    is_complete: bool
    indexed_to: int


class KeyList(TypedDict):
    items: list[KeyRow]


def key_row(key: PayloadKey) -> KeyRow:
    """A key as every answer shows it."""
    return {"key_id": key.pk, "name": key.name, "is_complete": key.is_complete, "indexed_to": key.indexed_to}


@operators.operation(needs="operator.observe", rest="GET payload-keys")
def telemetry_payload_key_list(caller: Caller, data: NoInput) -> KeyList:
    """The payload keys that events can be filtered by, and those that are being indexed."""
    return {"items": [key_row(key) for key in PayloadKey.objects.order_by("name")]}


class NewKey(Input):
    name: NonEmpty = Field(max_length=payload_index.MOST_NAME, description="A key of the payload's outermost object.")


@operators.operation(needs=FLAG, writes=True, rest="POST payload-keys")
def telemetry_payload_key_create(caller: Caller, data: NewKey) -> KeyRow:
    """Declare a payload key for filtering; at most 20. The server indexes earlier events, then the key is complete.

    Errors: VALIDATION_ERROR, CONFLICT.
    Event: payload_key.declared.
    """
    return key_row(payload_index.declare(caller, data.name))


class OneKey(Input):
    key_id: RowId


class DeletedKey(TypedDict):
    key_id: int
    deleted: bool


@operators.operation(
    needs=FLAG, writes=True, own_transactions=True, destructive=True, rest="DELETE payload-keys/<int:key_id>"
)
def telemetry_payload_key_delete(caller: Caller, data: OneKey) -> DeletedKey:
    """Delete a declared key and its index; the events stay as they are.

    Errors: VALIDATION_ERROR, NOT_FOUND.
    Event: payload_key.deleted.
    """
    payload_index.delete(caller, data.key_id)
    return {"key_id": data.key_id, "deleted": True}
