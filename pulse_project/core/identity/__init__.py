"""Agents, keys and presets: what REST, the admin and commands change. Every function runs inside `db.write_tx()`."""

from pulse_project.core.identity.agents import create_agent, delete_agent, set_permissions, update_agent
from pulse_project.core.identity.bootstrap import bootstrap_operator, has_live_key
from pulse_project.core.identity.guards import demand_confirmation, demand_other_agent, demand_version
from pulse_project.core.identity.holdings import holdings_of, register_holdings
from pulse_project.core.identity.keys import (
    IssuedKey,
    KeyChanges,
    issue_key,
    issue_missing_keys,
    replace_key,
    revoke_key,
    rotate_key,
    update_key,
)
from pulse_project.core.identity.permissions import complete
from pulse_project.core.identity.presets import create_preset, delete_preset, ensure_builtin_presets, update_preset

__all__ = [
    "IssuedKey",
    "KeyChanges",
    "bootstrap_operator",
    "complete",
    "create_agent",
    "create_preset",
    "delete_agent",
    "delete_preset",
    "demand_confirmation",
    "demand_other_agent",
    "demand_version",
    "ensure_builtin_presets",
    "has_live_key",
    "holdings_of",
    "issue_key",
    "issue_missing_keys",
    "register_holdings",
    "replace_key",
    "revoke_key",
    "rotate_key",
    "set_permissions",
    "update_agent",
    "update_key",
    "update_preset",
]
