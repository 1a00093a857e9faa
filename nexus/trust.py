"""Trust between agents: whose name a caller may use, and the session credentials of the sensitive verbs."""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from nexus import fields, sql
from pulse_project.core import conf, names
from pulse_project.core.errors import Code, Failure
from pulse_project.core.principals import Caller, Kind

STRICT = "strict"
READ_ALL = "operator.read_all"

_SESSION = sql.Statement(
    "SELECT a.agent_id, s.closed_us, s.secret_hash FROM nexus_session s JOIN core_agent a ON a.id = s.agent_id"
    " WHERE s.session_id = %s"
)


def hashed(secret: str) -> str:
    """What is stored of a session secret: its SHA-256 in hex."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_strict() -> bool:
    return conf.current().trust_mode == STRICT


def bind(caller: Caller, agent_id: str) -> None:
    """Refuse to act or read as `agent_id`: who reads no content, and in strict mode all but that agent's key.

    Names of people and of Pulse itself are never lent to another agent.
    """
    demand_content(caller)
    if is_strict() and caller.kind is not Kind.SYSTEM and caller.agent_id != agent_id:
        raise Failure(
            Code.NOT_OWNER,
            "In trust_mode=strict a key acts only for its own agent.",
            field="agent_id",
            reason="actor_not_key_agent",
        )
    if caller.kind is Kind.AGENT and caller.agent_id != agent_id and names.is_reserved(agent_id):
        raise Failure(
            Code.NOT_OWNER,
            "That name is kept for people and for Pulse itself.",
            field="agent_id",
            reason="reserved_name",
        )


def demand_content(caller: Caller) -> None:
    """Refuse who sees counts and previews at most: monitor keys, and people who may not read everything."""
    if caller.kind is Kind.MONITOR:
        raise Failure(
            Code.PERMISSION_DENIED,
            "A monitor key acts for no agent and reads no content.",
            required_permission="agent key",
        )
    if caller.kind is Kind.USER:
        caller.demand(READ_ALL)


def guard(caller: Caller, raw: Mapping[str, Any]) -> None:
    """The check of the sensitive verbs, made on the raw arguments before they are validated."""
    agent_id = fields.text_in(raw, "agent_id")
    if agent_id is not None:
        bind(caller, agent_id)
    check_session(agent_id, fields.text_in(raw, "session_id"), fields.text_in(raw, "session_secret"))


def check_session(agent_id: str | None, session_id: str | None, secret: str | None) -> None:
    """Refuse missing, foreign, closed or wrong credentials, in this order. Open mode checks only a given secret."""
    if not (session_id and secret):
        if is_strict() or secret:
            raise Failure(
                Code.VALIDATION_ERROR,
                "session_id and session_secret are required together. session_open returns them.",
                field="session_id" if not session_id else "session_secret",
                reason="credentials_missing",
            )
        return
    owner, closed_us, secret_hash = _session(session_id)
    if agent_id is not None and owner != agent_id:
        raise _foreign()
    if closed_us is not None:
        raise Failure(
            Code.VALIDATION_ERROR,
            "That session is closed. Open another with session_open.",
            field="session_id",
            reason="session_closed",
        )
    if not secret_hash or not hmac.compare_digest(hashed(secret), secret_hash):
        raise Failure(Code.NOT_OWNER, "session_secret is wrong.", field="session_secret", reason="secret_mismatch")


def check_owner(agent_id: str, session_id: str) -> None:
    """Refuse a session that does not exist (NOT_FOUND) or belongs to another agent (NOT_OWNER)."""
    if _session(session_id)[0] != agent_id:
        raise _foreign()


def _session(session_id: str) -> tuple[Any, ...]:
    found = sql.row(_SESSION, session_id) if "\x00" not in session_id else None
    if found is None:
        raise Failure(Code.NOT_FOUND, "No such session.", field="session_id")
    return found


def _foreign() -> Failure:
    return Failure(
        Code.NOT_OWNER, "That session belongs to another agent.", field="session_id", reason="session_of_other_agent"
    )
