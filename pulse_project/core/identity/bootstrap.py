"""The first key of an install that nobody could reach otherwise."""

from pulse_project.core import clock
from pulse_project.core.identity.agents import insert
from pulse_project.core.identity.keys import IssuedKey, issue_key
from pulse_project.core.models import Agent, ApiKey
from pulse_project.core.principals import Caller

OPERATOR = "operator"


def has_live_key() -> bool:
    return ApiKey.objects.filter(revoked_at__isnull=True, scope=ApiKey.Scope.AGENT).exists()


def bootstrap_operator(system: Caller) -> IssuedKey | None:
    """The agent `operator` and its key when no key was ever issued, else None; inside a write transaction."""
    if has_live_key():
        return None
    agent = Agent.objects.filter(agent_id=OPERATOR).first()
    if agent is None:
        fresh = Agent(agent_id=OPERATOR, created_at=clock.now(), updated_at=clock.now())
        agent = insert(system, fresh, {"name": "Operator", "role": "operator", "is_operator": True})
    return issue_key(system, agent, label="first start")
