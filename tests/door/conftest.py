"""A server bound to loopback, settings in force for one test, keys of agents."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def door_at_rest() -> Iterator[None]:
    """Bound to 127.0.0.1:8100, with empty memories, before and after every test."""
    from pulse_project.core import binding, conf

    binding.publish(binding.Binding(hosts=("127.0.0.1",), port=8100))
    _forget()
    yield
    binding.publish(binding.Binding())
    conf.apply_stored({})
    _forget()


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _forget() -> None:
    from pulse_project.core import auth, browser_sessions, login_throttle, presence, ratelimit

    auth.forget()
    for memory in (browser_sessions, login_throttle, presence, ratelimit.failed_logins, ratelimit.calls):
        memory.forget()


@pytest.fixture
def bound_to() -> Callable[..., None]:
    from pulse_project.core import binding

    return lambda *hosts, **over: binding.publish(binding.Binding(hosts=hosts, port=8100, **over))


@pytest.fixture
def in_force() -> Callable[..., None]:
    """`in_force(trust_mode="strict")`: settings of this test."""
    from pulse_project.core import conf

    return lambda **values: conf.apply_stored(values) and None


@pytest.fixture
def system() -> Any:
    from pulse_project.core import auth

    return auth.system_caller()


@pytest.fixture
def new_key(transactional_db: None, system: Any) -> Callable[..., Any]:
    """`await new_key("alice")`: the plaintext of a key for that agent, which is made when it does not exist."""
    from pulse_project.core import db, identity
    from pulse_project.core.models import Agent

    def issue(agent_id: str = "alice", **terms: Any) -> str:
        with db.write_tx():
            agent = Agent.objects.filter(agent_id=agent_id).first() or identity.create_agent(system, agent_id)
            return identity.issue_key(system, agent, **terms).plaintext

    async def ask(agent_id: str = "alice", **terms: Any) -> str:
        return await db.in_write(lambda: issue(agent_id, **terms))

    return ask
