"""What the guard needs of a request's headers, gathered in one pass."""

from collections.abc import Iterable
from dataclasses import dataclass, field

FORWARDING = frozenset({b"forwarded", b"via", b"x-real-ip", b"true-client-ip", b"x-client-ip", b"x-cluster-client-ip"})
FORWARDING_PREFIXES = (b"x-forwarded", b"x-original-", b"cf-", b"tailscale-", b"x-envoy-", b"fastly-", b"fly-")
FORWARDED_FOR = b"x-forwarded-for"
WANTED = frozenset(
    {
        b"accept",
        b"authorization",
        b"content-length",
        b"content-type",
        b"cookie",
        b"host",
        b"origin",
        b"referer",
        b"sec-fetch-mode",
        b"sec-fetch-site",
        b"transfer-encoding",
        b"x-api-key",
    }
)


@dataclass(slots=True)
class Facts:
    """The headers that decide: the first value of each, which came twice, and whether a proxy left its mark."""

    values: dict[bytes, bytes] = field(default_factory=dict)
    doubled: set[bytes] = field(default_factory=set)
    is_forwarded: bool = False
    forwarded_for: bytes = b""

    def get(self, name: bytes) -> bytes:
        return self.values.get(name, b"")


def facts_of(headers: Iterable[tuple[bytes, bytes]]) -> Facts:
    """Names are lower case, as ASGI demands."""
    facts = Facts()
    values = facts.values
    for name, value in headers:
        if name in WANTED:
            if name in values:
                facts.doubled.add(name)
            else:
                values[name] = value
        elif name in FORWARDING or name.startswith(FORWARDING_PREFIXES):
            facts.is_forwarded = True
            if name == FORWARDED_FOR:
                facts.forwarded_for = facts.forwarded_for + b"," + value if facts.forwarded_for else value
    return facts
