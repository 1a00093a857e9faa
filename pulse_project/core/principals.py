"""Who is calling: one frozen value that every transport hands to the executor."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from pulse_project.core.errors import Code, Failure


class Kind(StrEnum):
    """What stands behind a call."""

    AGENT = "agent"  # a key of an agent
    PRODUCER = "producer"  # an ingest token: stores telemetry and nothing else
    MONITOR = "monitor"  # a read-only key without agent verbs
    LOCAL = "local"  # trusted loopback or key-less stdio: `local-operator`
    USER = "user"  # a Django user with a session
    SYSTEM = "system"  # Pulse itself (retention, integrations)
    ANONYMOUS = "anonymous"  # nobody: only public operations answer


@dataclass(frozen=True, slots=True)
class Limits:
    """Per-agent limits of the bus preset; 0 = unlimited, no peers = everybody."""

    messages_per_minute: int = 0
    max_recipients: int = 0
    allowed_peers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated principal of one call. Flags are the principal's, never of an `agent_id` argument."""

    kind: Kind
    name: str  # agent_id, user name or "local-operator": what events record as the principal
    flags: frozenset[str] = frozenset()
    agent_pk: int | None = None
    user_pk: int | None = None
    key_pk: int | None = None
    toolsets: frozenset[str] | None = None  # None = all
    tools: frozenset[str] | None = None  # None = all
    read_only: bool = False
    auth: str = "key"  # key | session | loopback | stdio | cli | system
    transport: str = "internal"  # mcp | rest | cli | stdio | page | ws | sse | internal
    peer: str = ""
    confirmed_us: int = 0  # when this browser session last gave a password or a one-time link
    limits: Limits = field(default_factory=Limits)

    @property
    def agent_id(self) -> str | None:
        """The bus identity of an agent's key; None for people and the local operator."""
        return self.name if self.kind is Kind.AGENT else None

    @property
    def bucket(self) -> str:
        """The key of this caller's rate-limit bucket and idempotency scope."""
        return f"{self.kind}:{self.name}"

    def holds(self, flag: str) -> bool:
        return flag in self.flags

    def demand_identity(self) -> None:
        """Refuse a call without key, session or loopback trust with AUTH_REQUIRED."""
        if self.kind is Kind.ANONYMOUS:
            raise Failure(
                Code.AUTH_REQUIRED, "That call needs a key or a login. Send the key as `Authorization: Bearer`."
            )

    def demand(self, *flags: str) -> None:
        """Refuse with PERMISSION_DENIED naming the first flag that is absent."""
        self.demand_identity()
        for flag in flags:
            if flag not in self.flags:
                raise Failure(
                    Code.PERMISSION_DENIED,
                    "This identity lacks the permission for that call. Ask an operator to grant it.",
                    required_permission=flag,
                )

    def via(self, transport: str) -> Self:
        return replace(self, transport=transport)


ANONYMOUS = Caller(Kind.ANONYMOUS, "anonymous", auth="none")

IDENTITY = "IDENTITY"  # the need of an operation that any authenticated principal may call
PUBLIC = "PUBLIC"  # the need of an operation that answers everybody
