"""What the operations of boards and specs share: the published names, plain objects, and rights asked on the board."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from boards.call import BoardCall, Need, flags_in, meets, open_call
from pulse_project.core.envelopes import PLAIN
from pulse_project.core.errors import BOARD_CODES
from pulse_project.core.operations import OPERATOR_SURFACES, Catalog, Operation, Route
from pulse_project.core.principals import Caller

PREFIX = "okto_pulse_"
_needs: dict[str, Need | None] = {}
OnBoardFunction = Callable[[BoardCall, Any], Any]


@dataclass(frozen=True, eq=False)
class BoardCatalog:
    """Declares operations that act on one board: `(call: BoardCall, data: Input) -> Output`.

    `needs` is asked on the board that holds the object, never on a board that the caller names beside it; `may_need`
    lists what the function itself asks for further, by `call.demand`. Whoever has no right to see the board gets
    NOT_FOUND, whoever lacks the flag there PERMISSION_DENIED.
    """

    catalog: Catalog

    def operation(  # noqa: PLR0913 - a declaration names what it declares; every option is keyword-only
        self,
        *,
        needs: Need | None,
        may_need: Iterable[str] = (),
        writes: bool = False,
        rest: str | Route | Iterable[str | Route] = (),
        slow: bool = False,
        destructive: bool = False,
        idempotent: bool = False,
        secret_output: bool = False,
        untrusted: Iterable[str] = (),
        before: Callable[[Caller, Any], Any] | None = None,
        on_archived: bool = False,
        name: str = "",
    ) -> Callable[[OnBoardFunction], OnBoardFunction]:
        """Declare the decorated function as an operation on a board. `on_archived`: it writes to archived ones too."""
        flags = tuple(dict.fromkeys([*(flags_in(needs) if needs is not None else ()), *may_need]))

        def declare(function: OnBoardFunction) -> OnBoardFunction:
            @wraps(function)
            def act(caller: Caller, data: Any) -> Any:
                call = open_call(caller, data)
                if needs is not None:
                    call.demand(needs)
                if writes and not on_archived:
                    call.demand_open(self.catalog.prefix + (name or function.__name__))
                result = function(call, data)
                call.settle()
                return result

            _needs[self.catalog.prefix + (name or function.__name__)] = needs
            self.catalog.operation(
                needs=lambda _caller, _data: (),
                may_need=flags,
                scoped=True,
                offered=_offer(needs, flags),
                writes=writes,
                rest=rest,
                slow=slow,
                destructive=destructive,
                idempotent=idempotent,
                secret_output=secret_output,
                untrusted=untrusted,
                before=before,
                name=name,
            )(act)
            return function

        return declare


def _offer(needs: Need | None, flags: tuple[str, ...]) -> Callable[[frozenset[str]], bool]:
    """Whether flags held on some board let an operation act there: its need is met, or one of what it may need."""
    acting = tuple(flag for flag in flags if ".interact_in." not in flag)

    def offered(held: frozenset[str]) -> bool:
        return meets(held, needs) if needs is not None else not acting or any(flag in held for flag in acting)

    return offered


def is_on_one_board(operation: Operation) -> bool:
    """Whether an operation acts on the one board that its arguments name."""
    return operation.name in _needs


def need_of(operation: Operation) -> Need | None:
    """What is asked on the board before an operation looks at anything; None when that depends on the object."""
    return _needs[operation.name]


def tools(toolset: str) -> BoardCatalog:
    """A catalogue of operations that agents are offered as tools, in one toolset."""
    return BoardCatalog(Catalog(toolset, PLAIN, BOARD_CODES, prefix=PREFIX))


def pages(toolset: str) -> BoardCatalog:
    """A catalogue of operations for people: REST, command line and pages, no tools."""
    return BoardCatalog(replace(tools(toolset).catalog, surfaces=OPERATOR_SURFACES))


boards = tools("boards")
people = pages("boards")
admin = tools("admin")

# operations that concern no single board
everywhere = boards.catalog
everywhere_people = people.catalog
everywhere_admin = admin.catalog
