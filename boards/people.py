"""How boards name people and agents: one text for each, kept with what they write."""

from typing import Any

from pulse_project.core.names import RESERVED_PREFIX
from pulse_project.core.principals import Caller, Kind


def id_of(caller: Caller) -> str:
    """The caller's name in records: an agent's `agent_id`, `human:<user name>`, `local-operator` or `system`.

    Agents cannot take a name that begins with `human:`, so no two identities share one.
    """
    return RESERVED_PREFIX + caller.name if caller.kind is Kind.USER else caller.name


def id_of_user(user: Any) -> str:
    """The same for a stored user; the person behind trusted loopback has a name of its own."""
    name = str(user.get_username())
    return name if name == "local-operator" else RESERVED_PREFIX + name


def kind_of(person: str) -> str:
    """`user` for people, `agent` for agents: the published `actor_type`."""
    return "user" if person.startswith(RESERVED_PREFIX) or person in {"local-operator", "system"} else "agent"
