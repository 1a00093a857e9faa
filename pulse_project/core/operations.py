"""The registry: one typed function per thing a caller can do, declared once for MCP, REST, CLI, docs and tests."""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_type_hints

from pydantic import BaseModel

from pulse_project.core import flags
from pulse_project.core.envelopes import Envelope
from pulse_project.core.errors import COMMON_CODES, Code
from pulse_project.core.inputs import NoInput
from pulse_project.core.principals import IDENTITY, PUBLIC, Caller
from pulse_project.core.schema import describe, flatten

Function = Callable[[Caller, Any], Any] | Callable[[Caller, Any], Awaitable[Any]]
Guard = Callable[[Caller, Mapping[str, Any]], None]
Needs = str | Callable[[Caller, Any], Iterable[str]]

MCP, REST, CLI = "mcp", "rest", "cli"
EVERYWHERE = frozenset({MCP, REST, CLI})
OPERATOR_SURFACES = frozenset({REST, CLI})  # operator operations are not offered to agents as tools


class RegistrationError(Exception):
    """A declaration that must not reach users: raised while apps load."""


@dataclass(frozen=True)
class Route:
    """A published REST address of an operation: `"GET agents/<path:agent_id>"`, below the catalogue's prefix.

    `view` reshapes the result for this address only; `envelope` overrides the catalogue's; `status` is that of a
    success; `coerce` turns the request's arguments into the operation's. Rules stay in the operation.
    """

    address: str
    view: Callable[[Any], Any] | None = None
    envelope: Envelope | None = None
    status: int = 200
    coerce: Callable[[dict[str, Any]], dict[str, Any]] | None = None

    @property
    def method(self) -> str:
        return self.address.split(" ", 1)[0]

    @property
    def path(self) -> str:
        return self.address.split(" ", 1)[1].lstrip("/")


@dataclass(frozen=True)
class Operation:
    """One operation as every transport sees it."""

    name: str  # on the wire
    catalog: "Catalog"
    function: Function
    input: type[BaseModel]
    output: Any
    needs: Needs
    may_need: tuple[str, ...]
    writes: bool
    surfaces: frozenset[str]
    routes: tuple[Route, ...]
    guard: Guard | None
    before: Callable[[Caller, Any], Any] | None  # what it looks at outside the store, ahead of its transaction
    long: bool  # a coroutine on the event loop (waits)
    slow: bool  # runs in the small pool for heavy work
    own_transactions: bool  # a batch job that commits in steps, so that the write lock is free between them
    destructive: bool
    idempotent: bool
    secret_output: bool
    accepts_unknown: bool
    offered: Callable[[frozenset[str]], bool] | None  # whether flags suffice somewhere; None = any of its flags does
    scoped: bool  # its flags are asked by the function itself, where the object is, and not of the caller as such
    toolset: str
    errors: tuple[Code, ...]
    summary: str
    description: str
    untrusted: tuple[str, ...] = field(default=())

    @property
    def envelope(self) -> Envelope:
        return self.catalog.envelope

    @property
    def flags(self) -> tuple[str, ...]:
        """Every flag this operation may ask for; empty for IDENTITY and PUBLIC."""
        if isinstance(self.needs, str):
            return () if self.needs in {IDENTITY, PUBLIC} else (self.needs,)
        return self.may_need

    @property
    def takes_idempotency_key(self) -> bool:
        return self.writes and not self.accepts_unknown and not self.own_transactions

    @cached_property
    def input_schema(self) -> dict[str, Any]:
        """The flat JSON schema that tools/list and the docs publish."""
        schema = flatten(self.input.model_json_schema())
        if self.takes_idempotency_key:
            schema.setdefault("properties", {})["idempotency_key"] = {
                "anyOf": [{"type": "string", "maxLength": 200}, {"type": "null"}],
                "default": None,
                "description": "A repeat with this key within 24 h answers the first result and does not act again.",
            }
        return schema

    @cached_property
    def output_schema(self) -> dict[str, Any]:
        """JSON schema of a successful result, without the envelope."""
        if self.output is None or self.output is type(None):
            return {"type": "object"}
        return describe(self.output)


REGISTRY: dict[str, Operation] = {}


@dataclass(frozen=True, eq=False)
class Catalog:
    """What a group of operations shares: prefix on the wire, envelope, error codes, REST prefix, surfaces, toolset."""

    name: str
    envelope: Envelope
    codes: frozenset[Code]
    prefix: str = ""
    rest_prefix: str = "/api/v1"
    surfaces: frozenset[str] = EVERYWHERE
    toolset: str = ""

    def operation(  # noqa: PLR0913 - a declaration names what it declares; every option is keyword-only
        self,
        *,
        needs: Needs,
        may_need: Iterable[str] = (),
        writes: bool = False,
        rest: str | Route | Iterable[str | Route] = (),
        guard: Guard | None = None,
        before: Callable[[Caller, Any], Any] | None = None,
        long: bool = False,
        slow: bool = False,
        own_transactions: bool = False,
        destructive: bool = False,
        idempotent: bool = False,
        secret_output: bool = False,
        accepts_unknown: bool = False,
        scoped: bool = False,
        offered: Callable[[frozenset[str]], bool] | None = None,
        untrusted: Iterable[str] = (),
        name: str = "",
    ) -> Callable[[Function], Function]:
        """Declare the decorated function as an operation: `(caller, data: Input) -> Output`."""

        def declare(function: Function) -> Function:
            wire_name = self.prefix + (name or function.__name__)
            hints = get_type_hints(function)
            doc = inspect.getdoc(function) or ""
            operation = Operation(
                name=wire_name,
                catalog=self,
                function=function,
                input=hints.get("data", NoInput),
                output=hints.get("return"),
                needs=needs,
                may_need=tuple(may_need),
                writes=writes,
                surfaces=self.surfaces,
                routes=_routes(rest),
                guard=guard,
                before=before,
                long=long,
                slow=slow or own_transactions,
                own_transactions=own_transactions,
                destructive=destructive,
                idempotent=idempotent or not writes,
                secret_output=secret_output,
                accepts_unknown=accepts_unknown,
                scoped=scoped,
                offered=offered,
                toolset=self.toolset or self.name,
                errors=_errors_of(doc, wire_name),
                summary=doc.split("\n", 1)[0],
                description=doc,
                untrusted=tuple(untrusted),
            )
            _check(operation)
            REGISTRY[wire_name] = operation
            return function

        return declare


def _routes(rest: str | Route | Iterable[str | Route]) -> tuple[Route, ...]:
    several = (rest,) if isinstance(rest, str | Route) else tuple(rest)
    return tuple(Route(one) if isinstance(one, str) else one for one in several)


def _errors_of(doc: str, name: str) -> tuple[Code, ...]:
    found = re.search(r"Errors:\s*(.*?)(?:\n\s*\n|\n\w+:|\Z)", doc, re.DOTALL)
    names = re.findall(r"\b[A-Z][A-Z_]{3,}\b", found.group(1)) if found else []
    unknown = [n for n in names if n not in Code.__members__]
    if unknown:
        raise RegistrationError(f"{name}: unknown error codes {unknown}")
    return tuple(dict.fromkeys(Code[n] for n in names))


def _check(operation: Operation) -> None:
    if operation.name in REGISTRY:
        raise RegistrationError(f"{operation.name} is declared twice")
    if not operation.summary:
        raise RegistrationError(f"{operation.name} has no docstring")
    unknown = [flag for flag in operation.flags if flag not in flags.declared()]
    if unknown:
        raise RegistrationError(f"{operation.name} needs flags that nobody declared: {unknown}")
    if not operation.flags and not operation.scoped and operation.needs not in {IDENTITY, PUBLIC}:
        raise RegistrationError(f"{operation.name}: a computed need lists every flag it may ask for in may_need")
    foreign = set(operation.errors) - operation.catalog.codes - COMMON_CODES
    if foreign:
        raise RegistrationError(f"{operation.name} names errors outside its catalogue: {sorted(foreign)}")
    if inspect.iscoroutinefunction(operation.function) != operation.long:
        raise RegistrationError(f"{operation.name}: exactly the long operations are coroutines")
