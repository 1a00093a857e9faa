"""Marking agents as seen, for their own calls and for calls made in their name."""

from nexus import directory
from pulse_project.core import presence
from pulse_project.core.principals import Caller

PASSIVE = "tail"  # the transport of followers, which watch without being seen


def stamp(caller: Caller, agent_id: str) -> None:
    """The agent acted now; unregistered names are not kept. In memory, written once a second."""
    if caller.transport == PASSIVE:
        return
    if caller.agent_id == agent_id or directory.is_registered(agent_id):
        presence.touch(agent_id)
