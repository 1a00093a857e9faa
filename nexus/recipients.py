"""Who receives a message: from its target to the agents whose inbox it enters, and those it leaves out on purpose."""

from collections.abc import Iterable
from dataclasses import dataclass

from nexus import directory, limits, presence_windows, sql
from nexus.targets import Strategy, Target
from pulse_project.core.errors import Code, Failure
from pulse_project.core.principals import Caller

_PRESENT = sql.Statement(
    "SELECT DISTINCT a.agent_id FROM nexus_session s JOIN core_agent a ON a.id = s.agent_id"
    " WHERE s.workspace_id = %s AND s.closed_us IS NULL AND s.last_heartbeat_us >= %s"
)
_SILENT = sql.Statement(
    "SELECT DISTINCT a.agent_id FROM nexus_session s JOIN core_agent a ON a.id = s.agent_id"
    " WHERE s.workspace_id = %s AND s.closed_us IS NULL AND s.last_heartbeat_us < %s"
)


@dataclass(frozen=True, slots=True)
class Recipients:
    """Sorted agent ids: who receives, and who does not for silence, a full inbox or the sender's allowed peers."""

    agents: tuple[str, ...]
    stale: tuple[str, ...] = ()
    full: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()

    @property
    def warning(self) -> str | None:
        """One sentence for the sender when the message reaches nobody, or fewer than its target names."""
        left_out = len(self.stale) + len(self.full) + len(self.barred)
        if not self.agents:
            return "Nobody received this message." + (" See excluded_stale." if self.stale else "")
        if left_out:
            return f"{left_out} agents were left out. A direct message reaches agents that are only silent."
        return None


def check_sendable(target: Target) -> None:
    """Refuse targets that only handoffs can have: a message has no later moment at which a fallback could open."""
    if target.uses(Strategy.DIRECT_WITH_FALLBACK):
        raise Failure(
            Code.VALIDATION_ERROR,
            "direct_with_fallback is for handoffs: a message is delivered at once. Use handoff_create.",
            field="target",
        )


def resolve(target: Target, *, sender: str, workspace: int, caller: Caller) -> Recipients:
    """The recipients of a message. Errors: NOT_FOUND, PERMISSION_DENIED."""
    if target.strategy is Strategy.DIRECT:
        return _direct(target.agent_id, caller)
    stale: Iterable[str] = ()
    if target.strategy is Strategy.BROADCAST:
        found, stale = _participants(workspace)
    else:
        found = directory.roll().matching(target)
    found.discard(sender)
    barred = limits.barred(found, caller)
    full = limits.full_inboxes(found - barred)
    agents = tuple(sorted(found - barred - full))
    limits.check_recipient_count(len(agents), caller)
    return Recipients(agents, tuple(sorted(set(stale) - {sender})), tuple(sorted(full)), tuple(sorted(barred)))


def _direct(agent_id: str, caller: Caller) -> Recipients:
    if not directory.is_registered(agent_id):
        raise Failure(
            Code.NOT_FOUND,
            "The target agent is not registered. agent_list names those that are.",
            field="target.agent_id",
        )
    if limits.barred({agent_id}, caller):
        raise Failure(
            Code.PERMISSION_DENIED,
            "This identity may not write to that agent.",
            required_permission="messages.allowed_peers",
        )
    return Recipients((agent_id,))


def _participants(workspace: int) -> tuple[set[str], set[str]]:
    """Agents with a fresh session in the workspace, and those whose every open session has fallen silent."""
    since_us = presence_windows.present_since_us()
    present = {row[0] for row in sql.rows(_PRESENT, workspace, since_us)}
    silent = {row[0] for row in sql.rows(_SILENT, workspace, since_us)}
    return present, silent - present
