"""What every admin action has in common: a name, who is offered it, and which of the chosen records it suits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from pulse_project.core import toolsets
from pulse_project.core.operations import REGISTRY
from pulse_project.core.page_caller import caller_of

MOST_AT_ONCE = 500


class Action(Protocol):
    """An entry of the list of actions. `operation` is what it calls, or whose rights it asks for."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def operation(self) -> str: ...

    @property
    def danger(self) -> bool: ...

    @property
    def at_most(self) -> int: ...

    @property
    def applies(self) -> Callable[[Any], bool]: ...

    def run(self, model_admin: Any, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None: ...


@dataclass(frozen=True, slots=True)
class Chosen:
    """The records that an action suits, and how many others were chosen with them."""

    records: list[Any]
    unsuited: int


def chosen(action: Action, request: HttpRequest, queryset: "QuerySet[Any]") -> Chosen | None:
    """The records to act on; None once the visitor was told why there are none."""
    records = list(queryset[: action.at_most + 1])
    if len(records) > action.at_most:
        messages.error(request, _too_many(action))
        return None
    suited = [record for record in records if action.applies(record)]
    if not suited:
        messages.error(request, f"None of the selected records is in a state for “{action.label}”.")
        return None
    return Chosen(suited, len(records) - len(suited))


def _too_many(action: Action) -> str:
    if action.at_most == 1:
        return f"“{action.label}” takes one record at a time."
    return f"“{action.label}” takes at most {action.at_most} records at once. Narrow the list with a filter."


def allowed(request: HttpRequest, action: Action) -> bool:
    """Whether the user behind the request holds what the operation needs. Who only watches may read."""
    operation = REGISTRY.get(action.operation)
    caller = caller_of(request)
    if operation is None or (operation.writes and caller.read_only):
        return False
    if operation.scoped:
        return toolsets.suffice(operation, caller.flags)
    return all(caller.holds(flag) for flag in operation.flags)


_added: dict[type[Model], list[Action]] = {}


def add_actions(model: type[Model], *actions: Action) -> None:
    """Give the admin of a lower app's model more actions; called while the admins load."""
    _added.setdefault(model, []).extend(actions)


def added(model: type[Model]) -> tuple[Action, ...]:
    """What other apps added to the actions of a model."""
    return tuple(_added.get(model, ()))
