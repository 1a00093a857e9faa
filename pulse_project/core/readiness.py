"""Whether this process can do its work: checks that core and apps declare, and their findings."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.db import DatabaseError

from pulse_project.core import db
from pulse_project.core.errors import Failure

Severity = Literal["error", "warning", "info"]
DEADLINE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth telling: an error makes the process not ready, a warning asks for a look, info is only said."""

    severity: Severity
    message: str


Check = Callable[[], Finding | None]
_checks: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Declare a check: a plain function that may read the store and answers a finding, or None when all is well."""

    def declare(function: Check) -> Check:
        _checks[name] = function
        return function

    return declare


def run_all() -> list[dict[str, str]]:
    """Run every check in this thread. A check that meets a database failure is itself an error."""
    return [item for name, function in _checks.items() if (item := _run(name, function))]


def _run(name: str, function: Check) -> dict[str, str] | None:
    try:
        finding = function()
    except Failure as failure:
        finding = Finding("error", failure.message)
    except (DatabaseError, OSError) as error:
        finding = Finding("error", f"The check failed: {type(error).__name__}.")
    return {"name": name, "severity": finding.severity, "message": finding.message} if finding else None


async def report() -> dict[str, Any]:
    """`{"status": "ready"|"not_ready", "reasons": [...]}`; a store that does not answer in 2 s is not ready."""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            reasons = await db.in_read(run_all)
    except TimeoutError:
        reasons = [{"name": "database", "severity": "error", "message": "The store did not answer in time."}]
    except Failure as failure:
        reasons = [{"name": "pool", "severity": "error", "message": failure.message}]
    is_ready = not any(reason["severity"] == "error" for reason in reasons)
    return {"status": "ready" if is_ready else "not_ready", "reasons": reasons}
