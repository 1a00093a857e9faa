"""What a gate answers, how gates are found by name, and the one shape of a refusal."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from boards.call import HINT, BoardCall
from boards.models import Entity
from pulse_project.core import toolsets
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import REGISTRY

MAX_UNMET = 50


@dataclass(frozen=True, slots=True)
class Subject:
    """What a condition is about. `page` is `<kind>/<id>` of the object that shows it, when that is another one."""

    kind: str
    id: str
    ref: str
    title: str
    page: str = ""

    @property
    def url(self) -> str:
        return f"/go/{self.page or f'{self.kind}/{self.id}'}"

    def wire(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "id": self.id,
            "ref": self.ref,
            "title": self.title,
            "url": self.url,
        }


@dataclass(frozen=True, slots=True)
class Fix:
    """The call that meets a condition. `needs` names the arguments that only the caller knows."""

    label: str
    operation: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    then: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Skip:
    """The switch that turns the condition off."""

    setting: str
    scope: str  # board | spec | sprint
    value: Any
    flag: str  # who may change it


@dataclass(frozen=True, slots=True)
class Unmet:
    """One condition that does not hold."""

    gate: str
    code: str
    message: str
    subject: Subject
    fix: Fix
    skip: Skip | None = None
    waivable: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)  # what a program may want to know beside the sentence

    def wire(self, call: BoardCall) -> dict[str, Any]:
        on_board = {"board_id": str(call.board.pk)}
        fix: dict[str, Any] = {
            "label": self.fix.label,
            "url": self.subject.url,
            "operation": self.fix.operation or None,
            "params": {**on_board, **self.fix.params} if self.fix.operation else {},
            "needs": list(self.fix.needs),
            "allowed": _is_allowed(call, self.fix.operation),
        }
        if self.fix.then:
            fix["then"] = [{**step, "params": {**on_board, **step["params"]}} for step in self.fix.then]
        skip = self.skip and {
            "setting": self.skip.setting,
            "scope": self.skip.scope,
            "value": self.skip.value,
            "may_change": call.holds(self.skip.flag),
        }
        return {
            "gate": self.gate,
            "code": f"{self.gate}.{self.code}",
            "message": self.message,
            "subject": self.subject.wire(),
            "fix": fix,
            "skip": skip,
            "waivable": self.waivable,
            **({"facts": dict(self.facts)} if self.facts else {}),
        }


def _is_allowed(call: BoardCall, operation: str) -> bool:
    """Whether the caller holds a flag that the fix may need; what exactly it needs depends on its arguments."""
    declared = REGISTRY.get(operation)
    return declared is not None and toolsets.suffice(declared, call.rights.flags)


Gate = Callable[[Any], Iterable[Unmet]]
_gates: dict[str, Gate] = {}


def gate(name: str) -> Callable[[Gate], Gate]:
    """Declare the decorated function the gate of that name. It takes the facts of one step and touches no store."""

    def declare(function: Gate) -> Gate:
        _gates[name] = function
        return function

    return declare


def is_registered(name: str) -> bool:
    return name in _gates


def unmet_of(names: Iterable[str], facts: Any) -> list[Unmet]:
    """Every condition of these gates that does not hold, in the order of the names."""
    return [unmet for name in names if name in _gates for unmet in _gates[name](facts)]


def refusal(
    call: BoardCall, operation: str, unmet: Sequence[Unmet], transition: tuple[str, str] | None = None
) -> Failure:
    """The refusal of an act: GATE_BLOCKED with every unmet condition; the first one gives the sentence."""
    details: dict[str, Any] = {"operation": operation}
    if transition is not None:
        details["transition"] = {"from": transition[0], "to": transition[1]}
    return Failure(
        Code.GATE_BLOCKED,
        unmet[0].message,
        **details,
        unmet=[item.wire(call) for item in unmet[:MAX_UNMET]],
        unmet_total=len(unmet),
        agent_hint=HINT,
    )


def demand(
    call: BoardCall, operation: str, names: Iterable[str], facts: Any, transition: tuple[str, str] | None = None
) -> None:
    """Refuse with GATE_BLOCKED when a condition of these gates does not hold."""
    unmet = unmet_of(names, facts)
    if unmet:
        raise refusal(call, operation, unmet, transition)


def subject_of(entity: Entity) -> Subject:
    return Subject(entity.kind, str(entity.pk), entity.ref, entity.title)
