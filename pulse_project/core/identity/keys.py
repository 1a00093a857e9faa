"""Issuing, rotating and revoking keys. The plaintext leaves once, in `IssuedKey`; the store keeps hash and prefix."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack

from pulse_project.core import auth, clock, db, names, outbox
from pulse_project.core.errors import Code, Failure
from pulse_project.core.identity.guards import demand_key_authority, live_keys
from pulse_project.core.models import Agent, ApiKey
from pulse_project.core.principals import Caller

HEX_BYTES = 24  # 48 hex digits
SHOWN = 12  # characters of the key that its prefix shows


class KeyTerms(TypedDict, total=False):
    """What limits a key: `toolsets` comma-separated (empty = all), `prefix` by the surface that issues it."""

    label: str
    toolsets: str
    is_read_only: bool
    expires_at: datetime | None
    scope: str
    prefix: Literal["nxs_", "dash_"]


class KeyChanges(TypedDict, total=False):
    """What can be said anew about a key that lives."""

    label: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key: the stored row, and the plaintext that nobody can ask for again."""

    row: ApiKey
    plaintext: str = field(repr=False)


def issue_key(caller: Caller, agent: Agent | None, **terms: Unpack[KeyTerms]) -> IssuedKey:
    """Make a key for `agent`, or with `scope` "monitor" or "telemetry.ingest" for none. Event: key.issued.

    Errors: VALIDATION_ERROR, AUTH_REQUIRED, PERMISSION_DENIED.
    """
    demand_key_authority(caller, agent)
    issued = _store(caller, agent, terms)
    _announce("key.issued", caller, issued.row)
    return issued


def rotate_key(
    caller: Caller, agent: Agent, *, key_pk: int | None = None, prefix: Literal["nxs_", "dash_"] | None = None
) -> IssuedKey:
    """Replace one live key, or every live key of the agent by one; the old ones are dead at commit. Event: key.rotated.

    Without `prefix` the new key begins like the one that it replaces.
    Errors: NOT_FOUND (`key_pk` is no live key of the agent), AUTH_REQUIRED, PERMISSION_DENIED.
    """
    demand_key_authority(caller, agent)
    old = list(live_keys(agent).select_for_update().filter(**({} if key_pk is None else {"pk": key_pk})))
    if key_pk is not None and not old:
        raise Failure(Code.NOT_FOUND, "No such key.")
    _end(old)
    terms = _terms_of(old)
    issued = _store(caller, agent, terms if prefix is None else {**terms, "prefix": prefix})
    _announce("key.rotated", caller, issued.row, ended=[key.pk for key in old])
    return issued


def replace_key(caller: Caller, key: ApiKey) -> IssuedKey:
    """Replace a live key that belongs to no agent by one of the same scope and terms. Event: key.rotated.

    Errors: AUTH_REQUIRED, PERMISSION_DENIED.
    """
    demand_key_authority(caller, None)
    _end([key])
    issued = _store(caller, None, {**_terms_of([key]), "scope": key.scope})
    _announce("key.rotated", caller, issued.row, ended=[key.pk])
    return issued


def update_key(caller: Caller, key: ApiKey, changes: KeyChanges, *, elsewhere: Iterable[str] = ()) -> None:
    """Change the label or end of a live key; `elsewhere` names terms that its app keeps and has changed.

    Event: key.updated with the names of what changed, never the values. Errors: VALIDATION_ERROR, AUTH_REQUIRED,
    PERMISSION_DENIED.
    """
    demand_key_authority(caller, key.agent)
    if changes.get("label"):
        names.checked(changes["label"], "label")
    for name, value in changes.items():
        setattr(key, name, value)
    key.save(update_fields=list(changes))
    _announce("key.updated", caller, key, changed=sorted({*changes, *elsewhere}))


def revoke_key(caller: Caller, key_pk: int) -> ApiKey:
    """End a key for good. Event: key.revoked. Errors: NOT_FOUND, CONFLICT (revoked before), AUTH_REQUIRED."""
    key = ApiKey.objects.select_for_update(of=("self",)).select_related("agent").filter(pk=key_pk).first()
    if key is None:
        raise Failure(Code.NOT_FOUND, "No such key.")
    if key.revoked_at is not None:
        raise Failure(Code.CONFLICT, "That key was revoked before.")
    _end([key])
    _announce("key.revoked", caller, key)
    return key


def issue_missing_keys(caller: Caller) -> dict[str, str]:
    """A key for every active agent without one, as `{agent_id: plaintext}`; running it again issues nothing."""
    keyless = Agent.objects.filter(is_active=True).exclude(keys__in=ApiKey.objects.filter(revoked_at__isnull=True))
    return {agent.agent_id: issue_key(caller, agent).plaintext for agent in keyless.order_by("created_at", "id")}


def _store(caller: Caller, agent: Agent | None, terms: KeyTerms) -> IssuedKey:
    scope = terms.get("scope", ApiKey.Scope.AGENT)
    if (agent is None) == (scope == ApiKey.Scope.AGENT) or scope not in ApiKey.Scope.values:
        raise Failure(Code.VALIDATION_ERROR, "A key has either an agent or a scope of its own.", field="scope")
    label = terms.get("label", "")
    plaintext = terms.get("prefix", "nxs_") + secrets.token_hex(HEX_BYTES)
    row = ApiKey.objects.create(
        agent=agent,
        scope=scope,
        key_hash=auth.digest(plaintext),
        prefix=plaintext[:SHOWN],
        label=names.checked(label, "label") if label else "",
        toolsets=terms.get("toolsets", ""),
        is_read_only=terms.get("is_read_only", False) or scope == ApiKey.Scope.MONITOR,
        expires_at=terms.get("expires_at"),
        created_at=clock.now(),
        created_by=f"{caller.kind}:{caller.name}"[:160],
    )
    return IssuedKey(row, plaintext)


def _terms_of(old: Iterable[ApiKey]) -> KeyTerms:
    """A replacement keeps the terms of the one key it replaces; a key for several is an ordinary one."""
    keys = list(old)
    if len(keys) != 1:
        return {}
    key = keys[0]
    prefix: Literal["nxs_", "dash_"] = "dash_" if key.prefix.startswith("dash_") else "nxs_"
    return {
        "label": key.label,
        "toolsets": key.toolsets,
        "is_read_only": key.is_read_only,
        "expires_at": key.expires_at,
        "prefix": prefix,
    }


def _end(keys: Iterable[ApiKey]) -> None:
    now = clock.now()
    for key in keys:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])


def _announce(event: str, caller: Caller, key: ApiKey, **facts: Any) -> None:
    agent_id = key.agent.agent_id if key.agent else ""
    entity = ("agent", agent_id) if agent_id else ("key", str(key.pk))
    outbox.emit(
        event,
        caller=caller,
        entity=entity,
        agent_id=agent_id,
        key_id=key.pk,
        prefix=key.prefix,
        label=key.label,
        scope=key.scope,
        **{"ended": [], **facts},
    )
    db.after_commit(auth.forget)
