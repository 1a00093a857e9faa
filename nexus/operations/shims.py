"""Tools that older clients still call: each names what replaced it."""

from typing import NoReturn

from nexus.catalog import catalog
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import AnyInput
from pulse_project.core.principals import IDENTITY, Caller


def _migrated(message: str, *replacements: str) -> NoReturn:
    raise Failure(Code.MIGRATED, message, replacements=list(replacements), removed_in="S3")


@catalog.operation(needs=IDENTITY, accepts_unknown=True)
def message_get(caller: Caller, data: AnyInput) -> None:
    """Removed: read your messages with inbox_pull, inbox_peek or inbox_history.

    Errors: MIGRATED.
    """
    _migrated(
        "message_get is gone. Call inbox_pull to receive, inbox_peek to look, inbox_history to read again.",
        "inbox_pull",
        "inbox_peek",
        "inbox_history",
        "event_get",
    )


@catalog.operation(needs=IDENTITY, accepts_unknown=True)
def message_list(caller: Caller, data: AnyInput) -> None:
    """Removed: list your messages with inbox_peek or inbox_history.

    Errors: MIGRATED.
    """
    _migrated(
        "message_list is gone. Call inbox_peek for what waits, inbox_history for what you read.",
        "inbox_peek",
        "inbox_history",
        "event_get",
    )


@catalog.operation(needs=IDENTITY, accepts_unknown=True)
def message_wait(caller: Caller, data: AnyInput) -> None:
    """Removed: look with inbox_count between turns and receive with inbox_pull.

    Errors: MIGRATED.
    """
    _migrated(
        "message_wait is gone. Call inbox_count between turns and inbox_pull; event_wait blocks on purpose.",
        "inbox_count",
        "inbox_pull",
        "event_wait",
    )
