"""What people and agents are called, from the ids that records keep."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model

from pulse_project.core.auth import LOCAL_OPERATOR
from pulse_project.core.models import Agent
from pulse_project.core.names import RESERVED_PREFIX

FIXED = {LOCAL_OPERATOR: "Local operator", "system": "Pulse"}


def names_of(ids: Iterable[str]) -> dict[str, str]:
    """A name to show for every id: an agent's or person's own, else the id itself. At most two queries."""
    wanted = {text for text in ids if text}
    names = {text: FIXED.get(text, text) for text in wanted}
    users = {text.removeprefix(RESERVED_PREFIX): text for text in wanted if text.startswith(RESERVED_PREFIX)}
    if users:
        for user in get_user_model()._default_manager.filter(username__in=list(users)):
            names[users[user.get_username()]] = user.get_full_name() or user.get_username()
    agents = wanted - set(users.values()) - FIXED.keys()
    if agents:
        for agent_id, name in Agent.objects.filter(agent_id__in=list(agents)).values_list("agent_id", "name"):
            names[agent_id] = name or agent_id
    return names
