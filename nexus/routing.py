"""Who is eligible and who may see: total, deterministic functions without input or output."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nexus.models import Visibility
from nexus.targets import Strategy, Target


@dataclass(frozen=True, slots=True)
class Reader:
    """What decides about an agent: its id, role and capabilities, all compared exactly."""

    agent_id: str
    role: str | None = None
    capabilities: frozenset[str] = frozenset()


def capability_names(stored: Any) -> frozenset[str]:
    """The advertised set: the truthy keys of an object, a list's strings, or one string; blank ones do not count."""
    if isinstance(stored, str):
        names: list[Any] = [stored]
    elif isinstance(stored, Mapping):
        names = [name for name, flag in stored.items() if flag]
    elif isinstance(stored, list | tuple):
        names = list(stored)
    else:
        names = []
    return frozenset(name for name in names if isinstance(name, str) and name.strip())


def is_eligible(target: Target, reader: Reader, *, created_us: int, now_us: int) -> bool:
    """Whether `target` admits `reader` at `now_us`. The fallback's time is inclusive."""
    match target.strategy:
        case Strategy.DIRECT:
            return reader.agent_id == target.agent_id
        case Strategy.CAPABILITY:
            return not reader.capabilities.isdisjoint(target.capabilities)
        case Strategy.ROLE:
            return reader.role == target.role
        case Strategy.BROADCAST:
            return True
        case Strategy.MIXED:
            return any(is_eligible(rule, reader, created_us=created_us, now_us=now_us) for rule in target.rules)
        case Strategy.DIRECT_WITH_FALLBACK:
            if reader.agent_id == target.agent_id:
                return True
            is_open = now_us >= created_us + target.fallback_after_us
            return (
                is_open
                and target.fallback is not None
                and is_eligible(target.fallback, reader, created_us=created_us, now_us=now_us)
            )


def can_see(*, visibility: int, target: Target, reader: Reader, actor: str, created_us: int, now_us: int) -> bool:
    """Whether a reader in the same workspace sees an item: public, its own, or eligible; private widens nothing."""
    if visibility == Visibility.PUBLIC or reader.agent_id == actor:
        return True
    return is_eligible(target, reader, created_us=created_us, now_us=now_us)
