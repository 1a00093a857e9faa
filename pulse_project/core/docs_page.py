"""`/api/schema` and `/api/docs`: the OpenAPI document, and a page over it that needs no script and no other host."""

from dataclasses import dataclass
from functools import cache

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from pydantic_core import to_json

from pulse_project.core import calling, openapi
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import REGISTRY, REST, Operation
from pulse_project.core.principals import Kind
from pulse_project.core.rest_adapter import caller_of, published


@dataclass(frozen=True, slots=True)
class Argument:
    """One row of an operation's table of arguments."""

    name: str
    types: str
    is_required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation of the page, with every address that leads to it."""

    operation: Operation
    addresses: tuple[str, ...]
    arguments: tuple[Argument, ...]
    notes: str


def schema(request: HttpRequest) -> HttpResponse:
    """The document as JSON; AUTH_REQUIRED for nobody."""
    if caller_of(request).kind is Kind.ANONYMOUS:
        refused = calling.refusal(Failure(Code.AUTH_REQUIRED, "The schema needs a key or a login."))
        return HttpResponse(refused.content, status=refused.status, content_type="application/json")
    return HttpResponse(_document(), content_type="application/json")


def page(request: HttpRequest) -> HttpResponseBase:
    """The reference page; nobody is led to the login page first."""
    if caller_of(request).kind is Kind.ANONYMOUS:
        return redirect("/login/?" + urlencode({"next": request.path}))
    return render(request, "api_docs.html", {"groups": _groups()})


@cache
def _document() -> bytes:
    return to_json(openapi.document())


@cache
def _groups() -> list[tuple[str, list[Entry]]]:
    found: dict[str, list[Entry]] = {}
    addresses = _addresses()
    for name, operation in sorted(REGISTRY.items()):
        if REST in operation.surfaces:
            known = addresses.get(name, ())
            entry = Entry(operation, known, arguments_of(operation), _notes(operation))
            found.setdefault(operation.toolset, []).append(entry)
    return sorted(found.items())


def _addresses() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {name: [f"POST /api/v1/ops/{name}"] for name in REGISTRY}
    for address, methods in published().items():
        for method, (operation, _) in methods.items():
            found[operation.name].append(f"{method} /{address}")
    return {name: tuple(reversed(known)) for name, known in found.items()}


def arguments_of(operation: Operation) -> tuple[Argument, ...]:
    """The arguments in the order of the schema."""
    types = calling.argument_types(operation)
    required = set(operation.input_schema.get("required", []))
    return tuple(
        Argument(name, " or ".join(sorted(types[name])) or "any", name in required, value.get("description", ""))
        for name, value in operation.input_schema.get("properties", {}).items()
    )


def _notes(operation: Operation) -> str:
    facts = ["Writes" if operation.writes else "Reads"]
    facts += ["waits"] if operation.long else []
    facts += ["cannot be undone"] if operation.destructive else []
    facts += [f"needs {' or '.join(operation.flags)}"] if operation.flags else []
    return "; ".join(facts) + "."
