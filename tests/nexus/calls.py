"""Calls of the bus's operations, with what tests look at: the data, or the error."""

from typing import Any

from tests.conftest import run


def ok(operation: str, caller: Any, /, **arguments: Any) -> Any:
    """The data of a call that has to succeed."""
    body = run(operation, caller, **arguments)
    assert body["ok"], body
    return body["data"]


def error(operation: str, caller: Any, /, **arguments: Any) -> Any:
    """The error of a call that has to fail."""
    body = run(operation, caller, **arguments)
    assert not body["ok"], body
    return body["error"]


def code(operation: str, caller: Any, /, **arguments: Any) -> str:
    return str(error(operation, caller, **arguments)["code"])
