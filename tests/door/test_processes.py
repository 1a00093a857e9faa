"""Who a process without requests acts as: stdio and commands."""

from typing import Any

import pytest

from pulse_project.core.conf import ConfigError


def test_stdio_without_key_is_the_local_operator_in_open_mode() -> None:
    from pulse_project.core import auth

    caller = auth.stdio_caller()
    assert (caller.kind, caller.auth, caller.agent_id) == ("local", "stdio", None)


def test_stdio_without_key_does_not_start_in_strict(in_force: Any) -> None:
    from pulse_project.core import auth

    in_force(trust_mode="strict")
    with pytest.raises(ConfigError, match="PULSE_API_KEY"):
        auth.stdio_caller()


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["nonsense", "nxs_" + "0" * 48])
def test_a_wrong_key_stops_the_process(in_force: Any, key: str) -> None:
    from pulse_project.core import auth

    in_force(api_key=key)
    with pytest.raises(ConfigError, match="PULSE_API_KEY"):
        auth.stdio_caller()


@pytest.mark.django_db
def test_a_process_acts_as_its_key_or_as_the_agent_it_names(in_force: Any, system: Any) -> None:
    from pulse_project.core import auth, db, identity

    with db.write_tx():
        agent = identity.create_agent(system, "alice")
        key = identity.issue_key(system, agent).plaintext
    in_force(api_key=key)
    assert auth.stdio_caller().agent_id == "alice"
    assert auth.cli_caller("alice").auth == "cli"
    with pytest.raises(ConfigError, match="as-agent"):
        auth.cli_caller("nobody")
