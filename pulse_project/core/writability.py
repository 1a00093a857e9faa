"""Whether writes go through: what the last one that failed for good met, until another one succeeds."""

from django.db import DatabaseError

from pulse_project.core.db_failures import failure_of

LASTING = frozenset({"storage_full", "read_only", "io_error", "corrupt"})

_problem: str | None = None


def problem() -> str | None:
    """One sentence while writes fail; None while they go through or nobody has tried."""
    return _problem


def failed(error: BaseException | None) -> None:
    """A write transaction ended with `error`; only what an operator must see to is remembered."""
    global _problem
    if isinstance(error, DatabaseError):
        failure = failure_of(error)
        if failure.details.get("reason") in LASTING:
            _problem = failure.message


def succeeded() -> None:
    global _problem
    _problem = None
