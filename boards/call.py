"""One call on one board: who acts, with which rights, and what it has changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model

from boards import indexing, location, people, rights
from boards.models import Board, Entity
from boards.models.entity import STATUSES
from boards.rights import Rights
from pulse_project.core import clock, outbox
from pulse_project.core.errors import Code, Failure
from pulse_project.core.outbox import Pending
from pulse_project.core.principals import Caller

E = TypeVar("E", bound=Entity)
M = TypeVar("M", bound=Model)

HINT = "Call each fix with its params and what it needs from you, then repeat the refused call."
# Statuses that the published vocabulary knows under another name.
INTERACT_AS: Mapping[tuple[str, str], str] = {("ideation", "review"): "refined", ("ideation", "approved"): "refined"}


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A need that one of several flags meets; a member may be a tuple of flags that are needed together."""

    flags: tuple[str | tuple[str, ...], ...]


Need = str | tuple[str, ...] | AnyOf


def any_of(*flags: str | tuple[str, ...]) -> AnyOf:
    return AnyOf(flags)


def flags_in(need: Need) -> tuple[str, ...]:
    """Every flag that a need names."""
    if isinstance(need, str):
        return (need,)
    members = need.flags if isinstance(need, AnyOf) else need
    return tuple(flag for member in members for flag in (member if isinstance(member, tuple) else (member,)))


def work_in(kind: str) -> tuple[str, ...]:
    """The flags of which `demand_in` asks one, for the `may_need` of what changes objects of that kind."""
    names = (INTERACT_AS.get((kind, status), status) for status in STATUSES[kind])
    return tuple(dict.fromkeys(f"{kind}.interact_in.{name}" for name in names))


def lacking(held: frozenset[str], need: Need) -> str | None:
    """The first flag that is missing for a need; None when it is met."""
    if isinstance(need, AnyOf):
        missing = [lacking(held, member) for member in need.flags]
        return None if None in missing else missing[0]
    flags = (need,) if isinstance(need, str) else need
    return next((flag for flag in flags if flag not in held), None)


def meets(held: frozenset[str], need: Need) -> bool:
    return lacking(held, need) is None


@dataclass(frozen=True, slots=True)
class BoardCall:
    """What an operation of boards or specs works with. Everything it reads or changes is on `board`."""

    caller: Caller
    board: Board
    rights: Rights
    touched: dict[UUID, set[str]] = field(default_factory=dict)  # objects, with the nouns of what was told of them

    @property
    def person(self) -> str:
        """Who acts, as records name it."""
        return people.id_of(self.caller)

    def holds(self, need: Need) -> bool:
        return self.missing(need) is None

    def missing(self, need: Need) -> str | None:
        """The first flag that is missing for a need; None when it is met."""
        return lacking(self.rights.flags, need)

    def demand(self, *needs: Need) -> None:
        """PERMISSION_DENIED naming the flag that is missing on this board."""
        for need in needs:
            missing = self.missing(need)
            if missing is not None:
                raise Failure(
                    Code.PERMISSION_DENIED,
                    "This identity lacks that permission on this board. Ask who runs the board to grant it.",
                    reason="permission_missing",
                    required_permission=missing,
                )

    def demand_in(self, entity: Entity, *needs: Need) -> None:
        """As `demand`, and the right to work on such an object in its present status."""
        self.demand(*needs)
        flag = self.missing_in(entity)
        if flag is not None:
            raise Failure(
                Code.PERMISSION_DENIED,
                "This identity may not work on that kind of object in its present status.",
                reason="interact_in_blocked",
                required_permission=flag,
                current_state=entity.status,
            )

    def missing_in(self, entity: Entity) -> str | None:
        """The flag for working on such an object in its present status, when it is missing."""
        status = INTERACT_AS.get((entity.kind, entity.status), entity.status)
        flag = f"{entity.kind}.interact_in.{status}"
        return None if flag in self.rights.flags else flag

    def demand_open(self, operation: str) -> None:
        """GATE_BLOCKED when the board is archived: it answers reads and its restore only."""
        if self.board.archived_at is None:
            return
        message, url = "The board is archived. Restore it first.", f"/go/board/{self.board.pk}"
        restore = {"label": "Restore the board", "url": url, "operation": "okto_pulse_restore_board", "needs": []}
        fix = {**restore, "params": {"board_id": str(self.board.pk)}, "allowed": self.holds("board.manage.archive")}
        board = {"kind": "board", "id": str(self.board.pk), "ref": self.board.slug, "title": self.board.name}
        archived = {"gate": "archived", "code": "archived.archived", "message": message, "fix": fix}
        unmet = {**archived, "subject": {**board, "url": url}, "skip": None, "waivable": False}
        raise Failure(Code.GATE_BLOCKED, message, operation=operation, unmet=[unmet], unmet_total=1, agent_hint=HINT)

    def entity(self, model: type[E], text: str, field: str, *, lock: bool = False) -> E:
        """The object with that id or reference. Errors: NOT_FOUND."""
        return location.on_board(self.board, model, text, field, lock=lock)

    def child(self, model: type[M], text: str, field: str, *, lock: bool = False) -> M:
        """Something with a UUID that hangs on an object of the board. Errors: NOT_FOUND."""
        return location.child_on_board(self.board, model, text, field, lock=lock)

    def save(self, entity: Entity, *names: str) -> None:
        """Write these fields with a new revision. Nothing is told: `tell` follows."""
        entity.revision += 1
        entity.updated_at = clock.now()
        entity.save(update_fields=[*names, "revision", "updated_at"])

    def tell(
        self,
        event: str,
        entity: Entity,
        *,
        moved: tuple[str, str] = ("", ""),
        changes: Iterable[Mapping[str, Any]] = (),
        reindexes: bool = True,
        **payload: Any,
    ) -> Pending:
        """Append the event of a change; its search documents are written again before the transaction ends.

        Answers the event's number, which is known once the transaction is flushed.

        `changes` is [{field, old, new}]; `moved` the status before and after; `reindexes` is false where no text that
        search finds has changed.
        """
        if reindexes:
            self._touch(event, entity, is_move=bool(moved[1]) and not changes)
        return outbox.emit(
            event,
            caller=self.caller,
            board_id=self.board.pk,
            entity=(entity.kind, entity.pk),
            revision=entity.revision,
            from_status=moved[0],
            to_status=moved[1],
            person=self.person,
            ref=entity.ref,
            title=entity.title,
            version=entity.version,
            **({"changes": list(changes)} if changes else {}),
            **payload,
        )

    def _touch(self, event: str, entity: Entity, *, is_move: bool) -> None:
        """Remember what search has to read again: everything of a new object, nothing after a mere change of status."""
        noun, _, verb = event.partition(".")
        if not is_move:
            self.touched.setdefault(entity.pk, set()).add(indexing.EVERYTHING if verb == "created" else noun)

    def tell_board(self, event: str, **payload: Any) -> None:
        """Append an event about the board itself."""
        outbox.emit(
            event,
            caller=self.caller,
            board_id=self.board.pk,
            entity=("board", self.board.pk),
            revision=self.board.revision,
            person=self.person,
            **payload,
        )

    def settle(self) -> None:
        """Bring the search documents of what was changed up to date, in the same transaction."""
        if self.touched:
            indexing.refresh(self.touched)


def open_on(caller: Caller, board: Board) -> BoardCall:
    """The call of a caller on a board. Errors: NOT_FOUND when the board does not exist for it, AUTH_REQUIRED."""
    caller.demand_identity()
    found = rights.rights_on(caller, board)
    if found is None:
        raise location.not_found("board", "board_id")
    return BoardCall(caller, board, found)


def open_call(caller: Caller, data: Any) -> BoardCall:
    """The call on the board that the arguments name. What is not visible answers like what does not exist."""
    caller.demand_identity()
    named = bool(getattr(data, "board_id", None))
    board = location.board_of(data)
    found = rights.rights_on(caller, board)
    if found is None:
        raise _hidden(data, named=named)
    return BoardCall(caller, board, found)


def _hidden(data: Any, *, named: bool) -> Failure:
    if named:
        return location.not_found("board", "board_id")
    name = next(name for name in type(data).model_fields if name in location.LOCATORS and getattr(data, name))
    return location.not_found(name.removesuffix("_id").replace("_", " "), name)


def check_revision(expected: int | None, actual: int, what: str) -> None:
    """VERSION_CONFLICT when the caller read an older revision."""
    if expected is not None and expected != actual:
        raise Failure(
            Code.VERSION_CONFLICT,
            f"The {what} was changed since you read it. Read it again.",
            expected_version=expected,
            current_version=actual,
        )
