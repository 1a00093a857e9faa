"""The one grammar of targets: who a message or handoff is for. Pure; every write path parses through here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

from pulse_project.core import body
from pulse_project.core.errors import Code, Failure

MAX_DEPTH = 8
MAX_RULES = 100
MAX_NAME = 1024
MAX_FALLBACK_SECONDS = 366 * 86_400


class Strategy(StrEnum):
    """The six published strategies."""

    DIRECT = "direct"
    CAPABILITY = "capability"
    ROLE = "role"
    BROADCAST = "broadcast"
    MIXED = "mixed"
    DIRECT_WITH_FALLBACK = "direct_with_fallback"


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed target. Which fields carry meaning depends on `strategy`; `fallback_after_us` counts from creation."""

    strategy: Strategy
    agent_id: str = ""
    capabilities: tuple[str, ...] = ()
    role: str = ""
    rules: tuple["Target", ...] = ()
    fallback: "Target | None" = None
    fallback_after_us: int = 0

    def leaves(self) -> Iterator["Target"]:
        """The targets that name somebody: itself, or the rules of a mixed target all the way down."""
        if self.strategy is not Strategy.MIXED:
            yield self
        for rule in self.rules:
            yield from rule.leaves()

    @property
    def names_agents_only(self) -> bool:
        return all(leaf.strategy is Strategy.DIRECT for leaf in self.leaves())

    def uses(self, strategy: Strategy) -> bool:
        return any(leaf.strategy is strategy for leaf in self.leaves())


BROADCAST = Target(Strategy.BROADCAST)


def is_blank(value: Any) -> bool:
    """Whether a target was not given: null, an empty object or a blank string. It then means broadcast."""
    return value is None or (
        isinstance(value, str | Mapping) and not (value.strip() if isinstance(value, str) else value)
    )


def as_object(value: Any) -> Any:
    """The target as an object: clients also send the object as JSON in a string."""
    if not isinstance(value, str) or is_blank(value):
        return value
    try:
        decoded = body.loads(value)  # within the bounds of every other input: depth, digits, whole characters
    except Failure:
        decoded = None
    if not isinstance(decoded, dict):
        raise _refusal('target is an object such as {"strategy": "direct", "agent_id": "bob"}.')
    return decoded


def parse(value: Any, *, depth: int = 0) -> Target:
    """The target of a message or handoff, or VALIDATION_ERROR. Blank input is a broadcast."""
    value = as_object(value) if depth == 0 else value
    if is_blank(value):
        return BROADCAST
    if not isinstance(value, Mapping):
        raise _refusal("target is an object with a strategy.")
    if depth > MAX_DEPTH:
        raise _refusal(f"target is nested deeper than {MAX_DEPTH} levels.")
    match _strategy(value):
        case Strategy.DIRECT:
            return Target(Strategy.DIRECT, agent_id=_name(value, "agent_id"))
        case Strategy.CAPABILITY:
            return Target(Strategy.CAPABILITY, capabilities=_capabilities(value))
        case Strategy.ROLE:
            return Target(Strategy.ROLE, role=_name(value, "role"))
        case Strategy.BROADCAST:
            return BROADCAST
        case Strategy.MIXED:
            return Target(Strategy.MIXED, rules=_rules(value, depth))
        case Strategy.DIRECT_WITH_FALLBACK:
            return Target(
                Strategy.DIRECT_WITH_FALLBACK,
                agent_id=_name(value, "agent_id"),
                fallback_after_us=_delay_us(value),
                fallback=parse(value.get("fallback"), depth=depth + 1),
            )


def _strategy(value: Mapping[str, Any]) -> Strategy:
    raw = value.get("strategy", value.get("kind"))
    if not isinstance(raw, str) or not raw.strip():
        raise _refusal("target.strategy is required.", known=[s.value for s in Strategy])
    normal = raw.strip().lower().replace("-", "_").replace(" ", "_")
    try:
        return Strategy(normal)
    except ValueError:
        raise _refusal("target.strategy is unknown.", known=[s.value for s in Strategy]) from None


def _name(value: Mapping[str, Any], field: str) -> str:
    return _checked_name(value.get(field), field)


def _checked_name(name: Any, field: str) -> str:
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME or "\x00" in name:
        raise _refusal(f"target.{field} takes a non-empty string of at most {MAX_NAME} characters.")
    return name


def _capabilities(value: Mapping[str, Any]) -> tuple[str, ...]:
    raw = value.get("capability")
    if isinstance(raw, list | tuple):
        if not raw or len(raw) > MAX_RULES:
            raise _refusal(f"target.capability takes a string or a list of 1 to {MAX_RULES} strings.")
        return tuple(dict.fromkeys(_checked_name(item, "capability") for item in raw))
    return (_checked_name(raw, "capability"),)


def _rules(value: Mapping[str, Any], depth: int) -> tuple[Target, ...]:
    raw = value.get("rules")
    if not isinstance(raw, list | tuple) or not raw or len(raw) > MAX_RULES:
        raise _refusal(f"target.rules takes a list of 1 to {MAX_RULES} targets.")
    if any(is_blank(rule) for rule in raw):
        raise _refusal("A rule of a mixed target may not be empty: it would be a broadcast.")
    rules = tuple(parse(rule, depth=depth + 1) for rule in raw)
    if any(rule.strategy is Strategy.BROADCAST for rule in rules):
        raise _refusal('A mixed target may not contain a broadcast. Use {"strategy": "broadcast"} alone.')
    return rules


def _delay_us(value: Mapping[str, Any]) -> int:
    seconds = value.get("fallback_after_seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not isfinite(seconds):
        raise _refusal("target.fallback_after_seconds takes a number of seconds.")
    if not 0 <= seconds <= MAX_FALLBACK_SECONDS:
        raise _refusal(f"target.fallback_after_seconds lies in 0..{MAX_FALLBACK_SECONDS}.")
    return int(seconds * 1_000_000)


def _refusal(message: str, **details: Any) -> Failure:
    return Failure(Code.VALIDATION_ERROR, message, field="target", **details)
