"""Who a request is: keys, browser sessions and local trust, each resolved to one frozen `Caller`.

Resolved keys are kept in memory by hash. Every change of a key, agent or preset empties that memory in this process at
commit and in every other process when its hub hands out the event; expiry is looked at on every use.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from pulse_project.core import clock, conf, db, flags
from pulse_project.core.conf import ConfigError, Settings
from pulse_project.core.connections import Connections
from pulse_project.core.models import Agent, ApiKey
from pulse_project.core.principals import Caller, Kind

KEY = re.compile(r"(?:nxs|dash)_[0-9a-f]{48}\Z")
MAX_ENTRIES = 10_000
KEEP_SECONDS = 60.0
LOCAL_OPERATOR = "local-operator"
NEVER_US = 2**63
EVENT_PREFIXES = ("key.", "agent.", "preset.", "grant.", "share.", "board.")

MONITOR_FLAGS = flags.READ_BY_ALL | {"operator.observe", "operator.metrics"}  # lists, counts and previews
INGEST_FLAGS = frozenset({"telemetry.ingest"})


@dataclass(frozen=True, slots=True)
class _Entry:
    caller: Caller
    expires_us: int
    until: float  # monotonic


_entries: dict[str, _Entry] = {}
_generation = 0
_also_forgotten: list[Callable[[], None]] = []
_granted_elsewhere: list[Callable[[Agent], frozenset[str]]] = []


def digest(text: str) -> str:
    """What the store keeps of a key: SHA-256 in hex. Keys are 192 random bits, so no salt or slow hash is needed."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def is_well_formed(text: str) -> bool:
    return KEY.match(text) is not None


def remembered(key_hash: str) -> Caller | None:
    """The caller of a key that was resolved before and is still good; never touches the store."""
    entry = _entries.get(key_hash)
    if entry is None or entry.expires_us <= clock.now_us() or entry.until <= time.monotonic():
        return None
    return entry.caller


async def find(key_hash: str) -> Caller | None:
    """The caller of a key by its hash, from memory or the store; None = unknown, revoked, expired or deactivated."""
    return remembered(key_hash) or await db.in_read(_load, key_hash)


def resolve_key(text: str) -> Caller | None:
    """The caller of a key, in this thread: command line and stdio."""
    if not is_well_formed(text):
        return None
    key_hash = digest(text)
    return remembered(key_hash) or db.read_here(_load, key_hash)


def forget() -> None:
    """Empty the memory and look at every open connection again. Any thread, after the change is committed."""
    global _generation
    _generation += 1
    _entries.clear()
    for also in _also_forgotten:
        also()
    sessions.recheck()


def on_forget(function: Callable[[], None]) -> None:
    """Also call `function` whenever identities may have changed: it empties what an app remembers of rights."""
    _also_forgotten.append(function)


def register_rights(of_agent: Callable[[Agent], frozenset[str]]) -> None:
    """Add the flags that an app grants an agent somewhere: they decide which tools are listed, not where they act."""
    _granted_elsewhere.append(of_agent)


def _load(key_hash: str) -> Caller | None:
    generation = _generation
    key = ApiKey.objects.select_related("agent").filter(key_hash=key_hash).first()
    caller = caller_of_key(key) if key else None
    if key is None or caller is None:
        return None
    if generation == _generation:
        if len(_entries) >= MAX_ENTRIES:
            _entries.clear()
        expires_us = clock.to_us(key.expires_at) if key.expires_at else NEVER_US
        _entries[key_hash] = _Entry(caller, expires_us, time.monotonic() + KEEP_SECONDS)
    return caller


def caller_of_key(key: ApiKey) -> Caller | None:
    """What a stored key stands for at this instant, None when it is dead."""
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= clock.now()):
        return None
    toolsets = frozenset(name.strip() for name in key.toolsets.split(",") if name.strip()) or None
    if key.scope == ApiKey.Scope.MONITOR:
        name = key.label or key.prefix
        return Caller(Kind.MONITOR, name, MONITOR_FLAGS, key_pk=key.pk, toolsets=toolsets, read_only=True)
    if key.scope == ApiKey.Scope.INGEST:
        return Caller(Kind.PRODUCER, f"ingest-token-{key.pk}", INGEST_FLAGS, key_pk=key.pk)
    if key.scope != ApiKey.Scope.AGENT or key.agent is None or not key.agent.is_active:
        return None
    return replace(caller_of_agent(key.agent), key_pk=key.pk, toolsets=toolsets, read_only=key.is_read_only)


def caller_of_agent(agent: Agent) -> Caller:
    granted = flags.bus_flags_of(agent.bus_permissions).union(*(of(agent) for of in _granted_elsewhere))
    return Caller(
        Kind.AGENT,
        agent.agent_id,
        granted | flags.operator_flags() if agent.is_operator else granted,
        agent_pk=agent.pk,
        limits=flags.limits_of(agent.bus_permissions),
    )


def callers_of_keys(key_pks: Collection[int]) -> dict[int, Caller]:
    """The live callers among those keys, read anew."""
    keys = ApiKey.objects.select_related("agent").filter(pk__in=list(key_pks))
    return {key.pk: caller for key in keys if (caller := caller_of_key(key)) is not None}


# callers without a key

_local: tuple[Settings, Caller | None] | None = None


def local_operator() -> Caller | None:
    """The caller without key on trusted loopback, None when `loopback_trust` is off. `strict` lets it read only."""
    global _local
    settings = conf.current()
    if _local is None or _local[0] is not settings:
        _local = (settings, _local_caller(settings, "loopback"))
    return _local[1]


def _local_caller(settings: Settings, auth: str) -> Caller | None:
    if settings.loopback_trust == "off":
        return None
    reads_only = settings.loopback_trust == "read" or settings.trust_mode == "strict"
    return Caller(Kind.LOCAL, LOCAL_OPERATOR, flags.declared(), read_only=reads_only, auth=auth)


def shared_producer(presented: bytes) -> Caller | None:
    """The caller that shows `PULSE_INGEST_TOKEN`, compared in constant time; None for any other text."""
    token = conf.current().ingest_token.strip().encode()
    if not token or not hmac.compare_digest(presented, token):
        return None
    return Caller(Kind.PRODUCER, "ingest-token", INGEST_FLAGS)


def open_reader() -> Caller | None:
    """Who reads telemetry without identity, where `telemetry_open_reads` says that everybody may."""
    if not conf.current().telemetry_open_reads:
        return None
    return Caller(Kind.MONITOR, "open-reads", flags.READ_BY_ALL, read_only=True, auth="none")


def stdio_caller() -> Caller:
    """Who a stdio process acts as: its key's agent, or the local operator. ConfigError when it may not start.

    A key that is set must be good; `strict` demands one. Access to the home is what a process without key proves.
    """
    settings = conf.current()
    if settings.api_key:
        caller = resolve_key(settings.api_key)
        if caller is None:
            raise ConfigError("PULSE_API_KEY is no valid key.")
        return replace(caller, transport="stdio")
    if settings.trust_mode == "strict":
        raise ConfigError("trust_mode=strict: a stdio process needs PULSE_API_KEY.")
    return Caller(Kind.LOCAL, LOCAL_OPERATOR, flags.declared(), auth="stdio", transport="stdio")


def cli_caller(as_agent: str = "") -> Caller:
    """Who a command acts as: the agent named, PULSE_API_KEY's agent, or the local operator. Errors: ConfigError."""
    if as_agent:
        agent = Agent.objects.filter(agent_id=as_agent, is_active=True).first()
        if agent is None:
            raise ConfigError("--as-agent names no active agent.")
        return replace(caller_of_agent(agent), auth="cli", transport="cli")
    if conf.current().api_key:
        return replace(stdio_caller(), transport="cli")
    return Caller(Kind.LOCAL, LOCAL_OPERATOR, flags.declared(), auth="cli", transport="cli")


def system_caller() -> Caller:
    """Pulse itself: first start, retention, integrations."""
    return Caller(Kind.SYSTEM, "system", flags.declared(), auth="system")


sessions = Connections()
