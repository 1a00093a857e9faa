"""What must not be served, and what /readyz says about a forgotten proxy."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("host", "debug", "found"),
    [("127.0.0.1", True, []), ("192.168.1.7", True, ["pulse.E001"]), ("192.168.1.7", False, [])],
)
def test_debug_beyond_loopback_is_an_error(in_force: Any, host: str, debug: bool, found: list[str]) -> None:
    from pulse_project.core import checks

    in_force(host=host, debug=debug)
    assert [message.id for message in checks.debug_beyond_loopback()] == found


def test_readiness_tells_of_a_proxy_that_was_not_declared(monkeypatch: Any, in_force: Any) -> None:
    from collections import Counter

    from pulse_project.core import checks, guard

    monkeypatch.setattr(guard, "refused", Counter())
    assert checks.forgotten_proxy() is None
    guard.refused["foreign_on_loopback"] += 1
    warning = checks.forgotten_proxy()
    assert warning is not None
    in_force(behind_proxy=True)
    assert (warning.severity, checks.forgotten_proxy()) == ("warning", None)
