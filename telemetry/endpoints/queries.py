"""Query strings of the addresses that stream: judged by a model, like the arguments of an operation."""

from typing import Any, Final, TypeVar
from urllib.parse import parse_qs

from pydantic import ValidationError

from pulse_project.core import calling, ratelimit
from pulse_project.core.http_reply import Scope
from pulse_project.core.inputs import problems_of
from pulse_project.core.operations import REST
from pulse_project.core.principals import ANONYMOUS, Caller
from telemetry.inputs import Loose
from telemetry.operations.query import known_only

MOST_FIELDS: Final = 100
READ: Final = "telemetry.read"
SAME_AS: Final = "events_list"  # who may call it may follow and export what it lists
PAYLOAD: Final = "payload."
Model = TypeVar("Model", bound=Loose)


def reader(scope: Scope, transport: str) -> Caller:
    """The caller, counted as one call. Errors: AUTH_REQUIRED, PERMISSION_DENIED, NOT_FOUND, RATE_LIMITED."""
    caller: Caller = (scope.get("state", {}).get("caller") or ANONYMOUS).via(transport)
    operation = calling.offered(SAME_AS, REST, caller)
    caller.demand(READ)
    ratelimit.spend(caller, operation)
    return caller


def asked(scope: Scope, model: type[Model]) -> Model:
    """The query as the model, unknown keys passed over as published. Errors: VALIDATION_ERROR."""
    query = scope.get("query_string", b"").decode("latin-1")
    try:
        fields = parse_qs(query, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise calling.unreadable_query() from error
    calling.refuse_nul(fields, {})
    given: dict[str, Any] = {name: values[-1] for name, values in fields.items()}
    payload = {name.removeprefix(PAYLOAD): text for name, text in given.items() if name.startswith(PAYLOAD)}
    kept = known_only(model)({**given, "payload": payload or None})
    try:
        return model.model_validate(kept)
    except ValidationError as error:
        raise problems_of(model, error) from error
