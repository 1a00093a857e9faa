"""What a write looks at outside the store: found out before its transaction, so that no lock waits for a disk."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from pulse_project.core.errors import Failure


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, or the failure that the operation meets where it asks for it."""

    value: Any = None
    failure: Failure | None = None

    def get(self) -> Any:
        if self.failure is not None:
            raise self.failure
        return self.value


_finding: ContextVar[Finding | None] = ContextVar("pulse_finding", default=None)


def look(function: Callable[..., Any], *arguments: Any) -> Finding:
    """Run `function` now and keep its result or its refusal for later."""
    try:
        return Finding(function(*arguments))
    except Failure as failure:
        return Finding(failure=failure)


@contextmanager
def known(finding: Finding | None) -> Iterator[None]:
    """Inside, `found` answers `finding`."""
    token = _finding.set(finding)
    try:
        yield
    finally:
        _finding.reset(token)


def found() -> Finding | None:
    """What the operation that is running looked up ahead; None when it looked at nothing."""
    return _finding.get()


def value() -> Any:
    """The same for an operation that always looks ahead: the value, or the refusal that the look met."""
    finding = _finding.get()
    if finding is None:
        raise RuntimeError("this operation declares nothing that it looks at ahead")
    return finding.get()
