"""Events as operations see them: emit inside a write transaction, subscribe anywhere."""

from typing import Any
from uuid import UUID

from pulse_project.core.domain_log import LOG_NAME, DomainLog, Draft, subscribe
from pulse_project.core.principals import Caller
from pulse_project.core.transactions import LogWriter, Pending, Transaction, current_tx, register_log

__all__ = ["LogWriter", "Pending", "Transaction", "current_tx", "emit", "register_log", "subscribe"]

register_log(DomainLog())


def emit(  # noqa: PLR0913 - an event names what it is about; every option is keyword-only
    type: str,
    *,
    caller: Caller,
    board_id: UUID | str | None = None,
    entity: tuple[str, Any] | None = None,
    revision: int | None = None,
    from_status: str = "",
    to_status: str = "",
    **payload: Any,
) -> Pending:
    """Append a domain event to the open write transaction; its number is known after the flush.

    Raises RuntimeError outside `db.write_tx()`.
    """
    kind, identifier = entity or ("", "")
    board = UUID(str(board_id)) if board_id is not None else None
    draft = Draft(
        type=type, actor=caller.name, principal=caller.bucket, board_id=board,
        entity_kind=kind, entity_id=str(identifier), revision=revision, from_status=from_status, to_status=to_status,
        payload=payload,
    )  # fmt: skip
    return current_tx().append(LOG_NAME, draft)
